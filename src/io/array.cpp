// Helpers for arrays in files.
#include "io/array.h"

#include <algorithm>
#include <bit>

#include "io/hdf5.h"

namespace cornu {

static_assert(std::endian::native == std::endian::little, "every reader here takes this machine to be little endian");

size_t array_item_size(const std::string& dtype) { return dtype == "bfloat16" ? 0 : h5_item_size(dtype); }

void swap_bytes(std::string& bytes, size_t item) {
  if (item < 2) return;
  for (auto at = bytes.begin(); bytes.end() - at >= static_cast<std::ptrdiff_t>(item);
       at += static_cast<std::ptrdiff_t>(item))
    std::reverse(at, at + static_cast<std::ptrdiff_t>(item));
}

}  // namespace cornu
