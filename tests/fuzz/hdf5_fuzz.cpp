// Fuzzes the HDF5 reader: every dataset and attribute that can be reached is read.
#include "fuzz.h"
#include "io/hdf5_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  may_refuse([&] {
    const cornu::H5Reader file(std::string(as_text(data, size)), "fuzz.h5", {.dataset = 1 << 24, .harmless = 1 << 18});
    const auto attributes = [&](const std::string& path) {
      may_refuse([&] {
        for (const std::string& name : file.attribute_names(path)) may_refuse([&] { file.attribute(path, name); });
      });
    };
    attributes("");
    for (const std::string& path : file.datasets()) {
      may_refuse([&] {
        const cornu::H5Info info = file.info(path);
        const cornu::H5Data read = file.read(path);
        if (info.type != read.type || info.dims != read.dims) __builtin_trap();
      });
      attributes(path);
    }
  });
  return 0;
}
