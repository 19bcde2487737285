// A strict reader of the part of HDF5 that h5py and Keras write; every length and address is checked.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5.h"

namespace cornu {

/// What a dataset may expand to; unfiltered contiguous data are bounded by the file itself.
struct H5Limits {
  uint64_t dataset = uint64_t{4} << 30;   ///< Largest chunked dataset.
  uint64_t ratio = 1000;                  ///< Largest expansion, for datasets beyond `harmless` bytes.
  uint64_t harmless = uint64_t{1} << 28;  ///< 256 MiB.
};

/// An opened file. Groups and datasets are decoded when asked for. Paths are "a/b/c"; "" and "/" are the root.
/// Everything throws FileError if the file is damaged or uses what is refused: soft and external links, external and
/// virtual datasets, compound types, references, filters other than deflate, shuffle and fletcher32.
class H5Reader {
 public:
  /// `who` names the file in errors.
  H5Reader(std::string bytes, std::string who, H5Limits limits = {});
  static H5Reader open(const std::string& path, H5Limits limits = {});
  H5Reader(H5Reader&&) noexcept;
  ~H5Reader();

  bool has(std::string_view path) const;
  bool is_group(std::string_view path) const;
  bool is_dataset(std::string_view path) const;
  /// Names in a group, in the order of the file: by name in files of h5py's default.
  std::vector<std::string> children(std::string_view group) const;
  /// Paths of all datasets below a group, depth first. Refuses a group inside itself.
  std::vector<std::string> datasets(std::string_view group = "") const;
  H5Info info(std::string_view dataset) const;
  H5Data read(std::string_view dataset) const;
  std::vector<std::string> attribute_names(std::string_view path) const;
  /// Nothing if there is no such attribute.
  std::optional<H5Data> attribute(std::string_view path, std::string_view name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cornu
