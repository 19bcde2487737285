// Rows picked by index.
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/gather.h"

namespace cornu {
namespace {

struct Plan {
  int64_t rows, picks, row_bytes;
};

/// The fast copy takes indices as they are, so those out of range are brought to the nearest row one at a time.
template <class Index>
void run(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const Index* index = static_cast<const Index*>(s[1]);
  bool inside = true;
  for (int64_t i = 0; i < p.picks; ++i) inside &= static_cast<uint64_t>(index[i]) < static_cast<uint64_t>(p.rows);
  if (inside) return gather_rows(s[0], index, p.picks, p.row_bytes, s[2]);
  for (int64_t i = 0; i < p.picks; ++i) {
    int64_t at = static_cast<int64_t>(index[i]);
    if (at < 0) at += p.rows;
    const Index clamped = static_cast<Index>(at < 0 ? 0 : at >= p.rows ? p.rows - 1 : at);
    gather_rows(s[0], &clamped, 1, p.row_bytes, static_cast<char*>(s[2]) + i * p.row_bytes);
  }
}

std::optional<Kernel> prepare(const NodeView& n, Decline& why) {
  const DType index = n.in(1).dtype;
  if (index != DType::i32 && index != DType::i64) return why("gather: only int32 and int64 indices");
  const Shape& x = n.in(0).shape;
  const Plan p{x[0], n.in(1).shape.size(), x.slice(1).size() * static_cast<int64_t>(size_of(n.in(0).dtype))};
  if (p.rows == 0 || p.row_bytes == 0) return why("gather: no rows");
  return Kernel{index == DType::i32 ? run<int32_t> : run<int64_t>, share(p), 0, {}};
}

}  // namespace

void add_cpu_gather_kernels(KernelTable& t) { t.add("take", "gather", prepare); }

}  // namespace cornu
