// Draws for initializers: one stream of random numbers for each seed, the same for every element type.
#pragma once
#include <cornu/initializers.h>

namespace cornu {

/// The seed given, or a new one.
uint64_t seed_or_next(const std::optional<int64_t>& seed);

Tensor draw_uniform(uint64_t seed, const Shape& shape, DType dtype, double low, double high);
/// Normal; with `truncated`, what lies beyond two standard deviations is drawn again.
Tensor draw_normal(uint64_t seed, const Shape& shape, DType dtype, double mean, double stddev, bool truncated);

}  // namespace cornu
