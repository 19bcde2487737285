// IDX files.
#include "io/idx.h"

#include <cornu/error.h>

#include <algorithm>
#include <utility>

#include "io/file.h"
#include "io/inflate.h"

namespace cornu {
namespace {

constexpr std::pair<int, const char*> kTypes[] = {{0x08, "uint8"}, {0x09, "int8"},    {0x0B, "int16"},
                                                  {0x0C, "int32"}, {0x0D, "float32"}, {0x0E, "float64"}};
constexpr size_t kMaxAxes = 8;

struct IdxHeader {
  Array array;
  size_t data = 0, total = 0;
};

IdxHeader parse_header(std::string_view bytes, const std::string& who) {
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(bytes[i])); };
  if (bytes.size() < 4 || byte(0) != 0 || byte(1) != 0)
    throw FileError(who, "an IDX file must start with two zero bytes, a type and a rank, got something else");
  IdxHeader out;
  for (const auto& [code, name] : kTypes)
    if (byte(2) == static_cast<size_t>(code)) out.array.dtype = name;
  if (out.array.dtype.empty()) throw FileError(who, text("an IDX file must have a known type, got {}", byte(2)));
  const size_t rank = byte(3);
  if (rank > kMaxAxes) throw FileError(who, text("an IDX file must have at most 8 axes, got {}", rank));
  out.data = 4 + 4 * rank;
  if (bytes.size() < out.data) throw FileError(who, text("the sizes of {} axes must be there, got the end", rank));
  size_t size = array_item_size(out.array.dtype);
  for (size_t i = 0; i < rank; ++i) {
    const size_t at = 4 + 4 * i;
    const size_t dim = byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
    out.array.dims.push_back(static_cast<int64_t>(dim));
    if (__builtin_mul_overflow(size, dim, &size))
      throw FileError(who, text("shape {} must fit, got more", out.array.dims));
  }
  if (__builtin_add_overflow(size, out.data, &out.total)) throw FileError(who, "the sizes must fit, got more");
  return out;
}

}  // namespace

Array parse_idx(std::string_view bytes, const std::string& who) {
  std::string expanded;
  if (is_gzip(bytes)) {
    // The header says how much is to come, so that nothing more is ever decoded.
    const IdxHeader first = parse_header(gunzip(bytes, 4 + 4 * kMaxAxes, who), who);
    expanded = gunzip(bytes, std::min(first.total, ~size_t{0} - 1) + 1, who);
    bytes = expanded;
  }
  IdxHeader header = parse_header(bytes, who);
  if (bytes.size() != header.total)
    throw FileError(
        who, text("an IDX file of shape {} and type {} must have {} bytes, got {}", header.array.dims,
                  header.array.dtype, header.total, bytes.size() > header.total ? "more" : text("{}", bytes.size())));
  header.array.bytes = bytes.substr(header.data);
  swap_bytes(header.array.bytes, array_item_size(header.array.dtype));
  return std::move(header.array);
}

Array read_idx(const std::string& path) { return parse_idx(read_file(path), path); }

std::string write_idx(const Array& array) {
  std::string out(2, '\0');
  for (const auto& [code, name] : kTypes)
    if (name == array.dtype) out += static_cast<char>(code);
  if (out.size() != 3 || array.dims.size() > kMaxAxes)
    throw FileError("IDX file", text("arrays must have a type of IDX and at most 8 axes, got {} and {}", array.dtype,
                                     array.dims.size()));
  out += static_cast<char>(array.dims.size());
  for (const int64_t d : array.dims) {
    if (d < 0 || d > 0xFFFFFFFF) throw FileError("IDX file", text("sizes must fit 32 bits, got {}", d));
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(d >> shift & 255);
  }
  std::string data = array.bytes;
  swap_bytes(data, array_item_size(array.dtype));
  return out + data;
}

}  // namespace cornu
