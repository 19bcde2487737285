// Fuzzes the NPY and NPZ readers: what they take must survive a round trip.
#include "fuzz.h"
#include "io/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = as_text(data, size);
  may_refuse([&] {
    const cornu::Array array = cornu::parse_npy(bytes, "fuzz.npy");
    if (cornu::parse_npy(cornu::write_npy(array), "again.npy") != array) __builtin_trap();
  });
  may_refuse([&] {
    const cornu::NpzReader npz(std::string(bytes), "fuzz.npz", {.member = 1 << 24, .harmless = 1 << 20});
    for (const std::string& name : npz.names()) may_refuse([&] { npz.read(name); });
  });
  return 0;
}
