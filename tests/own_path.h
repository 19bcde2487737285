// Paths for what tests write.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace cornu::testing {

/// A path among temporary files that no other process has, though it may run the same test at the same time.
inline std::string own_path(const std::string& name) {
  return ::testing::TempDir() + "cornu_" + std::to_string(::getpid()) + "_" + name;
}

}  // namespace cornu::testing
