// Convolutions and pooling, one window after another.
#include <cmath>
#include <cstring>

#include "kernels/ref/formulas.h"
#include "kernels/ref/ref.h"
#include "ops/windows.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

template <class T>
using Sum = std::conditional_t<kIsInteger<T>, uint64_t, double>;

/// f(tap, place in the input) of those taps of window (o0, o1, o2) that lie inside.
template <class F>
void each_tap(const Windows& w, int64_t o0, int64_t o1, int64_t o2, F&& f) {
  const auto& [a, b, c] = w.axis;
  for (int64_t t = 0; t < w.taps(); ++t) {
    const int64_t i0 = o0 * a.stride + t / (b.taps * c.taps) * a.dilation - a.low,
                  i1 = o1 * b.stride + t / c.taps % b.taps * b.dilation - b.low,
                  i2 = o2 * c.stride + t % c.taps * c.dilation - c.low;
    if (i0 >= 0 && i0 < a.in && i1 >= 0 && i1 < b.in && i2 >= 0 && i2 < c.in) f(t, (i0 * b.in + i1) * c.in + i2);
  }
}
/// f(place among the windows, tap, place in the input), both places counted through the batch.
template <class F>
void each_pair(const Windows& w, F&& f) {
  int64_t window = 0;
  for (int64_t n = 0; n < w.batch; ++n)
    for (int64_t o0 = 0; o0 < w.axis[0].out; ++o0)
      for (int64_t o1 = 0; o1 < w.axis[1].out; ++o1)
        for (int64_t o2 = 0; o2 < w.axis[2].out; ++o2, ++window)
          each_tap(w, o0, o1, o2, [&](int64_t tap, int64_t at) { f(window, tap, n * w.in_places() + at); });
}

enum class Role { forward, input, kernel };
struct ConvPlan {
  DType dtype;
  ConvWindows w;
  int64_t results;
};

/// Every product of an element of x, one of the kernel and one of y adds to the third of them.
template <Role role>
void run_conv(const void* plan, Slots s) {
  const ConvPlan& p = *static_cast<const ConvPlan*>(plan);
  const ConvWindows& w = p.w;
  const int64_t channels = w.channels / w.groups, filters = w.filters / w.groups;
  with_type(p.dtype, [&]<class T>() {
    std::vector<Sum<T>> sum(static_cast<size_t>(p.results));
    const T *a = static_cast<const T*>(s[0]), *b = static_cast<const T*>(s[1]);
    each_pair(w, [&](int64_t window, int64_t tap, int64_t place) {
      for (int64_t f = 0; f < w.filters; ++f)
        for (int64_t c = 0; c < channels; ++c) {
          const int64_t x = place * w.channels + f / filters * channels + c, k = (tap * channels + c) * w.filters + f,
                        y = window * w.filters + f;
          const auto add = [&](int64_t to, const T& left, const T& right) {
            sum[static_cast<size_t>(to)] += static_cast<Sum<T>>(left) * static_cast<Sum<T>>(right);
          };
          if constexpr (role == Role::forward) add(y, a[x], b[k]);
          if constexpr (role == Role::input) add(x, a[y], b[k]);
          if constexpr (role == Role::kernel) add(k, a[x], b[y]);
        }
    });
    T* out = static_cast<T*>(s[role == Role::kernel ? 3 : 2]);
    for (int64_t i = 0; i < p.results; ++i) out[i] = ref::rounded<T>(sum[static_cast<size_t>(i)]);
  });
}
void run_input_like(const void* plan, Slots s) {  // an operand more, which lends its shape
  void* const slots[] = {s[0], s[1], s[3]};
  run_conv<Role::input>(plan, slots);
}

std::optional<Kernel> prepare_conv(const NodeView& n, Decline&) {
  const ConvAttrs& a = n.node.attrs.as<ConvAttrs>();
  return Kernel{run_conv<Role::forward>,
                share(ConvPlan{n.out().dtype, conv_windows(a, n.in(0).shape, n.in(1).shape, n.out().shape),
                               n.out().shape.size()}),
                0,
                {}};
}
std::optional<Kernel> prepare_conv_grad_input(const NodeView& n, Decline&) {
  const ConvAttrs& a = n.node.attrs.as<ConvAttrs>();
  return Kernel{n.n_in() > 2 ? run_input_like : run_conv<Role::input>,
                share(ConvPlan{n.out().dtype, conv_windows(a, n.out().shape, n.in(1).shape, n.in(0).shape),
                               n.out().shape.size()}),
                0,
                {}};
}
std::optional<Kernel> prepare_conv_grad_kernel(const NodeView& n, Decline&) {
  const ConvAttrs& a = n.node.attrs.as<ConvAttrs>();
  return Kernel{run_conv<Role::kernel>,
                share(ConvPlan{n.out().dtype, conv_windows(a, n.in(0).shape, n.out().shape, n.in(1).shape),
                               n.out().shape.size()}),
                0,
                {}};
}

