// NumPy's files and IDX: against NumPy, and each refusal with its sentence.
#include "io/npy.h"

#include "io/golden.h"
#include "io/idx.h"
#include "io/inflate.h"

namespace cornu {
namespace {

using namespace testing;

Array described(const Value& v) {
  Array out{v.at("type").as_string(), {}, from_hex(v.at("hex").as_string())};
  for (const Value& d : v.at("dims").as_array()) out.dims.push_back(d.as_int());
  return out;
}

TEST(Npy, HoldsWhatNumpyReads) {
  int files = 0;
  for (const auto& [name, value] : contents().as_object()) {
    if (!name.ends_with(".npy")) continue;
    ++files;
    const Array got = read_npy(golden(name));
    EXPECT_EQ(got, described(value)) << name;
    EXPECT_EQ(parse_npy(write_npy(got), name), got) << name;
  }
  EXPECT_EQ(files, 28);
}

TEST(Npy, WritesTheBytesOfNumpy) {
  for (const char* name : {"f4_little.npy", "bool.npy", "scalar.npy", "empty.npy", "u1_little.npy"})
    EXPECT_EQ(write_npy(read_npy(golden(name))), read_file(golden(name))) << name;
}

TEST(Npy, Refusals) {
  const auto message = [](const std::string& bytes) { return message_of([&] { parse_npy(bytes, "x.npy"); }); };
  const auto file = [](const char* name) { return read_file(golden(name)); };
  EXPECT_EQ(message(file("refused_object.npy")),
            "FileError: x.npy: NPY arrays must be of numbers or bools, got Python objects, which are programs and not "
            "read");
  EXPECT_EQ(message(file("refused_record.npy")),
            "FileError: x.npy: NPY arrays must be of numbers or bools, got records");
  EXPECT_EQ(message(file("refused_text.npy")),
            "FileError: x.npy: NPY arrays must be of numbers or bools, got the type '<U1'");
  EXPECT_EQ(message(file("refused_complex.npy")),
            "FileError: x.npy: NPY arrays must be of numbers or bools, got the type '<c8'");
  EXPECT_EQ(message("hello, this is text"),
            "FileError: x.npy: an NPY file must start with its signature, got something else");
  const std::string cut = file("f4_little.npy");
  EXPECT_EQ(message(cut.substr(0, cut.size() - 1)),
            "FileError: x.npy: an array of shape [2, 3] and type float32 must have 24 bytes, got 23");
}

TEST(Npy, SurvivesDamage) {
  for (const char* name : {"fortran.npy", "f8_big.npy"})
    for_damaged(read_file(golden(name)), [](const auto& bytes) { parse_npy(bytes, "damaged.npy"); });
}

TEST(Npz, ReadsStoredAndDeflated) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const NpzReader npz = NpzReader::open(golden(name));
    EXPECT_EQ(npz.names(), (std::vector<std::string>{"x_train", "y"}));
    for (const std::string& key : npz.names()) EXPECT_EQ(npz.read(key), described(contents().at(name).at(key)));
  }
  EXPECT_EQ(message_of([] { NpzReader(read_file(golden("stored.npz")), "x.npz").read("z"); }),
            "FileError: x.npz: the archive must have an array 'z', got [x_train, y]");
}

TEST(Npz, RoundTrip) {
  const Array a = read_npy(golden("fortran.npy")), b = read_npy(golden("bool.npy"));
  const std::string bytes = write_npz({{"a", a}, {"b/c", b}});
  const NpzReader npz(bytes, "x.npz");
  EXPECT_EQ(npz.read("a"), a);
  EXPECT_EQ(npz.read("b/c"), b);
  write_file_atomically(scratch("written.npz"), bytes);
}

TEST(Idx, HoldsWhatWasWritten) {
  for (const char* name : {"u1.idx", "i1.idx", "i2.idx", "i4.idx", "f4.idx", "f8.idx", "u1.idx.gz"}) {
    const Array got = read_idx(golden(name));
    EXPECT_EQ(got, described(contents().at(name))) << name;
    EXPECT_EQ(parse_idx(write_idx(got), name), got) << name;
    EXPECT_EQ(parse_idx(gzip(write_idx(got)), name), got) << name;
  }
}

TEST(Idx, Refusals) {
  const std::string good = read_file(golden("u1.idx"));
  const auto message = [](const std::string& bytes) { return message_of([&] { parse_idx(bytes, "x.idx"); }); };
  EXPECT_EQ(message("PK\3\4"),
            "FileError: x.idx: an IDX file must start with two zero bytes, a type and a rank, got something else");
  EXPECT_EQ(message(std::string("\0\0\7\1", 4)), "FileError: x.idx: an IDX file must have a known type, got 7");
  EXPECT_EQ(message(good.substr(0, good.size() - 1)),
            "FileError: x.idx: an IDX file of shape [2, 3, 2] and type uint8 must have 28 bytes, got 27");
  EXPECT_EQ(message(good + "x"),
            "FileError: x.idx: an IDX file of shape [2, 3, 2] and type uint8 must have 28 bytes, got more");
  EXPECT_EQ(message(gzip(good + "x")),
            "FileError: x.idx: an IDX file of shape [2, 3, 2] and type uint8 must have 28 bytes, got more");
  // How much zlib gives before it misses the rest differs with its version.
  EXPECT_NE(message(gzip(good).substr(0, 30)).find("the compressed data must be complete, got its end after"),
            std::string::npos);
}

TEST(Idx, SurvivesDamage) {
  for (const char* name : {"f8.idx", "u1.idx.gz"})
    for_damaged(read_file(golden(name)), [](const auto& bytes) { parse_idx(bytes, "damaged.idx"); });
}

TEST(Inflate, RoundTripAndLimit) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += static_cast<char>(int64_t{i} * i >> 5);
  const std::string packed = deflate_zlib(text);
  EXPECT_EQ(inflate_zlib(packed, text.size(), "x"), text);
  EXPECT_EQ(message_of([&] { inflate_zlib(packed, 99999, "x"); }),
            "FileError: x: the compressed data must hold at most 99999 bytes, got more");
  EXPECT_EQ(gunzip(gzip(text) + gzip("more"), ~uint64_t{0}, "x"), text + "more");
  EXPECT_EQ(gunzip(gzip(""), 100, "x"), "");
}

}  // namespace
}  // namespace cornu
