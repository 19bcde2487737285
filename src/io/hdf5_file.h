// The layers of an HDF5 file below paths: checked bytes, object headers, groups, heaps, types, layouts.
#pragma once
#include <cornu/error.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5.h"
#include "io/hdf5_reader.h"

namespace cornu::h5 {

constexpr uint64_t kUndefined = ~uint64_t{0};

enum MessageType : uint16_t {
  kNil = 0x00,
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kOldFill = 0x04,
  kFill = 0x05,
  kLink = 0x06,
  kExternal = 0x07,
  kLayout = 0x08,
  kFilters = 0x0B,
  kAttribute = 0x0C,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kAttributeInfo = 0x15,
};

/// Reads little-endian numbers from a piece of the file; running over its end is a FileError.
class Cursor {
 public:
  Cursor(std::string_view bytes, const std::string& who, const char* what) : bytes_(bytes), who_(who), what_(what) {}
  std::string_view take(uint64_t n);
  void skip(uint64_t n) { take(n); }
  uint64_t number(int bytes);
  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u64() { return number(8); }
  /// Up to and with the next NUL, which is left out of the result.
  std::string_view zero_terminated();
  /// Skips to a multiple of 8 bytes from the start of the piece.
  void align() { skip((8 - at_ % 8) % 8); }
  void expect(std::string_view signature);
  uint64_t left() const { return bytes_.size() - at_; }
  uint64_t at() const { return at_; }
  /// The bytes make no sense.
  [[noreturn]] void fail(const std::string& rule) const;
  /// The bytes make sense, but what they ask for is not taken.
  [[noreturn]] void refuse(const std::string& rule) const;
  const std::string& who() const { return who_; }

 private:
  std::string_view bytes_;
  const std::string& who_;
  const char* what_;
  uint64_t at_ = 0;
};

/// HDF5's checksum of metadata: Bob Jenkins' lookup3.
uint32_t lookup3(std::string_view bytes);

struct Message {
  uint16_t type = 0;
  uint8_t flags = 0;
  std::string_view body;
};

struct Link {
  std::string name;
  uint64_t address = 0;
};

struct Space {
  std::vector<uint64_t> dims;
  bool null = false;
};

enum class Storage { number, fixed_string, vlen_string };

struct Type {
  std::string name;
  uint64_t size = 0;  ///< Bytes of one element in the file.
  Storage storage = Storage::number;
  bool swap = false;       ///< Big endian.
  bool cut_at_nul = true;  ///< Fixed strings: NUL ends them; otherwise it only pads.
};

/// An attribute split into its parts, of which only the name is decoded.
struct Attribute {
  std::string name;
  std::string_view type, space, data;
};

class File {
 public:
  File(std::string bytes, std::string who, H5Limits limits);
  File(const File&) = delete;  // Views into the bytes must not outlive them.
  File& operator=(const File&) = delete;

  uint64_t root() const { return root_; }
  uint64_t size() const { return data_.size(); }
  const std::string& who() const { return who_; }
  const H5Limits& limits() const { return limits_; }
  [[noreturn]] void fail(const std::string& rule) const { throw FileError(who_, rule); }
  /// A cursor over `n` bytes at an address.
  Cursor piece(uint64_t address, uint64_t n, const char* what) const { return {bytes(address, n, what), who_, what}; }
  std::string_view bytes(uint64_t address, uint64_t n, const char* what) const;
  /// As many bytes as the file has from an address on.
  Cursor rest(uint64_t address, const char* what) const;

  std::vector<Message> object(uint64_t address) const;                              // hdf5_object.cpp
  std::vector<Link> links(const std::vector<Message>& object) const;                // hdf5_group.cpp
  std::vector<Message> dense_attributes(Cursor info) const;                         // hdf5_dense.cpp
  std::vector<std::string_view> dense_records(uint64_t heap, uint64_t tree) const;  // hdf5_dense.cpp
  std::string_view heap_object(uint64_t collection, uint32_t index) const;          // hdf5_value.cpp
  H5Data convert(const Type& type, const Space& space, std::string raw) const;      // hdf5_value.cpp
  H5Data attribute(const Attribute& a) const;                                       // hdf5_value.cpp
  std::string raw_data(const std::vector<Message>& object, const Type& type,
                       const Space& space) const;  // hdf5_data.cpp

 private:
  void superblock();
  void blocks_v1(uint64_t address, std::vector<Message>& out) const;
  void blocks_v2(uint64_t address, std::vector<Message>& out) const;

  std::string bytes_, who_;
  std::string_view data_;  ///< From the superblock on: addresses count from there.
  H5Limits limits_;
  uint64_t root_ = 0;
  mutable std::map<uint64_t, std::vector<std::string_view>> collections_;
};

Attribute parse_attribute(Cursor c);
Space parse_space(Cursor c);
Type parse_type(Cursor& c);
/// Elements in a dataspace; refuses counts beyond 64 bits.
uint64_t element_count(const Space& space, const Cursor& at);
Link parse_link(Cursor c);
const Message* find(const std::vector<Message>& object, MessageType type);

}  // namespace cornu::h5
