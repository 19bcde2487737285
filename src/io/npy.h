// NumPy's files: .npy holds one array, .npz a ZIP archive of them.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/array.h"
#include "io/zip.h"

namespace cornu {

/// Versions 1 to 3, both orders, both byte orders. Throws FileError if damaged or not of numbers or bools: object
/// arrays hold pickled Python programs and are refused.
Array parse_npy(std::string_view bytes, const std::string& who);
Array read_npy(const std::string& path);
/// What stands before the bytes of an array; as long for any number of rows, if there are few axes.
std::string npy_header(const std::string& dtype, const std::vector<int64_t>& dims);
/// The bytes that numpy.save gives.
std::string write_npy(const Array& array);

/// Arrays by name; each is decoded when asked for.
class NpzReader {
 public:
  NpzReader(std::string bytes, const std::string& who, ZipLimits limits = {});
  static NpzReader open(const std::string& path, ZipLimits limits = {});
  /// Without ".npy", in the order of the file.
  const std::vector<std::string>& names() const { return names_; }
  bool has(std::string_view name) const;
  Array read(std::string_view name) const;

 private:
  ZipReader zip_;
  std::string who_;
  std::vector<std::string> names_;
};

/// The bytes of an archive that numpy.load reads; not compressed.
std::string write_npz(const std::vector<std::pair<std::string, Array>>& arrays);

}  // namespace cornu
