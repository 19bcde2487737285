// The checks behind check_errors.
#include "errors/check_errors.h"

#include <unistd.h>

#include <fstream>
#include <map>
#include <regex>

namespace cornu {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  const fs::path path = fs::path(testing::TempDir()) / ("cornu_errors_" + std::to_string(::getpid()));
  fs::create_directories(path);
  return path;
}

std::string text_of(const ErrorCase& c) {
  try {
    c.run();
  } catch (const Error& e) {
    std::string out = std::regex_replace(e.what(), std::regex("created at (\\S+):\\d+"), "created at $1:N");
    for (const std::string& where : {folder().string() + "/", std::string(CORNU_TEST_DATA) + "/golden/files/"})
      for (size_t at; (at = out.find(where)) != out.npos;) out.erase(at, where.size());
    return out + "\n";
  }
  return "no error\n";
}

std::map<std::string, std::string> entries(const std::string& path) {
  std::map<std::string, std::string> out;
  std::string name;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("[") && line.ends_with("]"))
      out[name = line.substr(1, line.size() - 2)];
    else if (!line.empty() && !line.starts_with("#"))
      out[name] += line + "\n";
  }
  return out;
}

}  // namespace

std::string temporary_file(const std::string& name, const std::string& content) {
  const fs::path path = folder() / name;
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}

void check_errors(const std::string& file, const std::vector<ErrorCase>& cases) {
  std::map<std::string, std::string> known = entries(std::string(CORNU_TEST_DATA) + "/errors/" + file);
  std::string all;
  for (const ErrorCase& c : cases) {
    const std::string got = text_of(c);
    EXPECT_EQ(got, known[c.name]) << "[" << c.name << "] of " << file;
    known.erase(c.name);
    all += "[" + c.name + "]\n" + got + "\n";
  }
  for (const auto& [name, unused] : known) ADD_FAILURE() << "[" << name << "] of " << file << " has no case";
  if (testing::Test::HasFailure()) {
    const std::string path = testing::TempDir() + file;
    std::ofstream(path) << all;
    std::printf("what the cases give now is in %s\n", path.c_str());
  }
  fs::remove_all(folder());
}

}  // namespace cornu
