// The real program run in a folder of its own, and files to give it.
#pragma once
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "own_path.h"

namespace cornu_cli {

namespace fs = std::filesystem;

struct Result {
  int status = -1;
  std::string out, err;
};

class Cli : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = cornu::testing::own_path(testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static void interrupt(pid_t child) { kill(child, SIGINT); }

  /// Runs it in the test's folder, without a shell; `meanwhile`: a moment after it says `sign`, or
  /// the end of the first epoch.
  Result run(const std::vector<std::string>& arguments, const std::function<void(pid_t)>& meanwhile = {},
             const std::string& sign = "poch ", int moment = 300) {
    std::vector<std::string> all{CORNU_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> argv;
      for (std::string& a : all) argv.push_back(a.data());
      argv.push_back(nullptr);
      if (chdir(folder_.c_str()) != 0 || !std::freopen("stdout.txt", "w", stdout) ||
          !std::freopen("stderr.txt", "w", stderr))
        _exit(99);
      execv(argv[0], argv.data());
      _exit(98);
    }
    if (meanwhile) {
      const auto pause = [](int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
      for (int i = 0; i < 6000 && read("stdout.txt").find(sign) == std::string::npos; ++i) pause(10);
      pause(moment);
      meanwhile(child);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read("stdout.txt"), read("stderr.txt")};
  }
  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  /// The number of this name in a file of JSON, -1 if there is none.
  static double figure(const std::string& file, const std::string& name) {
    const size_t at = file.find("\"" + name + "\": ");
    return at == file.npos ? -1 : std::stod(file.substr(at + name.size() + 4));
  }
  std::string read(const std::string& name) {
    std::ostringstream s;
    s << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return s.str();
  }
  bool exists(const std::string& name) const { return fs::exists(folder_ / name); }

  /// A fixed generator, so that files are the same everywhere.
  double uniform() {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<double>(state_ >> 11) * 0x1p-53;
  }
  double normal() {
    double s = -6;
    for (int i = 0; i < 12; ++i) s += uniform();
    return s;
  }
  std::string number(double v) {
    char out[32];
    std::snprintf(out, sizeof out, "%.3f", v);
    return out;
  }
  /// Three kinds of flowers.
  std::string flowers(int rows = 150) {
    const char* names[] = {"setosa", "versicolor", "virginica"};
    const double centre[3][2] = {{1.5, 0.2}, {4.3, 1.3}, {5.9, 2.1}};
    std::string out = "length,width,species\n";
    for (int i = 0; i < rows; ++i) {
      const int k = i % 3;
      out +=
          number(centre[k][0] + 0.3 * normal()) + "," + number(centre[k][1] + 0.15 * normal()) + "," + names[k] + "\n";
    }
    return out;
  }
  /// Passengers with text, missing values, names with commas.
  std::string passengers(int rows = 400) {
    std::string out = "id,name,sex,age,port,survived\n";
    for (int i = 0; i < rows; ++i) {
      const bool female = uniform() < 0.5;
      const bool lives = uniform() < (female ? 0.85 : 0.15);
      out += std::to_string(i + 1) + ",\"Person, " + std::to_string(i) + "\"," + (female ? "female" : "male") + "," +
             (uniform() < 0.2 ? "" : number(20 + 30 * uniform())) + "," +
             (uniform() < 0.1 ? "NA"
              : i % 2         ? "S"
                              : "C") +
             "," + (lives ? "yes" : "no") + "\n";
    }
    return out;
  }
  std::string houses(int rows = 600) {
    std::string out = "area;district;price\n";
    for (int i = 0; i < rows; ++i) {
      const double area = 40 + 160 * uniform();
      const bool old = uniform() < 0.4;
      out += number(area) + ";" + (old ? "old" : "new") + ";" + number(area * (old ? 4000 : 3000) + 5000 * normal()) +
             "\n";
    }
    return out;
  }
  void expect_has(const std::string& whole, const std::string& part) {
    EXPECT_NE(whole.find(part), whole.npos) << "no '" << part << "' in:\n" << whole;
  }
  /// One sentence on stderr, nothing on stdout, status 2.
  void expect_refused(const std::vector<std::string>& arguments, const std::string& sentence) {
    const Result r = run(arguments);
    EXPECT_EQ(r.status, 2);
    EXPECT_EQ(r.err, sentence + "\n");
    EXPECT_EQ(r.out, "");
  }

  fs::path folder_;
  uint64_t state_ = 42;
};

}  // namespace cornu_cli
