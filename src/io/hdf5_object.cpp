// HDF5: checked bytes, the superblock and object headers.
#include <algorithm>
#include <bit>

#include "io/hdf5_file.h"

namespace cornu::h5 {

std::string_view Cursor::take(uint64_t n) {
  if (n > left()) fail(text("{} bytes must be there, got {}", n, left()));
  const std::string_view out = bytes_.substr(at_, n);
  at_ += n;
  return out;
}

uint64_t Cursor::number(int bytes) {
  uint64_t v = 0;
  int shift = 0;
  for (const char c : take(static_cast<uint64_t>(bytes))) {
    v |= static_cast<uint64_t>(static_cast<unsigned char>(c)) << shift;
    shift += 8;
  }
  return v;
}

std::string_view Cursor::zero_terminated() {
  const size_t end = bytes_.find('\0', at_);
  if (end == bytes_.npos) fail("a name must end with a zero byte, got none");
  const std::string_view out = take(end - at_);
  skip(1);
  return out;
}

void Cursor::expect(std::string_view signature) {
  if (take(signature.size()) != signature)
    fail(text("the signature {} must stand here, got something else", signature));
}

void Cursor::fail(const std::string& rule) const { throw FileError(who_, text("damaged HDF5 {}: {}", what_, rule)); }

void Cursor::refuse(const std::string& rule) const { throw FileError(who_, "HDF5 " + rule); }

uint32_t lookup3(std::string_view bytes) {
  uint32_t a, b, c;
  a = b = c = 0xdeadbeef + static_cast<uint32_t>(bytes.size());
  const auto word = [&](size_t i) {
    uint32_t v = 0;
    for (size_t k = 0; k < 4 && i + k < bytes.size(); ++k)
      v |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i + k])) << (8 * k);
    return v;
  };
  size_t i = 0;
  for (; bytes.size() - i > 12; i += 12) {
    a += word(i), b += word(i + 4), c += word(i + 8);
    a -= c, a ^= std::rotl(c, 4), c += b;
    b -= a, b ^= std::rotl(a, 6), a += c;
    c -= b, c ^= std::rotl(b, 8), b += a;
    a -= c, a ^= std::rotl(c, 16), c += b;
    b -= a, b ^= std::rotl(a, 19), a += c;
    c -= b, c ^= std::rotl(b, 4), b += a;
  }
  if (i == bytes.size()) return c;
  a += word(i), b += word(i + 4), c += word(i + 8);
  c ^= b, c -= std::rotl(b, 14);
  a ^= c, a -= std::rotl(c, 11);
  b ^= a, b -= std::rotl(a, 25);
  c ^= b, c -= std::rotl(b, 16);
  a ^= c, a -= std::rotl(c, 4);
  b ^= a, b -= std::rotl(a, 14);
  c ^= b, c -= std::rotl(b, 24);
  return c;
}

const Message* find(const std::vector<Message>& object, MessageType type) {
  for (const Message& m : object)
    if (m.type == type) return &m;
  return nullptr;
}

File::File(std::string bytes, std::string who, H5Limits limits)
    : bytes_(std::move(bytes)), who_(std::move(who)), limits_(limits) {
  superblock();
}

std::string_view File::bytes(uint64_t address, uint64_t n, const char* what) const {
  if (address > data_.size() || n > data_.size() - address)
    fail(
        text("damaged HDF5 {}: {} bytes at {} must lie in the file, got a file of {}", what, n, address, data_.size()));
  return data_.substr(address, n);
}

Cursor File::rest(uint64_t address, const char* what) const {
  if (address > data_.size()) bytes(address, 1, what);
  return {data_.substr(address), who_, what};
}

