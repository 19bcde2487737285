// HDF5 dataspaces, datatypes and attribute messages.
#include "io/hdf5_file.h"

namespace cornu {

uint64_t h5_item_size(const std::string& type) {
  static const auto& kSizes = *new std::map<std::string, uint64_t>{
      {"float16", 2}, {"float32", 4}, {"float64", 8}, {"bfloat16", 2}, {"int8", 1},   {"int16", 2}, {"int32", 4},
      {"int64", 8},   {"uint8", 1},   {"uint16", 2},  {"uint32", 4},   {"uint64", 8}, {"bool", 1}};
  const auto found = kSizes.find(type);
  return found == kSizes.end() ? 0 : found->second;
}

namespace h5 {

Space parse_space(Cursor c) {
  Space out;
  const int version = c.u8(), rank = c.u8();
  if (version != 1 && version != 2) c.fail(text("a dataspace must have version 1 or 2, got {}", version));
  if (rank > 32) c.fail(text("a dataspace must have at most 32 dimensions, got {}", rank));
  c.skip(1);
  if (version == 1) {
    c.skip(5);
  } else {
    const int kind = c.u8();
    if (kind > 2) c.fail(text("a dataspace must be scalar, simple or null, got {}", kind));
    out.null = kind == 2;
  }
  for (int i = 0; i < rank; ++i) out.dims.push_back(c.u64());
  return out;
}

uint64_t element_count(const Space& space, const Cursor& at) {
  if (space.null) return 0;
  uint64_t count = 1;
  bool overflow = false;
  for (const uint64_t d : space.dims) overflow |= __builtin_mul_overflow(count, d, &count);
  for (const uint64_t d : space.dims)
    if (d == 0) return 0;
  if (overflow) at.fail("the number of elements must fit into 64 bits, got more");
  return count;
}

namespace {

std::string integer_name(bool is_signed, uint64_t size) { return text("{}int{}", is_signed ? "" : "u", size * 8); }

Type parse_integer(Cursor& c, uint32_t bits, uint64_t size) {
  const int offset = c.u16(), precision = c.u16();
  if ((size != 1 && size != 2 && size != 4 && size != 8) || offset != 0 || static_cast<uint64_t>(precision) != size * 8)
    c.refuse(text("integers must fill 1, 2, 4 or 8 bytes, got {} bits in {}", precision, size));
  return {integer_name(bits & 8, size), size, Storage::number, (bits & 1) != 0};
}

Type parse_floating(Cursor& c, uint32_t bits, uint64_t size) {
  struct Layout {
    const char* name;
    uint64_t size;
    int precision, exponent_at, exponent_bits, fraction_bits;
    uint32_t bias;
  };
  static constexpr Layout kLayouts[] = {{"float16", 2, 16, 10, 5, 10, 15},
                                        {"bfloat16", 2, 16, 7, 8, 7, 127},
                                        {"float32", 4, 32, 23, 8, 23, 127},
                                        {"float64", 8, 64, 52, 11, 52, 1023}};
  const int offset = c.u16(), precision = c.u16(), exponent_at = c.u8(), exponent_bits = c.u8();
  const int fraction_at = c.u8(), fraction_bits = c.u8();
  const uint32_t bias = c.u32();
  const bool plain = offset == 0 && fraction_at == 0 && (bits & 0x40) == 0;
  for (const Layout& l : kLayouts)
    if (plain && l.size == size && l.precision == precision && l.exponent_at == exponent_at &&
        l.exponent_bits == exponent_bits && l.fraction_bits == fraction_bits && l.bias == bias)
      return {l.name, size, Storage::number, (bits & 1) != 0};
  c.refuse(text("floats must be IEEE of 16, 32 or 64 bits or bfloat16, got another of {} bits", precision));
}

// The base type must be an integer, so this does not nest.
Type parse_enumeration(Cursor& c, uint32_t bits, int version) {
  const uint8_t base_class = c.u8();
  if ((base_class & 15) != 0) c.refuse(text("enumerations must be of integers, got class {}", base_class & 15));
  const uint32_t base_bits = static_cast<uint32_t>(c.number(3));
  const uint32_t size = c.u32();
  Type base = parse_integer(c, base_bits, size);
  const uint32_t members = bits & 0xFFFF;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < members; ++i) {
    names.emplace_back(c.zero_terminated());
    if (version < 3) c.skip((8 - (names.back().size() + 1) % 8) % 8);
  }
  const std::string_view values = c.take(members * base.size);
  if (base.name == "int8" && names == std::vector<std::string>{"FALSE", "TRUE"} && values[0] == 0 && values[1] == 1)
    base.name = "bool";
  return base;
}

}  // namespace

Type parse_type(Cursor& c) {
  const uint8_t first = c.u8();
  const int kind = first & 15, version = first >> 4;
  const uint32_t bits = static_cast<uint32_t>(c.number(3));
  const uint32_t size = c.u32();
  if (size == 0) c.fail("a datatype must have at least one byte, got 0");
  switch (kind) {
    case 0:
      return parse_integer(c, bits, size);
    case 1:
      return parse_floating(c, bits, size);
    case 3:
      return {"string", size, Storage::fixed_string, false, (bits & 15) == 0};
    case 5:
      return {"opaque", size};
    case 8:
      return parse_enumeration(c, bits, version);
    case 9:
      if ((bits & 15) == 1 && size == 16) return {"string", size, Storage::vlen_string};
      c.refuse("variable-length sequences are not read, got one");
    default: {
      static constexpr const char* kNames[] = {"",         "",          "time", "", "bit field", "",
                                               "compound", "reference", "",     "", "array"};
      c.refuse(
          text("types must be numbers, bools, strings or opaque, got {}", kind < 11 ? kNames[kind] : "an unknown one"));
    }
  }
}

Attribute parse_attribute(Cursor c) {
  const int version = c.u8();
  if (version < 1 || version > 3) c.fail(text("an attribute must have version 1 to 3, got {}", version));
  const int flags = c.u8();
  if (version > 1 && (flags & 3)) c.refuse("attributes must hold their own type, got a shared one");
  const uint64_t name = c.u16(), type = c.u16(), space = c.u16();
  if (version == 3) c.skip(1);
  const auto part = [&](uint64_t n) {
    const std::string_view out = c.take(n);
    if (version == 1) c.align();
    return out;
  };
  Attribute out;
  const std::string_view full = part(name);
  out.name = full.substr(0, full.find('\0'));
  out.type = part(type);
  out.space = part(space);
  out.data = c.take(c.left());
  return out;
}

}  // namespace h5
}  // namespace cornu
