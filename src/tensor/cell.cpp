// The process-wide count of storage replacements.
#include "tensor/cell.h"

namespace cornu {

static std::atomic<uint64_t> g_epoch{1};
uint64_t storage_epoch() { return g_epoch.load(std::memory_order_acquire); }
void bump_storage_epoch() { g_epoch.fetch_add(1, std::memory_order_acq_rel); }

}  // namespace cornu
