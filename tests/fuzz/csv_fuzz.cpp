// Fuzzes the CSV reader: records must not depend on where blocks end, and must survive a round trip.
#include <unistd.h>

#include <cstdio>

#include "fuzz.h"
#include "io/csv.h"

namespace {

// The first byte of the input chooses how it is read, the rest is the file.
std::string records(const std::string& path, cornu::CsvOptions options) {
  std::string out;
  try {
    cornu::CsvReader csv(path, options);
    std::vector<std::string_view> fields;
    while (csv.next(fields)) {
      out += cornu::csv_line({fields.begin(), fields.end()});
      for (const std::string_view f : fields) cornu::parse_number(f);
    }
    out += std::string("separator ") + csv.separator();
  } catch (const cornu::FileError& e) {
    out += e.what();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string path = "/tmp/cornu_csv_fuzz." + std::to_string(::getpid());
  if (size == 0) return 0;
  std::FILE* f = std::fopen(path.c_str(), "wb");
  if (!f) return 0;
  std::fwrite(data + 1, 1, size - 1, f);
  std::fclose(f);
  cornu::CsvOptions options;
  options.header = static_cast<cornu::CsvOptions::Header>(data[0] % 3);
  options.separator = ",;\t\0"[data[0] / 4 % 4];
  const std::string large = records(path, options);
  options.block = 1 + data[0] / 16;
  if (records(path, options) != large) __builtin_trap();
  return 0;
}
