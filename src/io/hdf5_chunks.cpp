// HDF5: layout messages of all versions, chunk indexes by B-tree, single chunk and fixed array.
#include "io/hdf5_chunks.h"

namespace cornu::h5 {
namespace {

// Versions 1 and 2: sizes for every layout.
Layout parse_old(Cursor c) {
  Layout out;
  const int rank = c.u8(), kind = c.u8();
  c.skip(5);
  if (rank > 33) c.fail(text("it must have at most 33 axes, got {}", rank));
  if (kind > 2) c.fail(text("it must be compact, contiguous or chunked, got {}", kind));
  out.kind = static_cast<Layout::Kind>(kind);
  if (kind != Layout::compact) out.address = c.u64();
  for (int i = 0; i < rank; ++i) out.chunk.push_back(c.u32());
  if (kind == Layout::compact) out.data = c.take(c.u32());
  if (kind == Layout::chunked && !out.chunk.empty()) out.chunk.pop_back();
  return out;
}

void parse_chunked(Cursor& c, int version, Layout& out) {
  const int flags = version >= 4 ? c.u8() : 0;
  const int rank = c.u8();
  if (rank < 2 || rank > 33) c.fail(text("chunks must have 1 to 32 axes, got {}", rank - 1));
  if (version == 3) out.address = c.u64();
  const int width = version == 3 ? 4 : c.u8();
  if (width < 1 || width > 8) c.fail(text("sizes must have 1 to 8 bytes, got {}", width));
  for (int i = 0; i < rank; ++i) out.chunk.push_back(c.number(width));
  out.chunk.pop_back();  // The last is the size of an element.
  if (version == 3) return;
  const int index = c.u8();
  if (index == 1) {
    out.index = Layout::single;
    if (flags & 2) {
      out.single_stored = c.u64();
      out.single_mask = c.u32();
    }
  } else if (index == 3) {
    out.index = Layout::fixed_array;
    c.skip(1);
  } else {
    static constexpr const char* kNames[] = {"", "", "implicit", "", "extensible array", "version 2 B-tree"};
    c.refuse(text("chunks must be indexed by a B-tree of version 1, a single chunk or a fixed array, got {}",
                  index < 6 ? kNames[index] : "an unknown index"));
  }
  out.address = c.u64();
}

struct ChunkTree {
  const File& file;
  size_t rank;
  uint64_t budget;
  std::vector<Chunk>& out;

  void node(uint64_t address, int expected) {
    if (budget-- == 0) file.fail("damaged HDF5 chunks: their tree must not contain itself, got one that does");
    Cursor c = file.rest(address, "chunks");
    c.expect("TREE");
    if (const int type = c.u8(); type != 1) c.fail(text("their tree must have type 1, got {}", type));
    const int level = c.u8();
    if (expected >= 0 && level != expected) c.fail(text("level {} must stand here, got {}", expected, level));
    const int used = c.u16();
    c.skip(16);
    for (int i = 0; i < used; ++i) {
      Chunk chunk;
      chunk.stored = c.u32();
      chunk.mask = c.u32();
      for (size_t k = 0; k < rank; ++k) chunk.offset.push_back(c.u64());
      c.skip(8);
      chunk.address = c.u64();
      if (level > 0) {
        node(chunk.address, level - 1);
      } else {
        if (out.size() > file.size() / 16) c.fail("they must fit into the file, got too many");
        out.push_back(std::move(chunk));
      }
    }
  }
};

void fixed_array(const File& file, const Layout& layout, const Space& space, uint64_t piece_bytes,
                 std::vector<Chunk>& out) {
  Cursor head = file.piece(layout.address, 28, "chunks");
  head.expect("FAHD");
  head.skip(1);
  const int filtered = head.u8(), entry = head.u8(), page_bits = head.u8();
  const uint64_t entries = head.u64(), block = head.u64();
  if (block == kUndefined) return;
  std::vector<uint64_t> grid;
  for (size_t i = 0; i < space.dims.size(); ++i)
    grid.push_back(space.dims[i] / layout.chunk[i] + (space.dims[i] % layout.chunk[i] != 0));
  if (entries != element_count({grid}, head) || page_bits > 62 || entries > uint64_t{1} << page_bits)
    head.refuse(text("fixed arrays of chunks must have one page and match the dataset, got {} entries", entries));
  if (entry < (filtered ? 13 : 8)) head.fail(text("entries must have room for an address, got {} bytes", entry));
  Cursor c = file.rest(block, "chunks");
  c.expect("FADB");
  c.skip(10);
  for (uint64_t i = 0; i < entries; ++i) {
    Chunk chunk;
    chunk.address = c.u64();
    chunk.stored = piece_bytes;
    if (filtered) {
      chunk.stored = c.number(entry - 12 > 8 ? 8 : entry - 12);
      chunk.mask = c.u32();
    }
    uint64_t rest = i;
    chunk.offset.resize(grid.size());
    for (size_t k = grid.size(); k-- > 0; rest /= grid[k]) chunk.offset[k] = rest % grid[k] * layout.chunk[k];
    if (chunk.address != kUndefined) out.push_back(std::move(chunk));
  }
}

}  // namespace

Layout parse_layout(Cursor c) {
  const int version = c.u8();
  if (version == 1 || version == 2) return parse_old(c);
  if (version > 5 || version == 0) c.fail(text("its version must be 1 to 5, got {}", version));
  Layout out;
  const int kind = c.u8();
  if (kind == 3) c.refuse("datasets must hold their own data, got a virtual one");
  if (kind > 3) c.fail(text("it must be compact, contiguous or chunked, got {}", kind));
  out.kind = static_cast<Layout::Kind>(kind);
  if (kind == Layout::compact)
    out.data = c.take(c.u16());
  else if (kind == Layout::contiguous)
    out.address = c.u64();
  else
    parse_chunked(c, version, out);
  return out;
}

std::vector<Chunk> find_chunks(const File& file, const Layout& layout, const Space& space, uint64_t piece_bytes) {
  std::vector<Chunk> out;
  if (layout.address == kUndefined) return out;
  if (layout.index == Layout::single) {
    out.push_back({std::vector<uint64_t>(space.dims.size(), 0), layout.address,
                   layout.single_stored ? layout.single_stored : piece_bytes, layout.single_mask});
  } else if (layout.index == Layout::fixed_array) {
    fixed_array(file, layout, space, piece_bytes, out);
  } else {
    ChunkTree{file, space.dims.size(), file.size() / 24 + 1, out}.node(layout.address, -1);
  }
  return out;
}

}  // namespace cornu::h5
