// HDF5 messages as h5py writes them.
#include "io/hdf5_encode.h"

#include <cornu/error.h>

#include <algorithm>

namespace cornu::h5 {
namespace {

void head(Output& out, int kind, uint32_t bits, uint64_t size) {
  out.u8(static_cast<uint8_t>(0x10 | kind));
  out.number(bits, 3);
  out.u32(static_cast<uint32_t>(size));
}

void floating(Output& out, uint64_t size, int exponent_at, int exponent_bits, uint32_t bias) {
  head(out, 1, 0x20u | static_cast<uint32_t>(size * 8 - 1) << 8, size);
  out.u16(0);
  out.u16(static_cast<uint16_t>(size * 8));
  out.u8(static_cast<uint8_t>(exponent_at));
  out.u8(static_cast<uint8_t>(exponent_bits));
  out.u8(0);
  out.u8(static_cast<uint8_t>(exponent_at));
  out.u32(bias);
}

void integer(Output& out, uint64_t size, bool is_signed) {
  head(out, 0, is_signed ? 8 : 0, size);
  out.u16(0);
  out.u16(static_cast<uint16_t>(size * 8));
}

}  // namespace

std::string type_message(const std::string& type) {
  Output out;
  const uint64_t size = h5_item_size(type);
  if (type == "float16") {
    floating(out, 2, 10, 5, 15);
  } else if (type == "float32") {
    floating(out, 4, 23, 8, 127);
  } else if (type == "float64") {
    floating(out, 8, 52, 11, 1023);
  } else if (type == "bfloat16") {
    head(out, 5, 0, 2);
  } else if (type == "bool") {  // h5py's: an enumeration of two members.
    head(out, 8, 2, 1);
    integer(out, 1, true);
    out.add(std::string_view("FALSE\0\0\0TRUE\0\0\0\0\0\1", 18));
  } else if (type == "string") {  // Variable length, UTF-8, over bytes.
    head(out, 9, 0x0101, 16);
    integer(out, 1, false);
  } else if (size != 0) {
    integer(out, size, type[0] == 'i');
  } else {
    throw FileError("HDF5 file", text("types must be numbers, bools or strings, got {}", type));
  }
  return out.bytes;
}

std::string space_message(const std::vector<uint64_t>& dims, bool null) {
  Output out;
  if (null) {  // Only version 2 can say it.
    out.add(std::string_view("\2\0\0\2", 4));
    return out.bytes;
  }
  out.u8(1);
  out.u8(static_cast<uint8_t>(dims.size()));
  out.zeros(6);
  for (const uint64_t d : dims) out.u64(d);
  return out.bytes;
}

std::string attribute_message(const std::string& name, const H5Data& value, StringHeap& strings) {
  uint64_t count = value.null ? 0 : 1;
  for (const uint64_t d : value.dims)
    if (__builtin_mul_overflow(count, d, &count)) count = kNowhere;
  const bool is_text = value.type == "string";
  const uint64_t got = is_text ? value.strings.size() : value.bytes.size();
  const uint64_t item = is_text ? 1 : h5_item_size(value.type);
  if (value.dims.size() > 32 || got % std::max<uint64_t>(item, 1) != 0 || got / std::max<uint64_t>(item, 1) != count)
    throw FileError("HDF5 file", text("the attribute '{}' must have {} elements, got {} {}", name, count, got,
                                      is_text ? "strings" : "bytes"));
  const std::string type = type_message(value.type), space = space_message(value.dims, value.null);
  Output out;
  out.u8(1);
  out.u8(0);
  out.u16(static_cast<uint16_t>(name.size() + 1));
  out.u16(static_cast<uint16_t>(type.size()));
  out.u16(static_cast<uint16_t>(space.size()));
  out.add(name);
  out.u8(0);
  out.align();
  out.add(type);
  out.align();
  out.add(space);
  out.align();
  if (is_text)
    for (const std::string& s : value.strings) out.add(strings.add(s));
  else
    out.add(value.bytes);
  return out.bytes;
}

std::string StringHeap::add(std::string_view s) {
  if (s.size() > 0xFFFFFFF0u)
    throw FileError("HDF5 file", text("strings must be shorter than 4 GiB, got {}", s.size()));
  Output reference;
  reference.u32(static_cast<uint32_t>(s.size()));
  if (s.empty()) {  // Nothing to refer to.
    reference.zeros(12);
    return reference.bytes;
  }
  constexpr uint64_t kHead = 16, kSmallest = 4096;
  const uint64_t needed = 16 + (s.size() + 7) / 8 * 8;
  if (size_ - used_ < needed || count_ == 65535) {
    close();
    start_ = out_.align();
    used_ = kHead;
    size_ = std::max(kSmallest, kHead + needed);
    count_ = 0;
    out_.zeros(size_);
    Output head;
    head.add("GCOL");
    head.u32(1);
    head.u64(size_);
    out_.bytes.replace(start_, kHead, head.bytes);
  }
  Output object;
  object.u16(++count_);
  object.u16(0);
  object.u32(0);
  object.u64(s.size());
  object.add(s);
  object.align();
  out_.bytes.replace(start_ + used_, needed, object.bytes);
  used_ += needed;
  reference.u64(start_);
  reference.u32(count_);
  return reference.bytes;
}

void StringHeap::close() {
  if (size_ - used_ >= 16) {
    Output free;
    free.u64(0);
    free.u64(size_ - used_);
    out_.bytes.replace(start_ + used_, 16, free.bytes);
  }
  used_ = size_;
}

}  // namespace cornu::h5