void File::superblock() {
  static constexpr std::string_view kSignature("\x89HDF\r\n\x1a\n", 8);
  // A user block of 512 bytes, or twice that and so on, may stand before.
  uint64_t start = 0;
  const std::string_view all = bytes_;
  while (start < all.size() && !all.substr(start).starts_with(kSignature)) start = start ? start * 2 : 512;
  if (start >= all.size()) fail("an HDF5 file must start with its signature, got something else");
  data_ = all.substr(start);

  Cursor c = rest(8, "superblock");
  const int version = c.u8();
  if (version > 3) fail(text("the HDF5 superblock must have version 0 to 3, got {}", version));
  if (version < 2) c.skip(4);
  const int offsets = c.u8(), lengths = c.u8();
  if (offsets != 8 || lengths != 8)
    fail(text("HDF5 addresses and lengths must have 8 bytes, got {} and {}", offsets, lengths));
  if (version < 2) {
    c.skip(version == 0 ? 1 + 8 : 1 + 12);
    const uint64_t base = c.u64();
    c.skip(8);
    const uint64_t end = c.u64();
    c.skip(8 + 8);
    root_ = c.u64();
    if (base != start && base != 0) c.fail(text("the base address must be {}, got {}", start, base));
    if (end > all.size()) fail(text("the HDF5 file must have {} bytes, got {}", end, all.size()));
    return;
  }
  c.skip(1 + 8 + 8);
  const uint64_t end = c.u64();
  root_ = c.u64();
  if (c.u32() != lookup3(bytes(0, 44, "superblock"))) c.fail("its checksum must agree, got another");
  if (end > all.size()) fail(text("the HDF5 file must have {} bytes, got {}", end, all.size()));
}

std::vector<Message> File::object(uint64_t address) const {
  std::vector<Message> out;
  if (bytes(address, 4, "object header") == "OHDR")
    blocks_v2(address, out);
  else
    blocks_v1(address, out);
  for (const Message& m : out)
    if (m.flags & 0x02) fail("HDF5 messages must not be shared (committed datatypes), got one that is");
  return out;
}

void File::blocks_v1(uint64_t address, std::vector<Message>& out) const {
  Cursor head = piece(address, 16, "object header");
  if (const int version = head.u8(); version != 1) head.fail(text("its version must be 1, got {}", version));
  head.skip(1);
  int count = head.u16();
  head.skip(4);
  std::vector<std::pair<uint64_t, uint64_t>> blocks{{address + 16, head.u32()}};
  // Every further block takes a message, so the 16-bit count bounds this even if blocks name each other.
  for (size_t b = 0; b < blocks.size(); ++b) {
    Cursor c = piece(blocks[b].first, blocks[b].second, "object header");
    while (count > 0 && c.left() >= 8) {
      --count;
      Message m;
      m.type = c.u16();
      const uint16_t size = c.u16();
      m.flags = c.u8();
      c.skip(3);
      m.body = c.take(size);
      if (m.type == kContinuation) {
        Cursor to(m.body, who_, "object header");
        const uint64_t at = to.u64();
        blocks.emplace_back(at, to.u64());
      } else if (m.type != kNil) {
        out.push_back(m);
      }
    }
  }
}

void File::blocks_v2(uint64_t address, std::vector<Message>& out) const {
  Cursor head = rest(address, "object header");
  head.expect("OHDR");
  if (const int version = head.u8(); version != 2) head.fail(text("its version must be 2, got {}", version));
  const int flags = head.u8();
  if (flags & 0x20) head.skip(16);
  if (flags & 0x10) head.skip(4);
  const uint64_t size = head.number(1 << (flags & 3));
  if (size > data_.size()) head.fail(text("it must fit into the file, got {} bytes", size));
  std::vector<std::pair<uint64_t, uint64_t>> blocks{{address, head.at() + size + 4}};
  uint64_t skip = head.at(), total = 0;
  for (size_t b = 0; b < blocks.size(); ++b) {
    const auto [at, length] = blocks[b];
    total += length;
    if (length < skip + 4 || total > data_.size()) head.fail("its blocks must fit into the file, got larger ones");
    const std::string_view block = bytes(at, length, "object header");
    if (b > 0 && !block.starts_with("OCHK")) head.fail("a further block must start with OCHK, got something else");
    Cursor end(block.substr(length - 4), who_, "object header");
    if (end.u32() != lookup3(block.substr(0, length - 4))) head.fail("its checksum must agree, got another");
    Cursor c(block.substr(skip, length - 4 - skip), who_, "object header");
    const uint64_t header = flags & 0x04 ? 6 : 4;
    while (c.left() >= header) {
      Message m;
      m.type = c.u8();
      const uint16_t bytes = c.u16();
      m.flags = c.u8();
      c.skip(header - 4);
      m.body = c.take(bytes);
      if (m.type == kContinuation) {
        Cursor to(m.body, who_, "object header");
        const uint64_t next = to.u64();
        blocks.emplace_back(next, to.u64());
      } else if (m.type != kNil) {
        out.push_back(m);
      }
    }
    skip = 4;
  }
}

}  // namespace cornu::h5
