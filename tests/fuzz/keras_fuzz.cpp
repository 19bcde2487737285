// Fuzzes load_model: archives, configs and weights from strangers give a model, a FileError or a ConfigError.
#include <cornu/saving.h>

#include "fuzz.h"
#include "io/zip.h"

namespace {

void load(std::string_view archive) {
  try {
    cornu::load_model_bytes(archive, {}, "fuzz.keras");
  } catch (const cornu::FileError&) {
  } catch (const cornu::ConfigError&) {}
}

}  // namespace

/// Archives have checksums, which keep damage from what lies behind them; so the input is also taken apart: a length of
/// four bytes, a config of that length, and weights.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all = as_text(data, size);
  if (all.substr(0, 2) == "PK" || size < 4) {
    load(all);
    return 0;
  }
  const size_t length = std::min<size_t>(size - 4, data[0] | data[1] << 8 | data[2] << 16);
  const std::string_view config = all.substr(4, length), weights = all.substr(4 + length);
  load(cornu::write_zip({{"config.json", config}, {"model.weights.h5", weights}}));
  return 0;
}
