// Writes HDF5 files of the layout that h5py and Keras write by default.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5.h"

namespace cornu {

/// Collects groups, datasets and attributes, then gives the bytes of the file; the same for the same content.
/// Paths are "a/b/c"; "" is the root; groups above a path are made as needed. Throws FileError for names that HDF5
/// has no place for, sizes that do not fit the shape, and attributes beyond 64 kB.
class H5Writer {
 public:
  H5Writer();
  H5Writer(H5Writer&&) noexcept;
  ~H5Writer();

  void group(std::string_view path);
  /// `bytes` are elements in C order, little endian; they are borrowed until finish(). "bfloat16" is written as Keras
  /// does: two opaque bytes and an attribute.
  void dataset(std::string_view path, const std::string& type, const std::vector<uint64_t>& dims,
               std::string_view bytes);
  /// Of a group or dataset that was added before. Numbers, bools or strings.
  void attribute(std::string_view path, const std::string& name, H5Data value);
  std::string finish() const;

 private:
  struct Node;
  Node& make(std::string_view path);
  std::unique_ptr<Node> root_;
};

}  // namespace cornu
