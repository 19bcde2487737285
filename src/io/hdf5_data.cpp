// HDF5 layouts: compact, contiguous and chunked data, with the filters that h5py offers without plug-ins.
#include <algorithm>
#include <cstring>

#include "io/hdf5_chunks.h"
#include "io/hdf5_file.h"
#include "io/inflate.h"

namespace cornu::h5 {
namespace {

uint32_t fletcher32(std::string_view bytes) {
  uint32_t a = 0, b = 0;
  const auto at = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])); };
  const auto fold = [](uint32_t v) { return (v & 0xFFFF) + (v >> 16); };
  size_t i = 0, words = bytes.size() / 2;
  while (words > 0) {
    size_t piece = std::min<size_t>(words, 360);
    words -= piece;
    for (; piece > 0; --piece, i += 2) {
      a += at(i) << 8 | at(i + 1);
      b += a;
    }
    a = fold(a), b = fold(b);
  }
  if (bytes.size() % 2) {
    a += at(i) << 8;
    b += a;
    a = fold(a), b = fold(b);
  }
  return fold(b) << 16 | fold(a);
}

// The bytes of all elements come first byte first, then all second bytes, and so on.
std::string unshuffle(std::string_view bytes, uint64_t item) {
  std::string out(bytes);
  const uint64_t count = bytes.size() / item;
  for (uint64_t b = 0; b < item; ++b)
    for (uint64_t i = 0; i < count; ++i) out[i * item + b] = bytes[b * count + i];
  return out;
}

struct Filter {
  int id = 0;
  uint32_t parameter = 0;
};

std::vector<Filter> parse_filters(Cursor c) {
  std::vector<Filter> out;
  const int version = c.u8(), count = c.u8();
  if (version != 1 && version != 2) c.fail(text("the filters must have version 1 or 2, got {}", version));
  if (version == 1) c.skip(6);
  for (int i = 0; i < count; ++i) {
    Filter f{c.u16()};
    uint64_t name = version == 1 || f.id >= 256 ? c.u16() : 0;
    c.skip(2);
    const int values = c.u16();
    if (version == 1) name = (name + 7) / 8 * 8;
    const std::string_view called = c.take(name);
    for (int k = 0; k < values; ++k) {
      const uint32_t v = c.u32();
      if (k == 0) f.parameter = v;
    }
    if (version == 1 && values % 2) c.skip(4);
    if (f.id < 1 || f.id > 3)
      c.refuse(text("filters must be deflate, shuffle or fletcher32, got {} '{}'", f.id,
                    called.substr(0, called.find('\0'))));
    out.push_back(f);
  }
  return out;
}

// What unwritten elements hold.
std::string fill_value(const std::vector<Message>& object, const std::string& who, uint64_t item) {
  std::string zero(item, '\0');
  if (const Message* m = find(object, kFill)) {
    Cursor c(m->body, who, "fill value");
    const int version = c.u8();
    bool defined = false;
    if (version == 3) {
      defined = c.u8() & 0x20;
    } else {
      c.skip(2);
      defined = c.u8() || version == 1;
    }
    if (defined && c.left() >= 4)
      if (const uint32_t size = c.u32(); size == item) return std::string(c.take(size));
  } else if (const Message* old = find(object, kOldFill)) {
    Cursor c(old->body, who, "fill value");
    if (const uint32_t size = c.u32(); size == item) return std::string(c.take(size));
  }
  return zero;
}

std::string filled(const std::string& value, uint64_t bytes) {
  std::string out(bytes, '\0');
  if (value.find_first_not_of('\0') != value.npos)
    for (uint64_t i = 0; i + value.size() <= bytes; i += value.size())
      std::memcpy(out.data() + i, value.data(), value.size());
  return out;
}

std::string decode(const File& file, const Chunk& chunk, const std::vector<Filter>& filters, uint64_t bytes,
                   uint64_t item) {
  std::string data(file.bytes(chunk.address, chunk.stored, "chunk"));
  for (size_t i = filters.size(); i-- > 0;) {
    if (i < 32 && (chunk.mask >> i & 1)) continue;
    if (filters[i].id == 1) {
      // Filters applied before may have lengthened the chunk: fletcher32 does by 4 bytes.
      data = inflate_zlib(data, bytes + 4 * filters.size(), file.who());
    } else if (filters[i].id == 2) {
      const uint64_t width = filters[i].parameter ? filters[i].parameter : item;
      if (width <= data.size()) data = unshuffle(data, width);
    } else {
      if (data.size() < 4) file.fail("damaged HDF5 chunk: a checksum must end it, got none");
      const std::string_view body = std::string_view(data).substr(0, data.size() - 4);
      Cursor sum(std::string_view(data).substr(body.size()), file.who(), "chunk");
      if (sum.u32() != fletcher32(body)) sum.fail("its checksum must agree, got another");
      data.resize(body.size());
    }
  }
  if (data.size() != bytes) file.fail(text("damaged HDF5 chunk: it must have {} bytes, got {}", bytes, data.size()));
  return data;
}

