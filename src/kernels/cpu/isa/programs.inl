// Tile programs compiled ahead; the build prints their functions from programs.txt.

/// min(left, kLanes) lanes of a.
inline void store_up_to(float* p, V a, int64_t left) {
  if (left >= kLanes)
    store(p, a);
  else
    store_n(p, a, static_cast<int>(left));
}
#include "kernels/cpu/programs.inc"
