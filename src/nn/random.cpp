// The process' source of seeds.
#include "nn/random.h"

#include <cornu/initializers.h>

#include <mutex>

#include "base/philox.h"

namespace cornu {

static std::mutex g_mutex;
static uint64_t g_seed = 0, g_drawn = 0;

void set_random_seed(uint64_t seed) {
  const std::lock_guard lock(g_mutex);
  g_seed = seed;
  g_drawn = 0;
}

RandomState random_state() {
  const std::lock_guard lock(g_mutex);
  return {g_seed, g_drawn};
}
void set_random_state(const RandomState& state) {
  const std::lock_guard lock(g_mutex);
  g_seed = state.seed;
  g_drawn = state.drawn;
}

uint64_t next_seed() {
  const std::lock_guard lock(g_mutex);
  const PhiloxBlock b = philox(g_seed, 0x5EED, g_drawn++);
  return (static_cast<uint64_t>(b[0]) << 32) | b[1];
}

}  // namespace cornu
