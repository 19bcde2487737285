// NumPy's files.
#include "io/npy.h"

#include <cornu/error.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>

#include "io/file.h"

namespace cornu {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kMaxHeader = 1 << 20;

const std::map<std::string, std::string>& type_names() {
  static const auto& kNames = *new std::map<std::string, std::string>{
      {"f2", "float16"}, {"f4", "float32"}, {"f8", "float64"}, {"i1", "int8"},   {"i2", "int16"},  {"i4", "int32"},
      {"i8", "int64"},   {"u1", "uint8"},   {"u2", "uint16"},  {"u4", "uint32"}, {"u8", "uint64"}, {"b1", "bool"}};
  return kNames;
}

// The header is a Python dictionary of a string, a bool and a tuple of integers, and nothing else is taken.
class Header {
 public:
  Header(std::string_view text, const std::string& who) : text_(text), who_(who) { parse(); }
  std::optional<std::string> descr;
  std::optional<bool> fortran;
  std::optional<std::vector<int64_t>> shape;

 private:
  [[noreturn]] void fail(const std::string& rule) const { throw FileError(who_, rule); }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(std::string_view word) {
    skip_space();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void need(std::string_view word) {
    if (!take(word)) fail(text("the NPY header must have '{}' after {} bytes, got something else", word, at_));
  }

  std::string quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    const size_t end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : text_.npos;
    if (end == text_.npos) fail(text("the NPY header must have a string after {} bytes, got something else", at_));
    const std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }

  std::vector<int64_t> tuple() {
    std::vector<int64_t> out;
    need("(");
    while (!take(")")) {
      skip_space();
      int64_t v = 0;
      const auto r = std::from_chars(text_.data() + at_, text_.data() + text_.size(), v);
      if (r.ec != std::errc() || v < 0 || out.size() >= 64)
        fail(text("the NPY header must have up to 64 sizes from 0, got something else after {} bytes", at_));
      at_ = static_cast<size_t>(r.ptr - text_.data());
      take("L");  // Python 2 wrote long integers so.
      out.push_back(v);
      if (!take(",")) {
        need(")");
        break;
      }
    }
    return out;
  }

  void parse() {
    need("{");
    while (!take("}")) {
      const std::string key = quoted();
      need(":");
      if (key == "descr") {
        if (take("[")) fail("NPY arrays must be of numbers or bools, got records");
        descr = quoted();
      } else if (key == "fortran_order") {
        fortran = take("True");
        if (!*fortran) need("False");
      } else if (key == "shape") {
        shape = tuple();
      } else {
        fail(text("the NPY header must have descr, fortran_order and shape, got '{}'", key));
      }
      if (!take(",")) {
        need("}");
        break;
      }
    }
    if (!descr || !fortran || !shape) fail("the NPY header must have descr, fortran_order and shape, got less");
  }

  std::string_view text_;
  const std::string& who_;
  size_t at_ = 0;
};

std::string element_type(const std::string& descr, const std::string& who, bool& swapped) {
  const char order = descr.empty() ? ' ' : descr[0];
  const bool has_order = order == '<' || order == '>' || order == '|' || order == '=';
  const std::string kind(descr, has_order ? 1 : 0);
  swapped = order == '>';
  if (kind.starts_with("O"))
    throw FileError(who, "NPY arrays must be of numbers or bools, got Python objects, which are programs and not read");
  const auto found = type_names().find(kind);
  if (found == type_names().end())
    throw FileError(who, text("NPY arrays must be of numbers or bools, got the type '{}'", descr));
  return found->second;
}

// Fortran order counts the first axis fastest.
std::string to_c_order(std::string_view bytes, const std::vector<int64_t>& dims, size_t item) {
  const size_t rank = dims.size();
  std::string out(bytes.size(), '\0');
  std::vector<size_t> stride(rank), at(rank, 0);
  size_t step = item;
  for (size_t i = 0; i < rank; ++i) {
    stride[i] = step;
    step *= static_cast<size_t>(dims[i]);
  }
  size_t from = 0;
  for (size_t to = 0; to < out.size(); to += item) {
    std::memcpy(out.data() + to, bytes.data() + from, item);
    for (size_t i = rank; i-- > 0;) {
      from += stride[i];
      if (++at[i] < static_cast<size_t>(dims[i])) break;
      from -= stride[i] * at[i];
      at[i] = 0;
    }
  }
  return out;
}

}  // namespace

