// Files by POSIX calls: the C++ streams neither sync nor say what went wrong.
#include "io/file.h"

#include <cornu/error.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace cornu {
namespace {

[[noreturn]] void fail(const std::string& path, const char* rule, int error = errno) {
  throw FileError(path, text("{}, got '{}'", rule, std::strerror(error)));
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// Throws for folders as well, which open() accepts.
struct stat regular_file(int fd, const std::string& path) {
  struct stat info;
  if (::fstat(fd, &info) != 0) fail(path, "the file must be readable");
  if (S_ISDIR(info.st_mode)) fail(path, "the file must be readable", EISDIR);
  return info;
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path, "the file must be writable");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

// The folder of a file, as open() takes it.
std::string folder_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

std::string name_of_open_file(int fd) { return text("/proc/self/fd/{}", fd); }

// A file without a name in that folder, of which nothing stays if the process ends; -1 where there are none.
int unnamed_file(const std::string& folder) {
#ifdef O_TMPFILE
  const int fd = ::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
  if (fd < 0 || ::access(name_of_open_file(fd).c_str(), F_OK) == 0) return fd;
  ::close(fd);  // It could not be given a name.
#else
  (void)folder;
#endif
  return -1;
}

// A link to a file stays a link: what it points to is replaced.
std::string resolved(const std::string& path) {
  char buffer[PATH_MAX];
  return ::realpath(path.c_str(), buffer) ? buffer : path;
}

}  // namespace

std::string read_file(const std::string& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) fail(path, "the file must be readable");
  const struct stat info = regular_file(file.fd, path);
  std::string out;
  if (info.st_size > 0) out.resize(static_cast<size_t>(info.st_size));
  // The size is only a hint: pipes and files that grow are read to their end.
  for (size_t at = 0;;) {
    if (at == out.size()) {
      char more[4096];
      const ssize_t n = ::read(file.fd, more, sizeof more);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(path, "the file must be readable");
      if (n == 0) return out;
      out.append(more, static_cast<size_t>(n));
      at = out.size();
      continue;
    }
    const ssize_t n = ::read(file.fd, out.data() + at, out.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path, "the file must be readable");
    if (n == 0) {
      out.resize(at);
      return out;
    }
    at += static_cast<size_t>(n);
  }
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(resolved(path)) {
  struct stat old;
  const bool exists = ::stat(target_.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) fail(path, "the file must be writable", EISDIR);
  if (exists && !S_ISREG(old.st_mode)) {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) fail(path, "the file must be writable");
    direct_ = true;
    return;
  }
  fd_ = unnamed_file(folder_of(target_));
  named_ = fd_ < 0;
  if (named_)
    fd_ = take_name([](const char* name) { return ::open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  if (fd_ < 0) fail(path, "the file must be writable");
  if (exists && ::fchmod(fd_, old.st_mode & 07777) != 0) {
    const int error = errno;
    ::close(fd_);
    if (named_) ::unlink(temporary_.c_str());
    fail(path, "the file must be writable", error);
  }
}

int AtomicFile::take_name(const std::function<int(const char*)>& make) {
  static std::atomic<unsigned> counter{0};
  // Another machine or container may have a process of this number, and the file that one left.
  for (;;) {
    temporary_ = text("{}.{}.{}.tmp", target_, static_cast<long>(::getpid()), ++counter);
    if (const int made = make(temporary_.c_str()); made >= 0 || errno != EEXIST) return made;
  }
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (named_) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) { write_all(fd_, bytes, path_); }

void AtomicFile::write_at(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, "the file must be writable at any place");
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
}

void AtomicFile::commit() {
  if (direct_) {
    if (::close(std::exchange(fd_, -1)) != 0) fail(path_, "the file must be writable");
    return;
  }
  try {
    // Without this the rename can reach the disk before the content does.
    if (::fsync(fd_) != 0) fail(path_, "the file must reach the disk");
    // A name of its own first, as a link does not replace a file.
    const std::string open_file = name_of_open_file(fd_);
    const auto link = [&](const char* name) {
      return ::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW);
    };
    if (!named_ && take_name(link) != 0) fail(path_, "the file must be writable");
    named_ = true;
    if (::close(std::exchange(fd_, -1)) != 0) fail(path_, "the file must reach the disk");
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(path_, "the file must be replaceable");
  } catch (...) {
    if (named_) ::unlink(temporary_.c_str());
    throw;
  }
  // The name itself; some file systems cannot sync folders, and the file is complete either way.
  Descriptor parent{::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (parent.fd >= 0) (void)::fsync(parent.fd);
}

void write_file_atomically(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

MappedFile::MappedFile(const std::string& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) fail(path, "the file must be readable");
  size_ = static_cast<size_t>(regular_file(file.fd, path).st_size);
  if (size_ == 0) return;  // An empty mapping is an error of mmap, an empty file is none.
  void* at = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (at == MAP_FAILED) fail(path, "the file must be mappable");
  data_ = static_cast<const char*>(at);
}

MappedFile::MappedFile(MappedFile&& o) noexcept
    : data_(std::exchange(o.data_, nullptr)), size_(std::exchange(o.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(size_, o.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<char*>(data_), size_);
}

}  // namespace cornu
