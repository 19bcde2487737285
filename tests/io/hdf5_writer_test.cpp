// HDF5 files written here, read back here; tools/check_hdf5.py compares the kept files with h5py.
#include "io/hdf5_writer.h"

#include "io/golden.h"
#include "io/hdf5_reader.h"

namespace cornu {
namespace {

using namespace testing;

Value described(const H5Data& d) {
  Value out;
  out["type"] = d.type;
  out["dims"] = Value::Array{};
  for (const uint64_t n : d.dims) out["dims"].push_back(n);
  if (d.null) out["null"] = true;
  if (d.type == "string") {
    out["strings"] = Value::Array{};
    for (const std::string& s : d.strings) out["strings"].push_back(s);
    return out;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (const char c : d.bytes) hex += {kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]};
  out["hex"] = hex;
  return out;
}

// Writes a file, with what it holds as JSON beside it, and reads it back.
class Checked {
 public:
  void dataset(const std::string& path, H5Data data) { datasets_.emplace_back(path, std::move(data)); }
  void attribute(const std::string& path, const std::string& name, H5Data data) {
    attributes_.push_back({path, name, std::move(data)});
  }
  void finish(const std::string& name, const std::vector<std::string>& groups = {}) {
    H5Writer w;
    Value expected;
    expected["datasets"] = Value::Object{};
    expected["attributes"] = Value::Object{};
    for (const std::string& g : groups) w.group(g);
    for (const auto& [path, d] : datasets_) {
      w.dataset(path, d.type, d.dims, d.bytes);
      expected["datasets"].as_object().emplace_back(path, described(d));
    }
    for (const auto& [path, key, d] : attributes_) {
      w.attribute(path, key, d);
      expected["attributes"][path][key] = described(d);
    }
    const std::string bytes = w.finish();
    EXPECT_EQ(bytes, w.finish());
    write_file_atomically(scratch(name), bytes);
    write_file_atomically(scratch(name + ".json"), write_json(expected));

    const H5Reader r = H5Reader::open(scratch(name));
    EXPECT_EQ(r.datasets().size(), datasets_.size());
    for (const std::string& g : groups) EXPECT_TRUE(r.is_group(g)) << g;
    for (const auto& [path, d] : datasets_) EXPECT_EQ(r.read(path), d) << path;
    for (const auto& [path, key, d] : attributes_) {
      const auto got = r.attribute(path, key);
      ASSERT_TRUE(got);
      EXPECT_EQ(described(*got), described(d)) << path << " " << key;
    }
  }

 private:
  struct Named {
    std::string path, name;
    H5Data data;
  };
  std::vector<std::pair<std::string, H5Data>> datasets_;
  std::vector<Named> attributes_;
};

H5Data sample(const std::string& type, std::vector<uint64_t> dims) {
  H5Data d{type, std::move(dims)};
  d.item = h5_item_size(type);
  uint64_t n = d.item;
  for (const uint64_t k : d.dims) n *= k;
  for (uint64_t i = 0; i < n; ++i) d.bytes += static_cast<char>(type == "bool" ? i & 1 : (i * 7 + 1) & 0x3F);
  return d;
}

constexpr const char* kTypes[] = {"float16", "float32", "float64", "int8",   "int16",  "int32",
                                  "int64",   "uint8",   "uint16",  "uint32", "uint64", "bool"};

TEST(H5Writer, EveryType) {
  Checked file;
  for (const std::string type : kTypes) {
    file.dataset("shaped/" + type, sample(type, {2, 3}));
    file.dataset("scalar/" + type, sample(type, {}));
    file.attribute("shaped", type, sample(type, {3}));
  }
  file.dataset("empty", sample("float32", {0, 4}));
  file.dataset("bfloat16", sample("bfloat16", {4}));
  file.finish("written_types.h5", {"hollow", "a/b/c"});
}

TEST(H5Writer, Attributes) {
  Checked file;
  file.dataset("x", sample("float32", {2}));
  for (const std::string where : {"", "x"}) {
    file.attribute(where, "text", H5Data::of(std::string("grüße")));
    file.attribute(where, "list", H5Data::of(std::vector<std::string>{"a", "", "c/kernel:0"}));
    file.attribute(where, "nothing", H5Data::of(std::vector<std::string>{}));
    file.attribute(where, "long", H5Data::of(std::string(100000, 'j')));
    file.attribute(where, "number", sample("int64", {}));
    file.attribute(where, "no_numbers", sample("float64", {0}));
    H5Data null{"float32"};
    null.null = true;
    file.attribute(where, "null", null);
  }
  std::vector<std::string> many;
  for (int i = 0; i < 2000; ++i) many.push_back(text("layer_{}", i));
  file.attribute("", "many", H5Data::of(many));
  file.finish("written_attributes.h5");
}

TEST(H5Writer, GroupsOfEverySize) {
  for (const int n : {1, 7, 8, 9, 255, 256, 257, 1000, 9000}) {
    Checked file;
    for (int i = 0; i < n; ++i) file.dataset(text("g/{}", i), sample("uint8", {}));
    file.finish(text("written_group_{}.h5", n));
  }
}

TEST(H5Writer, LayersAsKerasNamesThem) {
  Checked file;
  for (int i = 0; i < 40; ++i) {
    const std::string layer = text("layers/dense{}/vars/", i ? text("_{}", i) : "");
    file.dataset(layer + "0", sample("float32", {3, 4}));
    file.dataset(layer + "1", sample("float32", {4}));
  }
  for (int i = 0; i < 12; ++i) file.dataset(text("optimizer/vars/{}", i), sample("float32", {2}));
  file.finish("written_model.h5");
}

TEST(H5Writer, AnEmptyFile) { Checked().finish("written_empty.h5"); }

TEST(H5Writer, Refusals) {
  H5Writer w;
  EXPECT_EQ(message_of([&] { w.dataset("a", "float32", {2}, "1234"); }),
            "FileError: HDF5 file: 'a' must have 8 bytes, got 4");
  w.dataset("b", "uint8", {4}, "1234");
  EXPECT_EQ(message_of([&] { w.dataset("b", "uint8", {4}, "1234"); }),
            "FileError: HDF5 file: 'b' must be written once, got it twice");
  EXPECT_EQ(message_of([&] { w.dataset("b/c", "uint8", {4}, "1234"); }),
            "FileError: HDF5 file: 'b/c' must be in a group, got a dataset above it");
  EXPECT_EQ(message_of([&] { w.dataset("c", "complex64", {4}, "1234"); }),
            "FileError: HDF5 file: datasets must be numbers or bools, got complex64 for 'c'");
  EXPECT_EQ(message_of([&] { w.group("b"); }), "FileError: HDF5 file: 'b' must be a group, got a dataset");
  w.attribute("b", "x", H5Data::of(std::string("y")));
  EXPECT_EQ(message_of([&] { w.attribute("b", "x", H5Data::of(std::string("y"))); }),
            "FileError: HDF5 file: 'b' must have the attribute 'x' once, got it twice");
}

}  // namespace
}  // namespace cornu
