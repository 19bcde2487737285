// IDX, the format of MNIST: a type, dimensions, numbers; mostly inside gzip.
#pragma once
#include <string>
#include <string_view>

#include "io/array.h"

namespace cornu {

/// Takes gzip and plain. Throws FileError if damaged, cut short or longer than declared.
Array parse_idx(std::string_view bytes, const std::string& who);
Array read_idx(const std::string& path);
/// uint8, int8, int16, int32, float32 or float64; not compressed.
std::string write_idx(const Array& array);

}  // namespace cornu
