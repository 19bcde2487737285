// Tile programs compiled ahead; the build prints their functions from programs.txt.

/// min(left, kLanes) lanes of a.
inline void store_up_to(float* p, V a, int64_t left) {
  if (left >= kLanes)
    store(p, a);
  else
    store_n(p, a, static_cast<int>(left));
}

/// The int32 array that `p` really is, as floats.
inline V load_i32(const float* p) {
  alignas(64) float x[kLanes];
  const int32_t* source = reinterpret_cast<const int32_t*>(p);
  for (int k = 0; k < kLanes; ++k) x[k] = static_cast<float>(source[k]);
  return load(x);
}

/// Adds the first min(left, kLanes) lanes of a, elements i, i + 1, ..., to the 16 running sums.
inline void add_to_lanes(double* lanes, int64_t i, V a, int64_t left) {
  static constexpr float kOrder[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  if (left < kLanes) a = select(load(kOrder) < V(static_cast<float>(left)), a, V(0));
  double* to = lanes + i % 16;
  store_wide(to, load_wide(to) + widened(a));
}
#include "kernels/cpu/programs.inc"
