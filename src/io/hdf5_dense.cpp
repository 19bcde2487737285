// HDF5 dense groups and attributes, which files of libver "latest" use from 9 entries on:
// a version 2 B-tree names the objects of a fractal heap.
#include <bit>

#include "io/hdf5_file.h"

namespace cornu::h5 {
namespace {

int log2_of(uint64_t v) { return v ? 63 - std::countl_zero(v) : 0; }
int width_of(uint64_t limit) { return log2_of(limit) / 8 + 1; }

class FractalHeap {
 public:
  FractalHeap(const File& file, uint64_t address) : file_(file) {
    Cursor c = file.rest(address, "fractal heap");
    c.expect("FRHP");
    c.skip(1);
    id_bytes_ = c.u16();
    if (c.u16() != 0) c.refuse("heaps of names must not be filtered, got one that is");
    c.skip(1);
    const uint32_t largest = c.u32();
    c.skip(12 * 8);
    width_ = c.u16();
    start_ = c.u64();
    direct_ = c.u64();
    const int bits = c.u16();
    c.skip(2);
    root_ = c.u64();
    rows_ = c.u16();
    if (!std::has_single_bit(start_) || !std::has_single_bit(direct_) || direct_ < start_ || width_ == 0 || bits > 64 ||
        direct_ > uint64_t{1} << 32 || width_ > 1024)
      c.fail("its block sizes must be powers of two, got others");
    offset_bytes_ = (bits + 7) / 8;
    length_bytes_ = std::min(width_of(direct_), width_of(largest));
  }

  size_t id_bytes() const { return id_bytes_; }

  std::string_view object(std::string_view id) const {
    Cursor c(id, file_.who(), "fractal heap");
    const int first = c.u8();
    if ((first >> 4 & 3) == 2) return c.take((first & 15) + 1u);  // Tiny: the object is in its own name.
    if ((first >> 4 & 3) == 1) c.refuse("names and attributes must be shorter than 64 kB, got a huge one");
    const uint64_t offset = c.number(offset_bytes_), length = c.number(length_bytes_);
    return rows_ == 0 ? in_direct(root_, offset, length, start_) : in_indirect(root_, offset, length, rows_, 0);
  }

 private:
  std::string_view in_direct(uint64_t block, uint64_t offset, uint64_t length, uint64_t size) const {
    if (offset > size || length > size - offset)
      file_.fail("damaged HDF5 fractal heap: objects must end in their block");
    if (file_.bytes(block, 4, "fractal heap") != "FHDB")
      file_.fail("damaged HDF5 fractal heap: a block must start with FHDB");
    return file_.bytes(block + offset, length, "fractal heap");
  }

  std::string_view in_indirect(uint64_t block, uint64_t offset, uint64_t length, int rows, int depth) const {
    Cursor c = file_.rest(block, "fractal heap");
    c.expect("FHIB");
    c.skip(9 + static_cast<uint64_t>(offset_bytes_));
    const int direct_rows = log2_of(direct_) - log2_of(start_) + 2;
    // Two rows of the first size, then every row doubles it.
    uint64_t row_start = 0, size = start_;
    for (int row = 0; row < rows && depth < 8; ++row) {
      if (row > 1) size *= 2;
      if (size > uint64_t{1} << 50) break;
      const uint64_t column = (offset - row_start) / size;
      if (column < width_) {
        c.skip(8 * (static_cast<uint64_t>(row) * width_ + column));
        const uint64_t child = c.u64(), inner = offset - row_start - column * size;
        if (row < direct_rows) return in_direct(child, inner, length, size);
        const int child_rows = log2_of(size) - log2_of(start_ * width_) + 1;
        return in_indirect(child, inner, length, child_rows, depth + 1);
      }
      row_start += size * width_;
    }
    c.fail(text("an object must lie in a block, got offset {}", offset));
  }

  const File& file_;
  uint64_t id_bytes_ = 0, width_ = 0, start_ = 0, direct_ = 0, root_ = 0;
  int rows_ = 0, offset_bytes_ = 0, length_bytes_ = 0;
};

struct NameTree {
  const File& file;
  std::vector<std::string_view>& ids;
  uint64_t node_bytes = 0, record = 0, id_at = 0, id_bytes = 0, budget = 0;
  std::vector<int> total_width;  ///< Bytes of the count of all records below a node, for each depth.
  int count_width = 0;

  void sizes(int depth, const Cursor& c) {
    uint64_t most = (node_bytes - 10) / record, all = most;
    count_width = width_of(most);
    total_width.push_back(width_of(all));
    for (int d = 1; d <= depth; ++d) {
      const uint64_t pointer = 8 + static_cast<uint64_t>(count_width) +
                               (d > 1 ? static_cast<uint64_t>(total_width[static_cast<size_t>(d) - 1]) : 0);
      if (node_bytes < 10 + 2 * pointer + record) c.fail("its nodes must hold two entries, got smaller ones");
      most = (node_bytes - (10 + pointer)) / (record + pointer);
      if (__builtin_mul_overflow(most + 1, all, &all) || __builtin_add_overflow(all, most, &all)) all = kUndefined;
      total_width.push_back(width_of(all));
    }
  }

  void node(uint64_t address, uint64_t count, int depth) {
    if (budget-- == 0) file.fail("damaged HDF5 names: their tree must not contain itself, got one that does");
    Cursor c = file.piece(address, node_bytes, "names");
    c.expect(depth > 0 ? "BTIN" : "BTLF");
    c.skip(2);
    for (uint64_t i = 0; i < count; ++i) {
      Cursor r(c.take(record), file.who(), "names");
      r.skip(id_at);
      ids.push_back(r.take(id_bytes));
    }
    for (uint64_t i = 0; depth > 0 && i <= count; ++i) {
      const uint64_t child = c.u64(), below = c.number(count_width);
      if (depth > 1) c.skip(static_cast<uint64_t>(total_width[static_cast<size_t>(depth) - 1]));
      node(child, below, depth - 1);
    }
  }
};

}  // namespace

std::vector<std::string_view> File::dense_records(uint64_t heap_at, uint64_t tree_at) const {
  const FractalHeap heap(*this, heap_at);
  Cursor c = rest(tree_at, "names");
  c.expect("BTHD");
  c.skip(1);
  const int type = c.u8();
  std::vector<std::string_view> ids, out;
  NameTree tree{*this, ids};
  tree.node_bytes = c.u32();
  tree.record = c.u16();
  const int depth = c.u16();
  c.skip(2);
  const uint64_t root = c.u64(), count = c.u16();
  // Links by name start with a hash, attributes by name with the heap's id.
  if (type != 5 && type != 8) c.fail(text("their tree must be of links or attributes by name, got type {}", type));
  tree.id_at = type == 5 ? 4 : 0;
  tree.id_bytes = heap.id_bytes();
  tree.budget = size() / 16 + 1;
  if (tree.node_bytes < 64 || tree.record < tree.id_at + tree.id_bytes || depth > 16)
    c.fail("its nodes must hold records, got smaller ones");
  tree.sizes(depth, c);
  if (root != kUndefined && count > 0) tree.node(root, count, depth);
  for (const std::string_view id : ids) out.push_back(heap.object(id));
  return out;
}

std::vector<Message> File::dense_attributes(Cursor info) const {
  info.skip(1);
  if (info.u8() & 1) info.skip(2);
  const uint64_t heap = info.u64(), tree = info.u64();
  std::vector<Message> out;
  if (heap != kUndefined)
    for (const std::string_view body : dense_records(heap, tree)) out.push_back({kAttribute, 0, body});
  return out;
}

}  // namespace cornu::h5
