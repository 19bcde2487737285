// Random tensors: pure functions of (seed, call). Element i depends on nothing else, so that the number of threads,
// the instruction set and the machine do not matter.
#pragma once
#include <cstdint>

namespace cornu {

/// Element 64 g + 16 w + l is word w of block 16 g + l of the stream, see base/philox.h: 16 blocks at a time.
void random_bits(uint64_t seed, uint64_t call, uint32_t* dst, int64_t n);
/// low + (high - low) u with u of [0, 1) in steps of 2^-24; below high if low < high.
void random_uniform(uint64_t seed, uint64_t call, float low, float high, float* dst, int64_t n);
/// Box and Muller's transform of words 0 and 1, and 2 and 3, in double precision.
void random_normal(uint64_t seed, uint64_t call, float mean, float stddev, float* dst, int64_t n);
/// 1 with probability `keep`, else 0: the mask of a dropout, times `scale`.
void random_mask(uint64_t seed, uint64_t call, float keep, float scale, float* dst, int64_t n);

}  // namespace cornu
