// A folder for files of a test, and what tests of tables look at.
#pragma once
#include <cornu/data_source.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "message_of.h"
#include "own_path.h"

namespace cornu {

class Csv : public ::testing::Test {
 protected:
  std::string file(const std::string& content, const std::string& name = "data.csv") {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  void SetUp() override {
    folder_ = testing::own_path(::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

inline std::vector<double> values(const Tensor& t) { return t.to_doubles(); }

using cornu::testing::message_of;
inline void expect_has(const std::string& whole, const std::string& part) {
  EXPECT_NE(whole.find(part), whole.npos) << whole;
}

}  // namespace cornu
