// HDF5 files: superblock 0, object headers 1, groups as symbol tables, contiguous data. Children come before parents,
// as a parent holds their addresses.
#include "io/hdf5_writer.h"

#include <cornu/error.h>

#include <algorithm>
#include <map>

#include "io/hdf5_encode.h"

namespace cornu {

struct H5Writer::Node {
  bool is_dataset = false;
  std::string type;
  std::vector<uint64_t> dims;
  std::string_view bytes;
  std::vector<std::pair<std::string, H5Data>> attributes;
  std::map<std::string, Node> children;  // By name in the order of bytes, which the format demands.
};

namespace {

using h5::Output;
constexpr const char* kWho = "HDF5 file";
constexpr size_t kLeafEntries = 8, kNodeEntries = 32;  // 2K for the K = 4 and 16 of the superblock.

struct Entry {
  uint64_t name, object, tree, heap;
  bool is_group;
};

// What a parent must know of a child.
struct Placed {
  uint64_t object = 0, tree = 0, heap = 0;
};

uint64_t message(Output& header, uint16_t type, std::string body, uint8_t flags = 0) {
  body.resize((body.size() + 7) / 8 * 8);
  if (body.size() > 65528) throw FileError(kWho, text("attributes must have at most 65528 bytes, got {}", body.size()));
  header.u16(type);
  header.u16(static_cast<uint16_t>(body.size()));
  header.u8(flags);
  header.zeros(3);
  header.add(body);
  return 1;
}

uint64_t object_header(Output& out, const Output& messages, uint64_t count) {
  if (count > 65535) throw FileError(kWho, text("objects must have at most 65535 attributes, got {}", count));
  const uint64_t at = out.align();
  out.u8(1);
  out.u8(0);
  out.u16(static_cast<uint16_t>(count));
  out.u32(1);
  out.u32(static_cast<uint32_t>(messages.size()));
  out.u32(0);
  out.add(messages.bytes);
  return at;
}

// The leaves of a group and the tree above them; returns the address of its root.
uint64_t symbol_tree(Output& out, const std::vector<Entry>& entries) {
  struct Child {
    uint64_t address, last_name;
  };
  std::vector<Child> below;
  for (size_t start = 0; start < entries.size(); start += kLeafEntries) {
    const size_t end = std::min(start + kLeafEntries, entries.size());
    const uint64_t at = out.align();
    out.add("SNOD");
    out.u16(1);
    out.u16(static_cast<uint16_t>(end - start));
    for (size_t i = start; i < end; ++i) {
      const Entry& e = entries[i];
      out.u64(e.name);
      out.u64(e.object);
      out.u32(e.is_group ? 1 : 0);
      out.u32(0);
      out.u64(e.is_group ? e.tree : 0);
      out.u64(e.is_group ? e.heap : 0);
    }
    out.zeros(40 * (kLeafEntries - (end - start)));
    below.push_back({at, entries[end - 1].name});
  }
  for (uint8_t level = 0;; ++level) {
    std::vector<Child> nodes;
    const size_t count = std::max<size_t>(1, (below.size() + kNodeEntries - 1) / kNodeEntries);
    constexpr uint64_t kNodeBytes = 24 + 8 * kNodeEntries + 8 * (kNodeEntries + 1);
    const uint64_t first = out.align();
    for (size_t n = 0; n < count; ++n) {
      const size_t start = n * kNodeEntries, end = std::min(start + kNodeEntries, below.size());
      const uint64_t at = out.size();
      out.add("TREE");
      out.u8(0);
      out.u8(level);
      out.u16(static_cast<uint16_t>(end - start));
      out.u64(n == 0 ? h5::kNowhere : first + (n - 1) * kNodeBytes);
      out.u64(n + 1 == count ? h5::kNowhere : first + (n + 1) * kNodeBytes);
      // Each key is the last name to the left of the child that follows it; nothing is left of the first.
      out.u64(start == 0 ? 0 : below[start - 1].last_name);
      for (size_t i = start; i < end; ++i) {
        out.u64(below[i].address);
        out.u64(below[i].last_name);
      }
      out.zeros(at + kNodeBytes - out.size());
      nodes.push_back({at, below.empty() ? 0 : below[end - 1].last_name});
    }
    if (count == 1) return nodes[0].address;
    below = std::move(nodes);
  }
}

}  // namespace

H5Writer::H5Writer() : root_(std::make_unique<Node>()) {}
H5Writer::H5Writer(H5Writer&&) noexcept = default;
H5Writer::~H5Writer() = default;

H5Writer::Node& H5Writer::make(std::string_view path) {
  Node* at = root_.get();
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string name(path.substr(start, end - start));
    start = end + 1;
    if (name.empty()) continue;
    if (name == "." || name.find('\0') != name.npos)
      throw FileError(kWho, text("names must not be '.' or hold a zero byte, got '{}'", path));
    if (at->is_dataset) throw FileError(kWho, text("'{}' must be in a group, got a dataset above it", path));
    at = &at->children[name];
  }
  return *at;
}

