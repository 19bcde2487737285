// Whole files: read, written so that a crash leaves the old or the new one, and mapped.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cornu {

/// The bytes of a file. Throws FileError if it cannot be read.
std::string read_file(const std::string& path);

/// Replaces the file by `bytes`: written without a name in the same folder (under another name where the file system
/// has no files without one), synced, named, then renamed. On failure the old file is as it was and nothing else stays
/// behind, also if the process is killed.
void write_file_atomically(const std::string& path, std::string_view bytes);

/// The same for a file that is written piece by piece. What is no regular file, as a pipe or a device, stays what it
/// is and is written directly.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  /// Without commit the old file is as it was.
  ~AtomicFile();
  void write(std::string_view bytes);
  /// Over bytes that were written before; FileError where the file does not allow it.
  void write_at(uint64_t offset, std::string_view bytes);
  void commit();

 private:
  /// Gives the file that `make` makes a name that there is not yet; what `make` returned, negative if it failed.
  int take_name(const std::function<int(const char*)>& make);

  std::string path_, target_, temporary_;
  int fd_ = -1;
  bool named_ = false;   ///< Whether there is a file `temporary_`.
  bool direct_ = false;  ///< Written as it is.
};

/// A read-only view of a file that is paged in on demand. The file must not shrink meanwhile.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  MappedFile(MappedFile&& o) noexcept;
  MappedFile& operator=(MappedFile&& o) noexcept;
  ~MappedFile();
  std::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace cornu
