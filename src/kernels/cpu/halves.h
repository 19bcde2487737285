// Arrays of halves to floats and back, on all threads.
#pragma once
#include <cornu/shape.h>

#include <cstdint>

namespace cornu {

/// dst[i] = src[i], which are of type `half`.
void load_halves(DType half, const void* src, float* dst, int64_t n);
/// The nearest halves, ties to even.
void store_halves(DType half, const float* src, void* dst, int64_t n);
/// dst[i] = the nearest half of src[i], as a float.
void round_to_halves(DType half, const float* src, float* dst, int64_t n);

}  // namespace cornu