// Copies a chunk to its place, without what hangs over the edges.
void place(std::string& out, const std::vector<uint64_t>& dims, const Chunk& chunk, const std::vector<uint64_t>& shape,
           std::string_view data, uint64_t item) {
  const size_t rank = dims.size();
  std::vector<uint64_t> extent(rank), at(rank, 0);
  for (size_t i = 0; i < rank; ++i) {
    if (chunk.offset[i] >= dims[i]) return;  // Left over from before the dataset shrank.
    extent[i] = std::min(shape[i], dims[i] - chunk.offset[i]);
  }
  const uint64_t row = extent[rank - 1] * item;
  for (;;) {
    uint64_t from = 0, to = 0;
    for (size_t i = 0; i < rank; ++i) {
      from = from * shape[i] + at[i];
      to = to * dims[i] + chunk.offset[i] + at[i];
    }
    std::memcpy(out.data() + to * item, data.data() + from * item, row);
    size_t axis = rank - 1;
    while (axis-- > 0) {
      if (++at[axis] < extent[axis]) break;
      at[axis] = 0;
    }
    if (axis == static_cast<size_t>(-1)) return;
  }
}

}  // namespace

std::string File::raw_data(const std::vector<Message>& object, const Type& type, const Space& space) const {
  if (find(object, kExternal)) fail("HDF5 datasets must hold their own data, got one in external files");
  const Message* message = find(object, kLayout);
  if (!message) fail("damaged HDF5 dataset: it must have a layout, got none");
  Cursor c(message->body, who_, "layout");
  const uint64_t count = element_count(space, c);
  if (count == 0) return "";
  uint64_t declared = 0;
  if (__builtin_mul_overflow(count, type.size, &declared)) c.fail("its bytes must fit into 64 bits, got more");
  const Layout layout = parse_layout(c);
  const auto check = [&](uint64_t stored) {
    if (declared > limits_.harmless && declared / limits_.ratio > stored)
      fail(text("HDF5 datasets must have at most {} times their {} stored bytes, got {}", limits_.ratio, stored,
                declared));
  };
  if (layout.kind == Layout::compact) {
    if (layout.data.size() < declared) c.fail(text("it must have {} bytes, got {}", declared, layout.data.size()));
    return std::string(layout.data.substr(0, declared));
  }
  if (layout.kind == Layout::contiguous) {
    if (layout.address != kUndefined) return std::string(bytes(layout.address, declared, "dataset"));
    check(0);
    return filled(fill_value(object, who_, type.size), declared);
  }

  if (declared > limits_.dataset)
    fail(text("chunked HDF5 datasets must have at most {} bytes, got {}", limits_.dataset, declared));
  const size_t rank = space.dims.size();
  if (rank == 0 || layout.chunk.size() != rank)
    c.fail(text("chunks must have {} axes, got {}", rank, layout.chunk.size()));
  Space piece_space{layout.chunk};
  uint64_t piece_bytes = 0;
  const uint64_t piece_count = element_count(piece_space, c);
  if (piece_count == 0) c.fail("chunks must not be empty, got a zero");
  if (__builtin_mul_overflow(piece_count, type.size, &piece_bytes) || piece_bytes > limits_.dataset)
    c.fail("chunks must be smaller than 4 GiB, got a larger one");
  const std::vector<Chunk> chunks = find_chunks(*this, layout, space, piece_bytes);
  uint64_t stored = 0;
  for (const Chunk& chunk : chunks) stored += chunk.stored;
  // Chunks of a sound file do not overlap; this bounds the time too.
  if (stored > size()) c.fail("all chunks together must fit into the file, got more");
  check(stored);

  const Message* pipeline = find(object, kFilters);
  std::vector<Filter> filters;
  if (pipeline) filters = parse_filters({pipeline->body, who_, "filters"});
  std::string out = filled(fill_value(object, who_, type.size), declared);
  for (const Chunk& chunk : chunks)
    place(out, space.dims, chunk, layout.chunk, decode(*this, chunk, filters, piece_bytes, type.size), type.size);
  return out;
}

}  // namespace cornu::h5
