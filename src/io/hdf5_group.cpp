// HDF5 groups: symbol tables (B-tree, local heap), link messages.
#include <algorithm>

#include "io/hdf5_file.h"

namespace cornu::h5 {
namespace {

// Walks the B-tree of an old-style group.
struct SymbolTable {
  const File& file;
  std::string_view names;
  std::vector<Link>& out;
  uint64_t budget;

  // `level` is what the node above promises: -1 is a leaf of names.
  void node(uint64_t address, int level) {
    // More nodes than the file has room for means that some are visited again.
    if (budget-- == 0) file.fail("damaged HDF5 group: its tree must not contain itself, got one that does");
    Cursor c = file.rest(address, "group");
    if (level < 0) return leaf(c);
    c.expect("TREE");
    if (const int type = c.u8(); type != 0) c.fail(text("its tree must have type 0, got {}", type));
    if (const int own = c.u8(); own != level && level != kAny)
      c.fail(text("level {} must stand here, got {}", level, own));
    else
      level = own;
    const int used = c.u16();
    c.skip(16);
    for (int i = 0; i < used; ++i) {
      c.skip(8);
      node(c.u64(), level - 1);
    }
  }

  static constexpr int kAny = 256;  // Levels have 8 bits.

  void leaf(Cursor c) {
    c.expect("SNOD");
    c.skip(2);
    const int count = c.u16();
    for (int i = 0; i < count; ++i) {
      const uint64_t name = c.u64(), address = c.u64();
      const uint32_t cache = c.u32();
      c.skip(20);
      if (name >= names.size()) c.fail(text("a name must lie in the heap of {} bytes, got {}", names.size(), name));
      Cursor text_at(names.substr(name), file.who(), "group");
      Link link{std::string(text_at.zero_terminated()), address};
      if (cache == 2) file.fail(text("HDF5 links must be hard, got the soft link '{}'", link.name));
      out.push_back(std::move(link));
    }
  }
};

}  // namespace

Link parse_link(Cursor c) {
  if (const int version = c.u8(); version != 1) c.fail(text("a link must have version 1, got {}", version));
  const int flags = c.u8();
  const int kind = flags & 0x08 ? c.u8() : 0;
  if (flags & 0x04) c.skip(8);
  if (flags & 0x10) c.skip(1);
  const uint64_t length = c.number(1 << (flags & 3));
  Link link{std::string(c.take(length)), 0};
  if (kind != 0)
    c.refuse(text("links must be hard, got the {} link '{}'",
                  kind == 1    ? "soft"
                  : kind == 64 ? "external"
                               : "unknown",
                  link.name));
  link.address = c.u64();
  return link;
}

std::vector<Link> File::links(const std::vector<Message>& object) const {
  std::vector<Link> out;
  for (const Message& m : object) {
    Cursor c(m.body, who_, "group");
    if (m.type == kLink) {
      out.push_back(parse_link(c));
    } else if (m.type == kSymbolTable) {
      const uint64_t tree = c.u64(), heap = c.u64();
      Cursor h = piece(heap, 32, "local heap");
      h.expect("HEAP");
      h.skip(4);
      const uint64_t size = h.u64();
      h.skip(8);
      SymbolTable table{*this, bytes(h.u64(), size, "local heap"), out, data_.size() / 8 + 1};
      table.node(tree, SymbolTable::kAny);
    } else if (m.type == kLinkInfo) {
      c.skip(1);
      if (c.u8() & 1) c.skip(8);
      const uint64_t heap = c.u64(), tree = c.u64();
      if (heap == kUndefined) continue;
      for (const std::string_view record : dense_records(heap, tree))
        out.push_back(parse_link({record, who_, "group"}));
    }
  }
  for (const Link& link : out)
    if (link.name.empty() || link.name.find('/') != link.name.npos)
      fail(text("names in an HDF5 group must have no '/', got '{}'", link.name));
  std::vector<const std::string*> names;
  for (const Link& link : out) names.push_back(&link.name);
  std::sort(names.begin(), names.end(), [](auto a, auto b) { return *a < *b; });
  for (size_t i = 1; i < names.size(); ++i)
    if (*names[i - 1] == *names[i]) fail(text("names in an HDF5 group must differ, got '{}' twice", *names[i]));
  return out;
}

}  // namespace cornu::h5