Array parse_npy(std::string_view bytes, const std::string& who) {
  if (!bytes.starts_with(kMagic) || bytes.size() < 10)
    throw FileError(who, "an NPY file must start with its signature, got something else");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(bytes[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) throw FileError(who, text("an NPY file must have version 1 to 3, got {}", version));
  const size_t start = version == 1 ? 10 : 12;
  if (bytes.size() < start) throw FileError(who, "the NPY header must be complete, got the end of the file");
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > kMaxHeader || length > bytes.size() - start)
    throw FileError(who, text("the NPY header must lie in the file, got {} bytes", length));

  const Header header(bytes.substr(start, length), who);
  bool swapped = false;
  Array out{element_type(*header.descr, who, swapped), *header.shape, ""};
  const size_t item = array_item_size(out.dtype);
  const bool empty = std::find(out.dims.begin(), out.dims.end(), 0) != out.dims.end();
  size_t size = empty ? 0 : item;
  for (const int64_t d : out.dims)
    if (!empty && __builtin_mul_overflow(size, static_cast<size_t>(d), &size)) size = ~size_t{0};
  const std::string_view data = bytes.substr(start + length);
  if (data.size() < size)
    throw FileError(who, text("an array of shape {} and type {} must have {} bytes, got {}", out.dims, out.dtype, size,
                              data.size()));
  out.bytes = *header.fortran && out.dims.size() > 1 ? to_c_order(data.substr(0, size), out.dims, item)
                                                     : std::string(data.substr(0, size));
  if (swapped) swap_bytes(out.bytes, item);
  return out;
}

Array read_npy(const std::string& path) { return parse_npy(read_file(path), path); }

std::string npy_header(const std::string& dtype, const std::vector<int64_t>& dims) {
  std::string descr;
  for (const auto& [code, name] : type_names())
    if (name == dtype) descr = text("{}{}", array_item_size(name) == 1 ? '|' : '<', code);
  if (descr.empty()) throw FileError("NPY file", text("arrays must be of numbers or bools, got '{}'", dtype));
  std::string shape;
  for (size_t i = 0; i < dims.size(); ++i) shape += text("{}{}", i ? ", " : "", dims[i]);
  if (dims.size() == 1) shape += ',';
  std::string header = text("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';  // Data start at a multiple of 64 bytes.
  header += '\n';
  std::string out(kMagic);
  out += '\1';
  out += '\0';
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  return out;
}

std::string write_npy(const Array& array) { return npy_header(array.dtype, array.dims) + array.bytes; }

NpzReader::NpzReader(std::string bytes, const std::string& who, ZipLimits limits)
    : zip_(std::move(bytes), who, limits), who_(who) {
  for (const ZipMember& m : zip_.members())
    if (m.name.ends_with(".npy")) names_.push_back(m.name.substr(0, m.name.size() - 4));
}

NpzReader NpzReader::open(const std::string& path, ZipLimits limits) { return {read_file(path), path, limits}; }

bool NpzReader::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

Array NpzReader::read(std::string_view name) const {
  if (!has(name)) throw FileError(who_, text("the archive must have an array '{}', got {}", name, names_));
  const std::string member = text("{}.npy", name);
  return parse_npy(zip_.read(member), text("{}/{}", who_, member));
}

std::string write_npz(const std::vector<std::pair<std::string, Array>>& arrays) {
  std::vector<std::string> files;
  std::vector<std::pair<std::string, std::string_view>> members;
  for (const auto& [name, array] : arrays) files.push_back(write_npy(array));
  for (size_t i = 0; i < arrays.size(); ++i) members.emplace_back(text("{}.npy", arrays[i].first), files[i]);
  return write_zip(members);
}

}  // namespace cornu
