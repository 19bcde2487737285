// Fuzzes the ZIP reader: every member it lists is read.
#include "fuzz.h"
#include "io/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  may_refuse([&] {
    const cornu::ZipReader zip(std::string(as_text(data, size)), "fuzz.zip", {.member = 1 << 24, .harmless = 1 << 20});
    for (const cornu::ZipMember& m : zip.members()) may_refuse([&] { zip.read(m.name); });
  });
  return 0;
}
