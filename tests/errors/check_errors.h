// check_errors: each error's whole text, reviewed like code in a file beside the test.
#pragma once
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cornu {

struct ErrorCase {
  std::string name;
  std::function<void()> run;  ///< Must throw an Error.
};

/// Compares the texts with the entries "[name]" of a file of this folder, which must hold these and no others. Line
/// numbers of "created at" are written as N.
void check_errors(const std::string& file, const std::vector<ErrorCase>& cases);

/// A file of this process alone, written to errors as its bare name.
std::string temporary_file(const std::string& name, const std::string& content);

}  // namespace cornu
