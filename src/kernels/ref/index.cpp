// Gathering and scattering by integer indices. Indices out of range are clamped to the last row, as JAX does on gather.
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "ops/attrs.h"
#include "tensor/convert.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

struct Plan {
  DType dtype, index;
  int64_t rows, picks, row, outer;  // take: rows of `row` elements. along: `outer` rows of `rows` elements
};

/// f(i, row) for each index, brought into range.
template <class F>
void each_index(const Plan& p, const void* indices, int64_t count, F&& f) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  convert_elements(p.index, indices, DType::i64, rows.data(), count);
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = rows[static_cast<size_t>(i)];
    if (at < 0) at += p.rows;
    f(i, std::clamp<int64_t>(at, 0, p.rows - 1));
  }
}

void run_take(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const int64_t bytes = p.row * static_cast<int64_t>(size_of(p.dtype));
  each_index(p, s[1], p.picks, [&](int64_t i, int64_t at) {
    std::memcpy(static_cast<char*>(s[2]) + i * bytes, static_cast<const char*>(s[0]) + at * bytes,
                static_cast<size_t>(bytes));
  });
}
/// Many counts of 1 to few places, as a metric's: float32 would stop at 2^24, halves much earlier.
template <class T>
void add_in_double(const Plan& p, Slots s) {
  const T* d = static_cast<const T*>(s[0]);
  std::vector<double> total(static_cast<size_t>(p.rows * p.row));
  each_index(p, s[1], p.picks, [&](int64_t i, int64_t at) {
    for (int64_t k = 0; k < p.row; ++k)
      total[static_cast<size_t>(at * p.row + k)] += static_cast<double>(d[i * p.row + k]);
  });
  std::transform(total.begin(), total.end(), static_cast<T*>(s[3]), [](double v) { return ref::rounded<T>(v); });
}
void run_take_grad(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  if (p.dtype == DType::f32 && p.picks >= int64_t{1} << 20) return add_in_double<float>(p, s);
  with_type(p.dtype, [&]<class T>() {
    if constexpr (kIsHalf<T>) return add_in_double<T>(p, s);
    const T* d = static_cast<const T*>(s[0]);
    T* out = static_cast<T*>(s[3]);
    std::fill(out, out + p.rows * p.row, T(0));
    each_index(p, s[1], p.picks, [&](int64_t i, int64_t at) {
      for (int64_t k = 0; k < p.row; ++k) out[at * p.row + k] = static_cast<T>(out[at * p.row + k] + d[i * p.row + k]);
    });
  });
}
void run_along(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  const int64_t item = static_cast<int64_t>(size_of(p.dtype));
  each_index(p, s[1], p.outer * p.picks, [&](int64_t i, int64_t at) {
    std::memcpy(static_cast<char*>(s[2]) + i * item,
                static_cast<const char*>(s[0]) + (i / p.picks * p.rows + at) * item, static_cast<size_t>(item));
  });
}
void run_along_grad(const void* plan, Slots s) {
  const Plan& p = *static_cast<const Plan*>(plan);
  with_type(p.dtype, [&]<class T>() {
    const T* d = static_cast<const T*>(s[0]);
    T* out = static_cast<T*>(s[3]);
    // Halves are added up as floats, and rounded once.
    std::vector<float> floats(kIsHalf<T> ? static_cast<size_t>(p.outer * p.rows) : 0);
    std::conditional_t<kIsHalf<T>, float, T>* total;
    if constexpr (kIsHalf<T>)
      total = floats.data();
    else
      std::fill(total = out, out + p.outer * p.rows, T(0));
    each_index(p, s[1], p.outer * p.picks, [&](int64_t i, int64_t at) {
      auto& to = total[i / p.picks * p.rows + at];
      to = static_cast<std::remove_reference_t<decltype(to)>>(to + d[i]);
    });
    if constexpr (kIsHalf<T>) std::transform(floats.begin(), floats.end(), out, [](float v) { return T(v); });
  });
}

std::optional<Kernel> prepare_take(const NodeView& n, Decline&) {
  const Shape& x = n.in(0).shape;
  return Kernel{
      run_take, share(Plan{n.in(0).dtype, n.in(1).dtype, x[0], n.in(1).shape.size(), x.slice(1).size(), 1}), 0, {}};
}
std::optional<Kernel> prepare_take_grad(const NodeView& n, Decline&) {
  const Shape& x = n.out().shape;
  return Kernel{run_take_grad,
                share(Plan{n.in(0).dtype, n.in(1).dtype, x[0], n.in(1).shape.size(), x.slice(1).size(), 1}),
                0,
                {}};
}
std::optional<Kernel> prepare_along(const NodeView& n, Decline&) {
  const Shape &x = n.in(0).shape, &i = n.in(1).shape;
  return Kernel{run_along, share(Plan{n.in(0).dtype, n.in(1).dtype, x[-1], i[-1], 1, i.slice(0, -1).size()}), 0, {}};
}
std::optional<Kernel> prepare_along_grad(const NodeView& n, Decline&) {
  const Shape &x = n.out().shape, &i = n.in(1).shape;
  return Kernel{
      run_along_grad, share(Plan{n.in(0).dtype, n.in(1).dtype, x[-1], i[-1], 1, i.slice(0, -1).size()}), 0, {}};
}

struct OneHotPlan {
  DType index, out;
  int64_t count, depth;
};
void run_one_hot(const void* plan, Slots s) {
  const OneHotPlan& p = *static_cast<const OneHotPlan*>(plan);
  std::vector<int64_t> rows(static_cast<size_t>(p.count));
  convert_elements(p.index, s[0], DType::i64, rows.data(), p.count);
  with_type(p.out, [&]<class T>() {
    T* out = static_cast<T*>(s[1]);
    std::fill(out, out + p.count * p.depth, T(0));
    for (int64_t i = 0; i < p.count; ++i) {
      const int64_t at = rows[static_cast<size_t>(i)];
      if (at >= 0 && at < p.depth) out[i * p.depth + at] = T(1);
    }
  });
}
std::optional<Kernel> prepare_one_hot(const NodeView& n, Decline&) {
  return Kernel{
      run_one_hot, share(OneHotPlan{n.in(0).dtype, n.out().dtype, n.in(0).shape.size(), n.out().shape[-1]}), 0, {}};
}

}  // namespace

void add_ref_index(KernelTable& t) {
  t.add("take", "ref", prepare_take);
  t.add("take_grad", "ref", prepare_take_grad);
  t.add("take_along", "ref", prepare_along);
  t.add("take_along_grad", "ref", prepare_along_grad);
  t.add("one_hot", "ref", prepare_one_hot);
}

}  // namespace cornu
