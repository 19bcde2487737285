// ZIP archives: Python's and our own, and each refusal with its sentence.
#include "io/zip.h"

#include "io/golden.h"

namespace cornu {
namespace {

using namespace testing;

TEST(Zip, ReadsStoredAndDeflated) {
  const ZipReader stored = ZipReader::open(golden("stored.zip"));
  ASSERT_EQ(stored.members().size(), 2u);
  EXPECT_EQ(stored.members()[1].name, "assets/words.txt");
  EXPECT_EQ(stored.read("metadata.json"), "{}");
  EXPECT_EQ(stored.read("assets/words.txt").size(), 80u);
  EXPECT_FALSE(stored.has("assets/"));
  const ZipReader deflated = ZipReader::open(golden("deflated.zip"));
  EXPECT_EQ(deflated.read("config.json").size(), 300u);
  EXPECT_LT(deflated.members()[0].stored, 100u);
}

TEST(Zip, WritesTheSameForTheSame) {
  const std::string big(300000, 'w');
  const std::vector<std::pair<std::string, std::string_view>> members{
      {"metadata.json", "{}"}, {"empty", ""}, {"model.weights.h5", big}};
  const std::string bytes = write_zip(members);
  EXPECT_EQ(bytes, write_zip(members));
  EXPECT_GT(bytes.size(), big.size());
  const ZipReader back(bytes, "x.keras");
  ASSERT_EQ(back.members().size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(back.members()[i].name, members[i].first);
    EXPECT_EQ(back.read(members[i].first), members[i].second);
  }
  EXPECT_EQ(ZipReader(write_zip({}), "x.zip").members().size(), 0u);
  write_file_atomically(scratch("written.zip"), bytes);
}

std::string refusal(const std::string& name) {
  return message_of([&] { ZipReader(read_file(golden(name)), "x.zip"); });
}

TEST(Zip, Refusals) {
  EXPECT_EQ(refusal("refused_parent.zip"),
            "FileError: x.zip: members must have names inside the archive, got 'a/../../b'");
  EXPECT_EQ(refusal("refused_absolute.zip"),
            "FileError: x.zip: members must have names inside the archive, got '/etc/x'");
  EXPECT_EQ(refusal("refused_link.zip"), "FileError: x.zip: members must be files, got the link 'link'");
  EXPECT_EQ(refusal("refused_method.zip"), "FileError: x.zip: member 'x' must be stored or deflated, got method 12");
  EXPECT_EQ(refusal("numbers.csv"),
            "FileError: x.zip: a ZIP archive must be complete and undamaged, got 'Not a zip archive'");
  EXPECT_EQ(message_of([] { ZipReader(read_file(golden("stored.zip")), "x.zip").read("b"); }),
            "FileError: x.zip: the archive must have a member 'b', got [metadata.json, assets/words.txt]");
  EXPECT_EQ(message_of([] {
              write_zip({{"../x", ""}});
            }),
            "FileError: ZIP archive: members must have names inside the archive, got '../x'");
}

TEST(Zip, RefusesBombs) {
  const std::string bytes = read_file(golden("deflated.zip"));
  const auto message = [&](ZipLimits limits) { return message_of([&] { ZipReader(bytes, "x.zip", limits); }); };
  EXPECT_EQ(message({.member = 200}),
            "FileError: x.zip: member 'config.json' must expand to at most 200 bytes, got 300");
  EXPECT_NE(message({.ratio = 2, .harmless = 100}).find("must expand to at most 2 times its"), std::string::npos);
  EXPECT_EQ(message({.total = 299}), "FileError: x.zip: all members together must have at most 299 bytes, got more");
  EXPECT_EQ(message({.total = 300}), "nothing was thrown");
}

TEST(Zip, NamesTheDamagedMember) {
  std::string bytes = read_file(golden("stored.zip"));
  bytes[bytes.find("a\nb\n")] = 'x';
  const ZipReader zip(bytes, "x.zip");
  EXPECT_EQ(zip.read("metadata.json"), "{}");
  EXPECT_EQ(message_of([&] { zip.read("assets/words.txt"); }),
            "FileError: x.zip: member 'assets/words.txt' must be undamaged, got 'CRC error'");
}

TEST(Zip, SurvivesDamage) {
  for (const char* name : {"stored.zip", "deflated.zip"})
    for_damaged(read_file(golden(name)), [](const std::string& bytes) {
      const ZipReader zip(bytes, "damaged.zip");
      for (const ZipMember& m : zip.members()) zip.read(m.name);
    });
}

}  // namespace
}  // namespace cornu
