// Training on a CSV file that does not fit into memory.
#pragma once
#include <cornu/data_source.h>

#include "cli/dataset.h"

namespace cornu::cli {

/// The training part is read as it is used; validation and test parts, at most 200,000 rows each, are in memory.
/// Statistics are those of the training part.
struct StreamParts {
  ModelInfo info;
  std::shared_ptr<DataSource> train;
  Tensor x_validation, y_validation, x_test, y_test;
};
/// Rows are dealt to the parts at random; classes have the same shares in each.
StreamParts open_stream(DataArgs& args, double validation, double test, uint64_t seed);

}  // namespace cornu::cli
