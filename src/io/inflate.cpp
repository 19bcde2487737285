// DEFLATE by zlib.
#include "io/inflate.h"

#include <cornu/error.h>
#include <zlib.h>

#include <algorithm>

namespace cornu {
namespace {

constexpr int kZlib = 15, kGzip = 15 + 16;
// zlib counts in 32 bits.
constexpr size_t kPiece = size_t{1} << 30;
constexpr size_t kFirst = size_t{1} << 16;

struct Inflater {
  z_stream z{};
  std::string_view in;

  Inflater(std::string_view bytes, int window, const std::string& who) : in(bytes) {
    if (inflateInit2(&z, window) != Z_OK) throw FileError(who, "memory must suffice to decompress, got none");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&z); }

  // Appends decoded bytes up to `max_bytes` in all; true at the end of the stream.
  bool run(std::string& out, uint64_t max_bytes, const std::string& who) {
    for (;;) {
      const size_t used = out.size();
      if (used >= max_bytes) return false;
      // Grows with what is really decoded, so that a false size cannot make us allocate.
      const size_t more = static_cast<size_t>(std::min<uint64_t>({max_bytes - used, std::max(used, kFirst), kPiece}));
      out.resize(used + more);
      z.next_out = reinterpret_cast<Bytef*>(out.data() + used);
      z.avail_out = static_cast<uInt>(more);
      const size_t given = std::min(in.size(), kPiece);
      z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
      z.avail_in = static_cast<uInt>(given);
      const int result = ::inflate(&z, Z_NO_FLUSH);
      in.remove_prefix(given - z.avail_in);
      out.resize(used + more - z.avail_out);
      if (result == Z_STREAM_END) return true;
      if (result == Z_BUF_ERROR || (result == Z_OK && in.empty() && z.avail_out != 0))
        throw FileError(who, text("the compressed data must be complete, got its end after {} bytes", out.size()));
      if (result != Z_OK)
        throw FileError(who, text("the compressed data must be undamaged, got '{}'", z.msg ? z.msg : "an error"));
    }
  }
};

std::string deflate_as(std::string_view bytes, int window) {
  z_stream z{};
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw FileError("zlib", "memory must suffice to compress, got none");
  std::string out;
  int result = Z_OK;
  while (result == Z_OK) {
    const size_t given = std::min(bytes.size(), kPiece), used = out.size();
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(given);
    out.resize(used + std::clamp(given / 2, kFirst, kPiece));
    z.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    z.avail_out = static_cast<uInt>(out.size() - used);
    result = ::deflate(&z, given == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    bytes.remove_prefix(given - z.avail_in);
    out.resize(out.size() - z.avail_out);
  }
  deflateEnd(&z);
  return out;
}

}  // namespace

std::string inflate_zlib(std::string_view bytes, uint64_t max_bytes, const std::string& who) {
  std::string out;
  // One byte of room beyond the limit tells "just fits" from "too long".
  if (!Inflater(bytes, kZlib, who).run(out, max_bytes + 1, who) || out.size() > max_bytes)
    throw FileError(who, text("the compressed data must hold at most {} bytes, got more", max_bytes));
  return out;
}

std::string deflate_zlib(std::string_view bytes) { return deflate_as(bytes, kZlib); }
std::string gzip(std::string_view bytes) { return deflate_as(bytes, kGzip); }

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

std::string gunzip(std::string_view bytes, uint64_t max_bytes, const std::string& who) {
  std::string out;
  do {
    Inflater member(bytes, kGzip, who);
    if (!member.run(out, max_bytes, who)) break;
    bytes = member.in;
  } while (is_gzip(bytes));  // Zeros may pad the end, as tapes do.
  return out;
}

}  // namespace cornu
