// Whole files: replaced at once or not at all.
#include "io/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "io/golden.h"

namespace cornu {
namespace {

using namespace testing;
namespace fs = std::filesystem;

size_t files_in(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = scratch("files");
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (fs::path(folder_) / name).string(); }
  std::string folder_;
};

TEST_F(Files, WriteReadReplaceMap) {
  const std::string text("a\0b\n", 4);
  write_file_atomically(path("x"), text);
  EXPECT_EQ(read_file(path("x")), text);
  write_file_atomically(path("x"), "new");
  EXPECT_EQ(read_file(path("x")), "new");
  EXPECT_EQ(files_in(folder_), 1u);
  MappedFile mapped(path("x"));
  const MappedFile moved = std::move(mapped);
  EXPECT_EQ(moved.bytes(), "new");
  write_file_atomically(path("x"), "");
  EXPECT_EQ(MappedFile(path("x")).bytes(), "");
  EXPECT_EQ(read_file(path("x")), "");
}

TEST_F(Files, KeepsModeAndLinks) {
  write_file_atomically(path("x"), "old");
  ::chmod(path("x").c_str(), 0600);
  fs::create_symlink("x", path("link"));
  write_file_atomically(path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_file(path("x")), "new");
  EXPECT_EQ(fs::status(path("x")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Files, InPiecesAndGivenUp) {
  write_file_atomically(path("x"), "old");
  {
    AtomicFile given_up(path("x"));
    given_up.write("half");
  }
  EXPECT_EQ(read_file(path("x")), "old");
  AtomicFile file(path("x"));
  file.write("____ and");
  file.write(" more");
  file.write_at(0, "head");
  EXPECT_EQ(read_file(path("x")), "old");
  file.commit();
  EXPECT_EQ(read_file(path("x")), "head and more");
  EXPECT_EQ(files_in(folder_), 1u);
}

TEST_F(Files, AProcessThatIsKilledLeavesNothing) {
  const int unnamed = ::open(folder_.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  if (unnamed < 0) GTEST_SKIP() << "this file system has no files without names";
  ::close(unnamed);
  write_file_atomically(path("x"), "old");
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(path("x"));
    file.write("half");
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read_file(path("x")), "old");
  EXPECT_EQ(files_in(folder_), 1u);
}

TEST_F(Files, ANameThatIsTakenIsNotUsed) {
  // As a process of the same number left it, on another machine or in another container.
  for (int i = 1; i < 200; ++i) {
    std::FILE* f = std::fopen(path("x." + std::to_string(::getpid()) + "." + std::to_string(i) + ".tmp").c_str(), "w");
    std::fclose(f);
  }
  write_file_atomically(path("x"), "new");
  EXPECT_EQ(read_file(path("x")), "new");
}

TEST_F(Files, WhatIsNoRegularFileStaysWhatItIs) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const int reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  write_file_atomically(path("pipe"), "through");
  char got[8] = {};
  EXPECT_EQ(::read(reader, got, 7), 7);
  ::close(reader);
  EXPECT_STREQ(got, "through");
  EXPECT_TRUE(fs::is_fifo(path("pipe")));
  EXPECT_EQ(message_of([] { write_file_atomically("/dev/full", "x"); }),
            "FileError: /dev/full: the file must be writable, got 'No space left on device'");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(Files, FailuresLeaveNothingBehind) {
  EXPECT_EQ(message_of([&] { write_file_atomically(path("none/x"), "y"); }),
            "FileError: " + path("none/x") + ": the file must be writable, got 'No such file or directory'");
  fs::create_directories(path("sub"));
  EXPECT_EQ(message_of([&] { write_file_atomically(path("sub"), "y"); }),
            "FileError: " + path("sub") + ": the file must be writable, got 'Is a directory'");
  EXPECT_EQ(files_in(folder_), 1u);
  EXPECT_EQ(message_of([&] { read_file(path("sub")); }),
            "FileError: " + path("sub") + ": the file must be readable, got 'Is a directory'");
  EXPECT_EQ(message_of([&] { MappedFile(path("nothing")); }),
            "FileError: " + path("nothing") + ": the file must be readable, got 'No such file or directory'");
}

TEST_F(Files, AFullDiskLeavesTheOldFile) {
  // A limit on the size of files stands in for the disk; the write that crosses it fails.
  write_file_atomically(path("x"), "old");
  const auto write_beyond_limit = [&] {
    const struct rlimit limit = {1000, 1000};
    std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message = message_of([&] { write_file_atomically(path("x"), std::string(5000, 'y')); });
    std::fputs(message.c_str(), stderr);
    std::_Exit(read_file(path("x")) == "old" && files_in(folder_) == 1 ? 0 : 1);
  };
  EXPECT_EXIT(write_beyond_limit(), ::testing::ExitedWithCode(0), "must be writable, got 'File too large'");
}

}  // namespace
}  // namespace cornu
