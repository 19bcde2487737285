// Which styles of numbers the columns of a file have.
#pragma once
#include <vector>

#include "data/column_scan.h"

namespace cornu {

/// Sets the style of each column whose texts are numbers, or whose points part thousands, where the column or the
/// others of the file leave no doubt. `decimal`: as asked for, or 0. True if one was set: then the rows must be read
/// again.
bool decide_styles(std::vector<ColumnScan>& columns, char decimal, char separator);

}  // namespace cornu
