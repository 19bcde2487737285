// Where the process' source of seeds is, for checkpoints.
#pragma once
#include <cstdint>

namespace cornu {

struct RandomState {
  uint64_t seed = 0;   ///< Given to set_random_seed.
  uint64_t drawn = 0;  ///< Seeds drawn since.
};
RandomState random_state();
void set_random_state(const RandomState& state);

}  // namespace cornu
