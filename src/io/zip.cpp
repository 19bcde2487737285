// ZIP archives by libzip.
#include "io/zip.h"

#include <cornu/error.h>
#include <zip.h>

#include <algorithm>
#include <unordered_map>

#include "io/file.h"

namespace cornu {
namespace {

struct ZipError {
  zip_error_t e;
  ZipError() { zip_error_init(&e); }
  ~ZipError() { zip_error_fini(&e); }
  std::string str() { return zip_error_strerror(&e); }
};

using ArchiveHandle = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using FileHandle = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

// A member's name must stay below the folder that somebody might extract to.
bool leaves_folder(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != name.npos || name.find('\0') != name.npos) return true;
  if (name.size() > 1 && name[1] == ':') return true;
  for (size_t start = 0; start <= name.size();) {
    const size_t end = std::min(name.find('/', start), name.size());
    if (name.substr(start, end - start) == "..") return true;
    start = end + 1;
  }
  return false;
}

bool is_link(zip_t* archive, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  zip_file_get_external_attributes(archive, index, 0, &system, &attributes);
  return system == ZIP_OPSYS_UNIX && (attributes >> 16 & 0170000) == 0120000;
}

}  // namespace

struct ZipReader::Archive {
  std::string bytes, who;
  std::vector<ZipMember> members;
  std::unordered_map<std::string, std::pair<zip_uint64_t, size_t>> index;
  ArchiveHandle handle{nullptr, zip_discard};

  [[noreturn]] void fail(const std::string& rule) const { throw FileError(who, rule); }
  void list(const ZipLimits& limits);
  void check(const ZipMember& member, bool compressed, const ZipLimits& limits) const;
};

void ZipReader::Archive::check(const ZipMember& m, bool compressed, const ZipLimits& limits) const {
  if (!compressed) {
    if (m.size != m.stored)
      fail(text("member '{}' is stored and must declare {} bytes, got {}", m.name, m.stored, m.size));
    return;
  }
  if (m.size > limits.member)
    fail(text("member '{}' must expand to at most {} bytes, got {}", m.name, limits.member, m.size));
  if (m.size > limits.harmless && m.size / limits.ratio > m.stored)
    fail(text("member '{}' must expand to at most {} times its {} bytes, got {}", m.name, limits.ratio, m.stored,
              m.size));
}

void ZipReader::Archive::list(const ZipLimits& limits) {
  const zip_int64_t count = zip_get_num_entries(handle.get(), 0);
  uint64_t total = 0;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t info;
    if (zip_stat_index(handle.get(), i, ZIP_FL_ENC_RAW, &info) != 0)
      fail("the archive must be undamaged, got a bad entry");
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((info.valid & kNeeded) != kNeeded) fail("every member must declare name, sizes and method, got one without");
    const ZipMember m{info.name, info.size, info.comp_size};
    if (leaves_folder(m.name)) fail(text("members must have names inside the archive, got '{}'", m.name));
    if (is_link(handle.get(), i)) fail(text("members must be files, got the link '{}'", m.name));
    if (m.name.ends_with('/')) continue;
    if ((info.valid & ZIP_STAT_ENCRYPTION_METHOD) && info.encryption_method != ZIP_EM_NONE)
      fail(text("members must not be encrypted, got '{}'", m.name));
    if (info.comp_method != ZIP_CM_STORE && info.comp_method != ZIP_CM_DEFLATE)
      fail(text("member '{}' must be stored or deflated, got method {}", m.name, static_cast<int>(info.comp_method)));
    if (m.stored > bytes.size()) fail(text("member '{}' must lie in the file, got {} bytes", m.name, m.stored));
    check(m, info.comp_method != ZIP_CM_STORE, limits);
    total += m.size;
    if (total > limits.total) fail(text("all members together must have at most {} bytes, got more", limits.total));
    if (!index.emplace(m.name, std::pair{i, members.size()}).second)
      fail(text("members must have different names, got '{}' twice", m.name));
    members.push_back(m);
  }
}

ZipReader::ZipReader(std::string bytes, std::string who, ZipLimits limits) : archive_(std::make_unique<Archive>()) {
  archive_->bytes = std::move(bytes);
  archive_->who = std::move(who);
  ZipError error;
  zip_source_t* source = zip_source_buffer_create(archive_->bytes.data(), archive_->bytes.size(), 0, &error.e);
  if (!source) archive_->fail(text("the archive must be readable, got '{}'", error.str()));
  zip_t* handle = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error.e);
  if (!handle) {
    zip_source_free(source);
    archive_->fail(text("a ZIP archive must be complete and undamaged, got '{}'", error.str()));
  }
  archive_->handle.reset(handle);
  archive_->list(limits);
}

