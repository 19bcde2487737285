// The process-wide counts of what compiled steps depend on.
#include "tensor/cell.h"

namespace cornu {

static std::atomic<uint64_t> g_epoch{1};
uint64_t storage_epoch() { return g_epoch.load(std::memory_order_acquire); }
void bump_storage_epoch() { g_epoch.fetch_add(1, std::memory_order_acq_rel); }

static std::atomic<uint64_t> g_structure{1};
uint64_t structure_epoch() { return g_structure.load(std::memory_order_acquire); }
void structure_changed() { g_structure.fetch_add(1, std::memory_order_acq_rel); }

}  // namespace cornu
