// Fuzzes the IDX reader, plain and through gzip: what it takes must survive a round trip.
#include "fuzz.h"
#include "io/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  may_refuse([&] {
    const cornu::Array array = cornu::parse_idx(as_text(data, size), "fuzz.idx");
    if (cornu::parse_idx(cornu::write_idx(array), "again.idx") != array) __builtin_trap();
  });
  return 0;
}
