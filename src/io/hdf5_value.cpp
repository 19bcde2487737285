// HDF5: from the bytes of elements to values, with strings of variable length from the global heap.
#include <algorithm>

#include "io/hdf5_file.h"

namespace cornu::h5 {

std::string_view File::heap_object(uint64_t collection, uint32_t index) const {
  auto found = collections_.find(collection);
  if (found == collections_.end()) {
    Cursor head = piece(collection, 16, "global heap");
    head.expect("GCOL");
    if (const int version = head.u8(); version != 1) head.fail(text("its version must be 1, got {}", version));
    head.skip(3);
    const uint64_t size = head.u64();
    if (size < 16) head.fail(text("it must have at least 16 bytes, got {}", size));
    Cursor c = piece(collection + 16, size - 16, "global heap");
    std::vector<std::string_view> objects;
    while (c.left() >= 16) {
      const uint16_t number = c.u16();
      c.skip(6);
      const uint64_t length = c.u64();
      if (number == 0) break;  // Free space up to the end.
      if (objects.size() <= number) objects.resize(number + 1u);
      objects[number] = c.take(length);
      c.skip(std::min<uint64_t>((8 - length % 8) % 8, c.left()));
    }
    found = collections_.emplace(collection, std::move(objects)).first;
  }
  if (index >= found->second.size()) fail(text("damaged HDF5 global heap: object {} must exist, got none", index));
  return found->second[index];
}

H5Data File::convert(const Type& type, const Space& space, std::string raw) const {
  H5Data out;
  out.type = type.name;
  out.dims = space.dims;
  out.null = space.null;
  if (type.storage == Storage::number) {
    out.item = type.size;
    out.bytes = std::move(raw);
    if (type.swap)
      for (size_t i = 0; i + type.size <= out.bytes.size(); i += type.size)
        std::reverse(out.bytes.begin() + static_cast<std::ptrdiff_t>(i),
                     out.bytes.begin() + static_cast<std::ptrdiff_t>(i + type.size));
    return out;
  }
  const size_t count = raw.size() / type.size;
  // A string object takes more memory than its place in the file, so their number is bounded by the file's size.
  if (count > std::max<uint64_t>(size(), 1 << 20))
    fail(text("HDF5 strings must be in the file, got {} of them", count));
  const uint64_t most = std::max(limits_.harmless, size());
  uint64_t total = 0;
  out.strings.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view field = std::string_view(raw).substr(i * type.size, type.size);
    std::string_view value = field;
    bool cut = type.cut_at_nul;
    if (type.storage == Storage::vlen_string) {
      Cursor c(field, who_, "string");
      const uint32_t length = c.u32();
      const uint64_t collection = c.u64();
      const uint32_t index = c.u32();
      value = collection == 0 || collection == kUndefined ? std::string_view() : heap_object(collection, index);
      if (length > value.size() && length > 0) c.fail(text("it must have {} bytes, got {}", length, value.size()));
      value = value.substr(0, length);
      cut = true;
    }
    if (cut) value = value.substr(0, value.find('\0'));
    while (!value.empty() && value.back() == '\0') value.remove_suffix(1);
    // Many references to one long string would fill the memory.
    total += value.size();
    if (total > most) fail(text("HDF5 strings must have at most {} bytes in all, got more", most));
    out.strings.emplace_back(value);
  }
  return out;
}

H5Data File::attribute(const Attribute& a) const {
  Cursor type_at(a.type, who_, "attribute"), space_at(a.space, who_, "attribute"), data(a.data, who_, "attribute");
  const Type type = parse_type(type_at);
  const Space space = parse_space(space_at);
  const uint64_t count = element_count(space, space_at);
  if (count > a.data.size()) data.fail(text("'{}' must have {} elements, got {} bytes", a.name, count, a.data.size()));
  return convert(type, space, std::string(data.take(count * type.size)));
}

}  // namespace cornu::h5