void H5Writer::group(std::string_view path) {
  if (make(path).is_dataset) throw FileError(kWho, text("'{}' must be a group, got a dataset", path));
}

void H5Writer::dataset(std::string_view path, const std::string& type, const std::vector<uint64_t>& dims,
                       std::string_view bytes) {
  Node& node = make(path);
  if (node.is_dataset || !node.children.empty() || &node == root_.get())
    throw FileError(kWho, text("'{}' must be written once, got it twice", path));
  uint64_t size = h5_item_size(type);
  if (size == 0) throw FileError(kWho, text("datasets must be numbers or bools, got {} for '{}'", type, path));
  if (dims.size() > 32) throw FileError(kWho, text("'{}' must have at most 32 axes, got {}", path, dims.size()));
  for (const uint64_t d : dims)
    if (__builtin_mul_overflow(size, d, &size)) size = ~uint64_t{0};
  if (size != bytes.size()) throw FileError(kWho, text("'{}' must have {} bytes, got {}", path, size, bytes.size()));
  node.is_dataset = true;
  node.type = type;
  node.dims = dims;
  node.bytes = bytes;
  if (type == "bfloat16") node.attributes.emplace_back("dtype", H5Data::of(std::string("bfloat16")));
}

void H5Writer::attribute(std::string_view path, const std::string& name, H5Data value) {
  Node& node = make(path);
  if (name.empty() || name.find('\0') != name.npos || name.size() > 65000)
    throw FileError(kWho,
                    text("attributes of '{}' must have names of 1 to 65000 bytes, got '{}'", path, name.substr(0, 60)));
  for (const auto& old : node.attributes)
    if (old.first == name)
      throw FileError(kWho, text("'{}' must have the attribute '{}' once, got it twice", path, name));
  node.attributes.emplace_back(name, std::move(value));
}

std::string H5Writer::finish() const {
  Output out;
  h5::StringHeap strings(out);
  const auto attributes = [&](const Node& node, Output& messages) {
    uint64_t count = 0;
    for (const auto& [name, value] : node.attributes)
      count += message(messages, 0x0C, h5::attribute_message(name, value, strings));
    return count;
  };

  const auto dataset = [&](const Node& node) {
    uint64_t data = h5::kNowhere;
    if (!node.bytes.empty()) {
      data = out.align();
      out.add(node.bytes);
    }
    Output fill, layout, messages;
    fill.add(std::string_view("\2\2\2\1\0\0\0\0", 8));
    layout.u8(3);
    layout.u8(1);
    layout.u64(data);
    layout.u64(node.bytes.size());
    uint64_t count = message(messages, 0x01, h5::space_message(node.dims, false));
    count += message(messages, 0x03, h5::type_message(node.type), 1);
    count += message(messages, 0x05, fill.bytes, 1);
    count += message(messages, 0x08, layout.bytes);
    count += attributes(node, messages);
    return Placed{object_header(out, messages, count)};
  };

  // Recursion is as deep as the caller's own paths.
  const auto group = [&](const auto& self, const Node& node) -> Placed {
    std::vector<Entry> entries;
    Output names;
    names.zeros(8);  // The empty name, left of all others.
    for (const auto& [name, child] : node.children) {
      const Placed p = child.is_dataset ? dataset(child) : self(self, child);
      entries.push_back({names.size(), p.object, p.tree, p.heap, !child.is_dataset});
      names.add(name);
      names.u8(0);
      names.align();
    }
    Placed placed;
    placed.heap = out.align();
    out.add("HEAP");
    out.u32(0);
    out.u64(names.size());
    out.u64(1);  // No free space.
    out.u64(out.size() + 8);
    out.add(names.bytes);
    placed.tree = symbol_tree(out, entries);
    Output table, messages;
    table.u64(placed.tree);
    table.u64(placed.heap);
    uint64_t count = message(messages, 0x11, table.bytes);
    count += attributes(node, messages);
    placed.object = object_header(out, messages, count);
    return placed;
  };

  out.zeros(96);
  const Placed root = group(group, *root_);
  strings.close();
  out.align();

  Output super;
  super.add("\x89HDF\r\n\x1a\n");
  super.zeros(5);
  super.u8(8);
  super.u8(8);
  super.u8(0);
  super.u16(kLeafEntries / 2);
  super.u16(kNodeEntries / 2);
  super.u32(0);
  super.u64(0);
  super.u64(h5::kNowhere);
  super.u64(out.size());
  super.u64(h5::kNowhere);
  super.u64(0);
  super.u64(root.object);
  super.u32(1);
  super.u32(0);
  super.u64(root.tree);
  super.u64(root.heap);
  out.bytes.replace(0, super.size(), super.bytes);
  return std::move(out.bytes);
}

}  // namespace cornu
