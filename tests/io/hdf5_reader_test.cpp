// HDF5 files written by h5py, against what h5py reads from them.
#include "io/hdf5_reader.h"

#include "io/golden.h"

namespace cornu {
namespace {

using namespace testing;

void expect_same(const H5Data& got, const Value& expected, const std::string& where) {
  SCOPED_TRACE(where);
  if (expected.has("null")) {
    EXPECT_TRUE(got.null);
    return;
  }
  EXPECT_FALSE(got.null);
  // h5py shows the two bytes; that they are bfloat16 is our reading of the attribute.
  EXPECT_EQ(got.type == "bfloat16" ? "opaque" : got.type, expected.at("type").as_string());
  std::vector<uint64_t> dims;
  for (const Value& d : expected.at("dims").as_array()) dims.push_back(static_cast<uint64_t>(d.as_int()));
  EXPECT_EQ(got.dims, dims);
  if (got.type == "string") {
    std::vector<std::string> strings;
    for (const Value& s : expected.at("strings").as_array()) strings.push_back(s.as_string());
    EXPECT_EQ(got.strings, strings);
  } else {
    EXPECT_EQ(got.bytes, from_hex(expected.at("hex").as_string()));
  }
}

class H5Golden : public ::testing::TestWithParam<const char*> {};

TEST_P(H5Golden, HoldsWhatH5pyReads) {
  const std::string name = GetParam();
  const H5Reader file = H5Reader::open(golden(name));
  const Value& expected = contents().at(name);
  EXPECT_EQ(file.datasets().size(), expected.at("datasets").size());
  for (const auto& [path, value] : expected.at("datasets").as_object()) {
    EXPECT_TRUE(file.is_dataset(path)) << path;
    EXPECT_EQ(file.info(path).type, file.read(path).type);
    expect_same(file.read(path), value, path);
  }
  for (const Value& group : expected.at("groups").as_array()) EXPECT_TRUE(file.is_group(group.as_string()));
  for (const auto& [path, attributes] : expected.at("attributes").as_object()) {
    EXPECT_EQ(file.attribute_names(path).size(), attributes.size()) << path;
    for (const auto& [key, value] : attributes.as_object()) {
      const auto got = file.attribute(path, key);
      ASSERT_TRUE(got) << path << " " << key;
      expect_same(*got, value, path + " " + key);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, H5Golden,
                         ::testing::Values("numbers.h5", "numbers_latest.h5", "numbers_v108.h5", "attributes.h5",
                                           "attributes_latest.h5", "chunks.h5", "chunks_latest.h5", "tree.h5",
                                           "tree_latest.h5", "many_latest.h5", "ordered.h5", "userblock.h5"));

TEST(H5Reader, BFloat16IsKnownByItsAttribute) {
  const H5Reader file = H5Reader::open(golden("numbers.h5"));
  EXPECT_EQ(file.info("bfloat16").type, "bfloat16");
  EXPECT_EQ(file.info("opaque").type, "opaque");
}

TEST(H5Reader, ChildrenAndMissingPaths) {
  const H5Reader file = H5Reader::open(golden("tree.h5"));
  EXPECT_EQ(file.children("layers/dense_0/vars"), std::vector<std::string>{"0"});
  EXPECT_EQ(file.children("/layers/").size(), 20u);
  EXPECT_FALSE(file.has("layers/dense_99"));
  EXPECT_FALSE(file.is_dataset("layers"));
  EXPECT_EQ(message_of([&] { file.read("layers/none"); }),
            "FileError: " + golden("tree.h5") + ": the file must have 'layers/none', got none");
  EXPECT_FALSE(file.attribute("layers", "none"));
}

std::string refusal(const std::string& name) {
  return message_of([&] {
    const H5Reader file(read_file(golden(name)), "x.h5");
    for (const std::string& path : file.datasets()) file.read(path);
  });
}

TEST(H5Reader, RefusesWhatReachesOutside) {
  EXPECT_EQ(refusal("refused_soft_link.h5"), "FileError: x.h5: HDF5 links must be hard, got the soft link 'soft'");
  EXPECT_EQ(refusal("refused_external_link.h5"),
            "FileError: x.h5: HDF5 links must be hard, got the external link 'outside'");
  EXPECT_EQ(refusal("refused_external_data.h5"),
            "FileError: x.h5: HDF5 datasets must hold their own data, got one in external files");
  EXPECT_EQ(refusal("refused_virtual.h5"),
            "FileError: x.h5: HDF5 datasets must hold their own data, got a virtual one");
}

TEST(H5Reader, RefusesCyclesAndUnknownThings) {
  EXPECT_EQ(refusal("refused_cycle.h5"), "FileError: x.h5: an HDF5 group must not contain itself, got 'a/b/again'");
  EXPECT_EQ(refusal("refused_compound.h5"),
            "FileError: x.h5: HDF5 types must be numbers, bools, strings or opaque, got compound");
  EXPECT_EQ(refusal("refused_lzf.h5"),
            "FileError: x.h5: HDF5 filters must be deflate, shuffle or fletcher32, got 32000 'lzf'");
  EXPECT_EQ(message_of([] { H5Reader("PK\3\4", "x.h5"); }),
            "FileError: x.h5: an HDF5 file must start with its signature, got something else");
}

TEST(H5Reader, RefusesBombs) {
  const H5Reader file(read_file(golden("refused_bomb.h5")), "x.h5");
  EXPECT_EQ(message_of([&] { file.read("data"); }),
            "FileError: x.h5: chunked HDF5 datasets must have at most 4294967296 bytes, got 8589934592");
  EXPECT_EQ(message_of([&] { file.read("declared"); }),
            "FileError: x.h5: HDF5 datasets must have at most 1000 times their 0 stored bytes, got 4294967296");
  const H5Reader strict(read_file(golden("refused_bomb.h5")), "x.h5", {.harmless = 1 << 20});
  EXPECT_NE(message_of([&] { strict.read("middle"); }).find("at most 1000 times their"), std::string::npos);
}

void read_all(const std::string& bytes) {
  const H5Reader file(bytes, "damaged.h5", {.harmless = 1 << 20});
  const auto one = [&](const auto& f) {
    try {
      f();
    } catch (const FileError&) {}
  };
  for (const std::string& name : file.attribute_names("")) one([&] { file.attribute("", name); });
  for (const std::string& path : file.datasets())
    one([&] {
      file.read(path);
      for (const std::string& name : file.attribute_names(path)) file.attribute(path, name);
    });
}

TEST(H5Reader, SurvivesDamage) {
  for (const char* name : {"chunks_latest.h5", "attributes.h5", "userblock.h5", "ordered.h5"})
    for_damaged(read_file(golden(name)), read_all, 3);
}

}  // namespace
}  // namespace cornu