ZipReader ZipReader::open(const std::string& path, ZipLimits limits) { return {read_file(path), path, limits}; }
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

const std::vector<ZipMember>& ZipReader::members() const { return archive_->members; }
bool ZipReader::has(std::string_view name) const { return archive_->index.contains(std::string(name)); }

std::string ZipReader::read(std::string_view name) const {
  const auto found = archive_->index.find(std::string(name));
  if (found == archive_->index.end()) {
    std::vector<std::string> names;
    for (const ZipMember& m : archive_->members) names.push_back(m.name);
    archive_->fail(text("the archive must have a member '{}', got {}", name, names));
  }
  const auto [entry, position] = found->second;
  const uint64_t size = archive_->members[position].size;
  const FileHandle file(zip_fopen_index(archive_->handle.get(), entry, 0), zip_fclose);
  const auto damaged = [&](const std::string& got) {
    archive_->fail(text("member '{}' must be undamaged, got '{}'", name, got));
  };
  if (!file) damaged(zip_strerror(archive_->handle.get()));
  std::string out;
  out.reserve(std::min<uint64_t>(size, archive_->bytes.size()) + 1);  // What a stored member takes, and no false size.
  // Read to the end, beyond the declared size too: libzip checks the checksum only there.
  for (;;) {
    constexpr size_t kPiece = size_t{1} << 24;
    const size_t used = out.size();
    out.resize(used + static_cast<size_t>(std::min<uint64_t>(size - used, kPiece)) + 1);
    const zip_int64_t n = zip_fread(file.get(), out.data() + used, out.size() - used);
    if (n < 0) damaged(zip_file_strerror(file.get()));
    out.resize(used + static_cast<size_t>(n));
    if (out.size() > size) damaged("more bytes than declared");
    if (n == 0) break;
  }
  if (out.size() != size) damaged(text("{} of {} bytes", out.size(), size));
  return out;
}

std::string write_zip(const std::vector<std::pair<std::string, std::string_view>>& members) {
  constexpr const char* kWho = "ZIP archive";
  ZipError error;
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error.e);
  if (!target) throw FileError(kWho, text("memory must suffice, got '{}'", error.str()));
  zip_source_keep(target);  // zip_close frees one reference, and the bytes are read after it.
  const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> keep(target, zip_source_free);
  zip_t* handle = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error.e);
  if (!handle) {
    zip_source_free(target);
    throw FileError(kWho, text("the archive must be writable, got '{}'", error.str()));
  }
  ArchiveHandle archive(handle, zip_discard);
  const auto fail = [&] {
    throw FileError(kWho, text("the archive must be writable, got '{}'", zip_strerror(handle)));
  };
  for (const auto& [name, content] : members) {
    if (leaves_folder(name)) throw FileError(kWho, text("members must have names inside the archive, got '{}'", name));
    zip_source_t* source = zip_source_buffer(handle, content.data(), content.size(), 0);
    if (!source) fail();
    const zip_int64_t i = zip_file_add(handle, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (i < 0) {
      zip_source_free(source);
      fail();
    }
    const zip_uint64_t entry = static_cast<zip_uint64_t>(i);
    constexpr zip_uint16_t kFirstDay = 1 << 5 | 1;  // 1 January 1980, the first day of DOS.
    if (zip_set_file_compression(handle, entry, ZIP_CM_STORE, 0) != 0) fail();
    if (zip_file_set_dostime(handle, entry, 0, kFirstDay, 0) != 0) fail();
  }
  if (members.empty()) {  // libzip writes no file at all for an archive without members.
    static constexpr char kEnd[22] = {'P', 'K', 5, 6};
    return std::string(kEnd, sizeof kEnd);
  }
  if (zip_close(handle) != 0) fail();
  (void)archive.release();
  zip_stat_t info;
  if (zip_source_stat(target, &info) != 0 || zip_source_open(target) != 0)
    throw FileError(kWho, "the archive must be writable, got no bytes");
  std::string out(info.size, '\0');
  const zip_int64_t n = zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  if (n < 0 || static_cast<uint64_t>(n) != out.size())
    throw FileError(kWho, "the archive must be writable, got fewer bytes");
  return out;
}

}  // namespace cornu
