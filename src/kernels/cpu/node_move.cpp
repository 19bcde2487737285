// Moves of data as strided copies: transpose, broadcast_to, slice and its gradient, concatenate; picks along an axis.
#include <cstring>

#include "kernels/cpu/copy.h"
#include "kernels/cpu/cpu.h"
#include "ops/attrs.h"

namespace cornu {
namespace {

/// A copy between places within an operand and within the result, in bytes.
struct Part {
  CopyPlan copy;
  int64_t from = 0, to = 0;
};
void run_part(const Part& p, const void* src, void* dst) {
  run_copy(p.copy, static_cast<const char*>(src) + p.from, static_cast<char*>(dst) + p.to);
}

void run_one(const void* plan, Slots s) { run_part(*static_cast<const Part*>(plan), s[0], s[1]); }

int item_of(const NodeView& n) { return static_cast<int>(size_of(n.out().dtype)); }

std::optional<Kernel> prepare_transposed(const NodeView& n, Decline&) {
  const std::vector<int64_t>& perm = n.node.attrs.as<PermAttrs>().perm;
  return Kernel{
      run_one, share(Part{prepare_transpose(n.in(0).shape.dims(), {perm.begin(), perm.end()}, item_of(n))}), 0, {}};
}

std::optional<Kernel> prepare_broadcast(const NodeView& n, Decline&) {
  const std::vector<int64_t> in = n.in(0).shape.dims(), out = n.out().shape.dims();
  const std::vector<int64_t> strides = contiguous_strides(in);
  std::vector<int64_t> src(out.size());  // 0 where the operand repeats
  for (size_t i = 0, skip = out.size() - in.size(); i < in.size(); ++i) src[i + skip] = in[i] == 1 ? 0 : strides[i];
  return Kernel{run_one, share(Part{prepare_copy(out, src, contiguous_strides(out), item_of(n))}), 0, {}};
}

/// Where a slice begins, in elements of the whole.
int64_t start_of(const SliceAttrs& a, const Shape& whole) {
  const int axis = static_cast<int>(a.axis);
  const int64_t n = whole[axis], start = a.start < 0 ? a.start + n : a.start;
  return std::min(std::max<int64_t>(start, 0), n) * whole.slice(axis + 1).size();
}

std::optional<Kernel> prepare_slice(const NodeView& n, Decline&) {
  const std::vector<int64_t> out = n.out().shape.dims();
  Part p{prepare_copy(out, contiguous_strides(n.in(0).shape.dims()), contiguous_strides(out), item_of(n))};
  p.from = start_of(n.node.attrs.as<SliceAttrs>(), n.in(0).shape) * item_of(n);
  return Kernel{run_one, share(std::move(p)), 0, {}};
}

struct Padded {
  Part part{};
  size_t bytes = 0;  ///< Of the result.
};
void run_slice_grad(const void* plan, Slots s) {
  const Padded& p = *static_cast<const Padded*>(plan);
  std::memset(s[2], 0, p.bytes);
  run_part(p.part, s[0], s[2]);
}
std::optional<Kernel> prepare_slice_grad(const NodeView& n, Decline&) {
  const std::vector<int64_t> in = n.in(0).shape.dims();
  const Shape& out = n.out().shape;
  Padded p;
  p.part.copy = prepare_copy(in, contiguous_strides(in), contiguous_strides(out.dims()), item_of(n));
  p.bytes = static_cast<size_t>(out.size() * item_of(n));
  p.part.to = start_of(n.node.attrs.as<SliceAttrs>(), out) * item_of(n);
  return Kernel{run_slice_grad, share(std::move(p)), 0, {}};
}

void run_concat(const void* plan, Slots s) {
  const auto& parts = *static_cast<const std::vector<Part>*>(plan);
  for (size_t i = 0; i < parts.size(); ++i) run_part(parts[i], s[i], s[parts.size()]);
}
std::optional<Kernel> prepare_concat(const NodeView& n, Decline&) {
  const int axis = static_cast<int>(n.node.attrs.as<AxisAttrs>().axis);
  const std::vector<int64_t> whole = contiguous_strides(n.out().shape.dims());
  std::vector<Part> parts;
  int64_t at = 0;
  for (size_t i = 0; i < n.n_in(); ++i) {
    const std::vector<int64_t> in = n.in(i).shape.dims();
    parts.push_back({prepare_copy(in, contiguous_strides(in), whole, item_of(n)), 0, at});
    at += n.in(i).shape.slice(axis).size() * item_of(n);
  }
  return Kernel{run_concat, share(std::move(parts)), 0, {}};
}

struct Along {
  int64_t outer, length, picks;  ///< Rows; elements of a row of the operand; of a row of the result.
};
/// Indices out of range are brought to the nearest element, as by the reference.
template <class T, class Index>
void run_along(const void* plan, Slots s) {
  const Along& p = *static_cast<const Along*>(plan);
  const T* in = static_cast<const T*>(s[0]);
  const Index* index = static_cast<const Index*>(s[1]);
  T* out = static_cast<T*>(s[2]);
  for (int64_t o = 0; o < p.outer; ++o, in += p.length, index += p.picks, out += p.picks)
    for (int64_t i = 0; i < p.picks; ++i) {
      int64_t at = static_cast<int64_t>(index[i]);
      if (at < 0) at += p.length;
      out[i] = in[at < 0 ? 0 : at >= p.length ? p.length - 1 : at];
    }
}
template <class Index>
RunFn along_of(int item) {
  switch (item) {
    case 1:
      return run_along<uint8_t, Index>;
    case 2:
      return run_along<uint16_t, Index>;
    case 4:
      return run_along<uint32_t, Index>;
    case 8:
      return run_along<uint64_t, Index>;
    default:  // there are no elements of other sizes
      return nullptr;
  }
}
std::optional<Kernel> prepare_along(const NodeView& n, Decline& why) {
  const DType index = n.in(1).dtype;
  if (index != DType::i32 && index != DType::i64) return why("along: only int32 and int64 indices");
  const Shape &x = n.in(0).shape, &picks = n.in(1).shape;
  const RunFn run = index == DType::i32 ? along_of<int32_t>(item_of(n)) : along_of<int64_t>(item_of(n));
  if (!run || x[-1] == 0) return why("along: nothing to pick from");
  return Kernel{run, share(Along{picks.slice(0, -1).size(), x[-1], picks[-1]}), 0, {}};
}

}  // namespace

void add_cpu_move_kernels(KernelTable& t) {
  t.add("transpose", "move", prepare_transposed);
  t.add("broadcast_to", "move", prepare_broadcast);
  t.add("slice", "move", prepare_slice);
  t.add("slice_grad", "move", prepare_slice_grad);
  t.add("concatenate", "move", prepare_concat);
  t.add("take_along", "move", prepare_along);
}

}  // namespace cornu