struct PoolPlan {
  DType dtype;
  Windows w;
};
/// f(place among the windows, place in the input of the first largest) for each window and channel.
template <class T, class F>
void each_largest(const Windows& w, const T* x, F&& f) {
  std::vector<int64_t> best(static_cast<size_t>(w.batch * w.out_places() * w.channels), -1);
  each_pair(w, [&](int64_t window, int64_t, int64_t place) {
    for (int64_t c = 0; c < w.channels; ++c) {
      int64_t& at = best[static_cast<size_t>(window * w.channels + c)];
      const int64_t now = place * w.channels + c;
      const auto nan = [](const T& v) { return static_cast<double>(v) != static_cast<double>(v); };
      if (at < 0 || (!nan(x[at]) && (x[now] > x[at] || nan(x[now])))) at = now;
    }
  });
  for (size_t i = 0; i < best.size(); ++i)
    if (best[i] >= 0) f(static_cast<int64_t>(i), best[i]);
}
void run_max(const void* plan, Slots s) {
  const PoolPlan& p = *static_cast<const PoolPlan*>(plan);
  with_type(p.dtype, [&]<class T>() {
    const T* values = static_cast<const T*>(s[0]);
    T* out = static_cast<T*>(s[2]);
    each_largest(p.w, static_cast<const T*>(s[1]), [&](int64_t window, int64_t at) { out[window] = values[at]; });
  });
}
void run_max_grad(const void* plan, Slots s) {
  const PoolPlan& p = *static_cast<const PoolPlan*>(plan);
  with_type(p.dtype, [&]<class T>() {
    std::vector<Sum<T>> sum(static_cast<size_t>(p.w.batch * p.w.in_places() * p.w.channels));
    const T* d = static_cast<const T*>(s[0]);
    each_largest(p.w, static_cast<const T*>(s[1]),
                 [&](int64_t window, int64_t at) { sum[static_cast<size_t>(at)] += static_cast<Sum<T>>(d[window]); });
    T* out = static_cast<T*>(s[2]);
    for (size_t i = 0; i < sum.size(); ++i) out[i] = ref::rounded<T>(sum[i]);
  });
}
std::optional<Kernel> prepare_max(const NodeView& n, Decline&) {
  const PoolAttrs& a = n.node.attrs.as<PoolAttrs>();
  return Kernel{run_max, share(PoolPlan{n.out().dtype, pool_windows(a, n.in(0).shape, n.out().shape)}), 0, {}};
}
std::optional<Kernel> prepare_max_grad(const NodeView& n, Decline&) {
  const PoolAttrs& a = n.node.attrs.as<PoolAttrs>();
  return Kernel{run_max_grad, share(PoolPlan{n.out().dtype, pool_windows(a, n.out().shape, n.in(0).shape)}), 0, {}};
}

struct PadPlan {
  size_t item;
  std::vector<int64_t> in, low, steps;  ///< Sizes, what comes before, and distances in the result.
  int64_t results;
};
void run_pad(const void* plan, Slots s) {
  const PadPlan& p = *static_cast<const PadPlan*>(plan);
  char* out = static_cast<char*>(s[1]);
  std::memset(out, 0, static_cast<size_t>(p.results) * p.item);
  int64_t count = 1;
  for (const int64_t n : p.in) count *= n;
  for (int64_t flat = 0; flat < count; ++flat) {
    int64_t at = 0, rest = flat;
    for (size_t i = p.in.size(); i-- > 0; rest /= p.in[i]) at += (rest % p.in[i] + p.low[i]) * p.steps[i];
    std::memcpy(out + at * static_cast<int64_t>(p.item),
                static_cast<const char*>(s[0]) + flat * static_cast<int64_t>(p.item), p.item);
  }
}
std::optional<Kernel> prepare_pad(const NodeView& n, Decline&) {
  const Shape& out = n.out().shape;
  PadPlan p{size_of(n.out().dtype), n.in(0).shape.dims(), n.node.attrs.as<PadAttrs>().low, out.dims(), out.size()};
  for (int i = 0; i < out.rank(); ++i) p.steps[static_cast<size_t>(i)] = out.slice(i + 1).size();
  return Kernel{run_pad, share(std::move(p)), 0, {}};
}

}  // namespace

void add_ref_windows(KernelTable& t) {
  t.add("conv", "ref", prepare_conv);
  t.add("conv_grad_input", "ref", prepare_conv_grad_input);
  t.add("conv_grad_kernel", "ref", prepare_conv_grad_kernel);
  t.add("max_pool", "ref", prepare_max);
  t.add("max_pool_grad", "ref", prepare_max_grad);
  t.add("pad", "ref", prepare_pad);
}

}  // namespace cornu
