// What the tests of file formats share: recorded files, their contents, and loops over damaged copies.
#pragma once
#include <cornu/error.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/json.h"
#include "message_of.h"
#include "own_path.h"

namespace cornu::testing {

inline std::string golden(const std::string& name) { return std::string(CORNU_TEST_DATA) + "/golden/io/" + name; }

inline const Value& contents() {
  static const Value v = parse_json(read_file(golden("contents.json")), "contents.json");
  return v;
}

inline std::string from_hex(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

/// Where a test writes a file: CORNU_KEEP_FILES if set, so that other programs can look at it afterwards; otherwise a
/// folder that goes with the process.
inline std::string scratch(const std::string& name) {
  struct Own {
    std::filesystem::path path = own_path("io");
    ~Own() {
      std::error_code none;
      std::filesystem::remove_all(path, none);
    }
  };
  static const Own own;
  const char* keep = std::getenv("CORNU_KEEP_FILES");
  const std::filesystem::path folder = keep ? keep : own.path;
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

/// Calls `use` with `bytes` cut short everywhere and with every byte changed; it may throw FileError and nothing else.
template <class F>
void for_damaged(const std::string& bytes, F&& use, size_t step = 1) {
  const auto attempt = [&](const std::string& damaged) {
    try {
      use(damaged);
    } catch (const FileError&) {}
  };
  for (size_t n = 0; n < bytes.size(); n += step) attempt(bytes.substr(0, n));
  for (size_t i = 0; i < bytes.size(); i += step)
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      attempt(damaged);
    }
}

}  // namespace cornu::testing
