// Operations that only move elements, for any element size.
#include <cstring>

#include "kernels/ref/ref.h"
#include "kernels/ref/strides.h"
#include "ops/attrs.h"

namespace cornu {
namespace {

/// out[flat] = in[offset], the offset following strides over the output's shape.
struct MovePlan {
  size_t item;
  Shape out;
  ref::Strides strides;
  int64_t start = 0;
};
void run_move(const void* plan, Slots s) {
  const MovePlan& p = *static_cast<const MovePlan*>(plan);
  const char* in = static_cast<const char*>(s[0]) + p.start * static_cast<int64_t>(p.item);
  char* out = static_cast<char*>(s[1]);
  ref::for_each(p.out, std::array<ref::Strides, 1>{p.strides}, [&](int64_t flat, const std::array<int64_t, 1>& at) {
    std::memcpy(out + flat * static_cast<int64_t>(p.item), in + at[0] * static_cast<int64_t>(p.item), p.item);
  });
}
ref::Strides row_major(const Shape& s) { return ref::broadcast_strides(s, s); }

/// Row-major strides that do not vanish for axes of size 1.
ref::Strides plain_strides(const Shape& s) {
  ref::Strides out{};
  int64_t step = 1;
  for (int i = s.rank() - 1; i >= 0; --i) out[static_cast<size_t>(i)] = step, step *= s[i];
  return out;
}

std::optional<Kernel> prepare_transpose(const NodeView& n, Decline&) {
  MovePlan p{size_of(n.out().dtype), n.out().shape, {}};
  const ref::Strides in = row_major(n.in(0).shape);
  const std::vector<int64_t>& perm = n.node.attrs.as<PermAttrs>().perm;
  for (size_t i = 0; i < perm.size(); ++i) p.strides[i] = in[static_cast<size_t>(perm[i])];
  return Kernel{run_move, share(p), 0, {}};
}
std::optional<Kernel> prepare_broadcast(const NodeView& n, Decline&) {
  const MovePlan p{size_of(n.out().dtype), n.out().shape, ref::broadcast_strides(n.in(0).shape, n.out().shape)};
  return Kernel{run_move, share(p), 0, {}};
}
int64_t slice_start(const SliceAttrs& a, int64_t n) {
  return std::min(std::max<int64_t>(a.start < 0 ? a.start + n : a.start, 0), n);
}
std::optional<Kernel> prepare_slice(const NodeView& n, Decline&) {
  const SliceAttrs& a = n.node.attrs.as<SliceAttrs>();
  MovePlan p{size_of(n.out().dtype), n.out().shape, plain_strides(n.in(0).shape)};
  const size_t axis = static_cast<size_t>(a.axis);
  p.start = slice_start(a, n.in(0).shape[static_cast<int>(axis)]) * p.strides[axis];
  return Kernel{run_move, share(p), 0, {}};
}

/// Parts of [outer, width] rows, one behind the other.
struct RowsPlan {
  int64_t outer, width;               // bytes of a row of the whole
  std::vector<int64_t> start, bytes;  // of each part within a row
};
void run_concat(const void* plan, Slots s) {
  const RowsPlan& p = *static_cast<const RowsPlan*>(plan);
  char* out = static_cast<char*>(s[p.start.size()]);
  for (size_t i = 0; i < p.start.size(); ++i)
    for (int64_t o = 0; o < p.outer; ++o)
      std::memcpy(out + o * p.width + p.start[i], static_cast<const char*>(s[i]) + o * p.bytes[i],
                  static_cast<size_t>(p.bytes[i]));
}
std::optional<Kernel> prepare_concat(const NodeView& n, Decline&) {
  const int axis = static_cast<int>(n.node.attrs.as<AxisAttrs>().axis);
  const Shape& out = n.out().shape;
  const int64_t item = static_cast<int64_t>(size_of(n.out().dtype));
  RowsPlan p{out.slice(0, axis).size(), out.slice(axis).size() * item, {}, {}};
  int64_t at = 0;
  for (size_t i = 0; i < n.n_in(); ++i) {
    p.start.push_back(at);
    p.bytes.push_back(n.in(i).shape.slice(axis).size() * item);
    at += p.bytes.back();
  }
  return Kernel{run_concat, share(p), 0, {}};
}

void run_slice_grad(const void* plan, Slots s) {
  const RowsPlan& p = *static_cast<const RowsPlan*>(plan);
  char* out = static_cast<char*>(s[2]);
  std::memset(out, 0, static_cast<size_t>(p.outer * p.width));
  for (int64_t o = 0; o < p.outer; ++o)
    std::memcpy(out + o * p.width + p.start[0], static_cast<const char*>(s[0]) + o * p.bytes[0],
                static_cast<size_t>(p.bytes[0]));
}
std::optional<Kernel> prepare_slice_grad(const NodeView& n, Decline&) {
  const SliceAttrs& a = n.node.attrs.as<SliceAttrs>();
  const int axis = static_cast<int>(a.axis);
  const Shape& out = n.out().shape;
  const int64_t item = static_cast<int64_t>(size_of(n.out().dtype)), inner = out.slice(axis + 1).size() * item;
  const RowsPlan p{out.slice(0, axis).size(),
                   out.slice(axis).size() * item,
                   {slice_start(a, out[axis]) * inner},
                   {n.in(0).shape[axis] * inner}};
  return Kernel{run_slice_grad, share(p), 0, {}};
}

}  // namespace

void add_ref_shape(KernelTable& t) {
  t.add("transpose", "ref", prepare_transpose);
  t.add("broadcast_to", "ref", prepare_broadcast);
  t.add("slice", "ref", prepare_slice);
  t.add("slice_grad", "ref", prepare_slice_grad);
  t.add("concatenate", "ref", prepare_concat);
}

}  // namespace cornu
