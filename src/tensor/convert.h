// Arrays of one element type as another.
#pragma once
#include <cornu/shape.h>

#include <cstdint>

namespace cornu {

/// dst[i] = converted(src[i]), see tensor/dispatch.h.
void convert_elements(DType from, const void* src, DType to, void* dst, int64_t n);

}  // namespace cornu
