// ZIP archives in memory: members listed and read with limits, written stored and the same for the same content.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cornu {

struct ZipMember {
  std::string name;
  uint64_t size = 0;    ///< Bytes once expanded, as the archive declares.
  uint64_t stored = 0;  ///< Bytes in the archive.
};

/// What a compressed member may expand to; stored members are bounded by the file itself.
struct ZipLimits {
  uint64_t member = uint64_t{4} << 30;    ///< Largest compressed member.
  uint64_t ratio = 100;                   ///< Largest expansion, for members beyond `harmless` bytes.
  uint64_t harmless = uint64_t{1} << 28;  ///< 256 MiB, Keras' own floor.
  uint64_t total = uint64_t{64} << 30;    ///< All members together.
};

/// An archive from strangers: damaged ones, names that leave a folder, links, encryption and bombs are refused.
class ZipReader {
 public:
  /// `who` names the archive in errors.
  ZipReader(std::string bytes, std::string who, ZipLimits limits = {});
  static ZipReader open(const std::string& path, ZipLimits limits = {});
  ZipReader(ZipReader&&) noexcept;
  ~ZipReader();

  /// In the order of the archive; folders are left out.
  const std::vector<ZipMember>& members() const;
  bool has(std::string_view name) const;
  /// The expanded bytes, checked against the member's checksum. Throws FileError if there is no such member.
  std::string read(std::string_view name) const;

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

/// The bytes of an archive with these members, stored without compression, in this order and without times.
std::string write_zip(const std::vector<std::pair<std::string, std::string_view>>& members);

}  // namespace cornu
