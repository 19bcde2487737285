// An array as files hold it: a type name, dimensions and bytes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cornu {

/// Type names: float16 float32 float64, int8 to int64, uint8 to uint64, bool. C order, byte order of this machine.
struct Array {
  std::string dtype;
  std::vector<int64_t> dims;
  std::string bytes;
  bool operator==(const Array&) const = default;
};

/// Bytes of one element; 0 for an unknown name.
size_t array_item_size(const std::string& dtype);

/// Reverses the bytes of every element.
void swap_bytes(std::string& bytes, size_t item);

}  // namespace cornu
