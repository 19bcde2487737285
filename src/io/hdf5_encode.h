// Pieces of HDF5 files as bytes: messages and the heap of strings.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5.h"

namespace cornu::h5 {

constexpr uint64_t kNowhere = ~uint64_t{0};

/// Bytes that grow, little endian.
struct Output {
  std::string bytes;

  uint64_t size() const { return bytes.size(); }
  void add(std::string_view s) { bytes += s; }
  void zeros(size_t n) { bytes.append(n, '\0'); }
  void u8(uint8_t v) { bytes += static_cast<char>(v); }
  void u16(uint16_t v) { number(v, 2); }
  void u32(uint32_t v) { number(v, 4); }
  void u64(uint64_t v) { number(v, 8); }
  void number(uint64_t v, int n) {
    for (int i = 0; i < n; ++i) bytes += static_cast<char>(v >> (8 * i) & 255);
  }
  /// Pads to a multiple of 8; returns the size.
  uint64_t align() {
    bytes.resize((bytes.size() + 7) / 8 * 8);
    return bytes.size();
  }
};

/// The collections that hold strings of variable length, placed in the output as they fill.
class StringHeap {
 public:
  explicit StringHeap(Output& out) : out_(out) {}
  /// Stores a string; returns the 16 bytes that refer to it.
  std::string add(std::string_view s);
  /// Marks what is left of the current collection as free.
  void close();

 private:
  Output& out_;
  uint64_t start_ = 0, used_ = 0, size_ = 0;
  uint16_t count_ = 0;
};

std::string type_message(const std::string& type);
std::string space_message(const std::vector<uint64_t>& dims, bool null);
std::string attribute_message(const std::string& name, const H5Data& value, StringHeap& strings);

}  // namespace cornu::h5
