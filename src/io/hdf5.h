// Values of HDF5 files: what a dataset or an attribute holds, in the order and byte order of this machine.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cornu {

/// Type names: float16 float32 float64 bfloat16, int8 to int64, uint8 to uint64, bool, string, opaque.
struct H5Data {
  std::string type;
  std::vector<uint64_t> dims{};        ///< Empty for a scalar.
  std::string bytes{};                 ///< Elements in C order, little endian; empty for strings.
  std::vector<std::string> strings{};  ///< Elements of type "string".
  uint64_t item = 0;                   ///< Bytes of one element; 0 for strings.
  bool null = false;                   ///< A null dataspace: no elements at all.

  bool operator==(const H5Data&) const = default;
  static H5Data of(std::string text) { return {"string", {}, "", {std::move(text)}}; }
  static H5Data of(std::vector<std::string> texts) { return {"string", {texts.size()}, "", std::move(texts)}; }
};

/// What a dataset declares, known without reading it.
struct H5Info {
  std::string type;
  std::vector<uint64_t> dims;
  uint64_t item = 0;
  bool null = false;
};

/// Bytes of one element of a numeric type name; 0 if it is none.
uint64_t h5_item_size(const std::string& type);

}  // namespace cornu
