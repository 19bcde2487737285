// Cases of convolutions, pooling and padding for check_op: small ones with odd sizes, and some large enough for
// threads.
#include <cornu/convolution.h>

#include <cmath>

#include "ops/check_op.h"
#include "ops/emit.h"
#include "ops/windows.h"

namespace cornu {
namespace {

using In = const std::vector<Tensor>&;

/// Values that differ from each other, so that each window has one largest.
Tensor values(const Shape& shape, double shift = 0) {
  std::vector<float> v(static_cast<size_t>(shape.size()));
  for (size_t i = 0; i < v.size(); ++i)
    v[i] = static_cast<float>(std::sin(2.7 * static_cast<double>(i) + shift) +
                              0.3 * std::sin(0.01 * static_cast<double>(i * i)));
  return Tensor(shape, v);
}

struct ConvCase {
  const char* what;
  Shape x, kernel;
  ops::ConvOptions options;
};

void add_conv(std::vector<OpCase>& out) {
  const std::vector<ConvCase> cases = {
      {"1d", {2, 9, 3}, {3, 3, 4}, {}},
      {"1d causal", {2, 7, 3}, {3, 3, 2}, {.padding = "causal", .dilation_rate = {2}}},
      {"2d", {2, 6, 7, 3}, {3, 2, 3, 5}, {}},
      {"2d one channel", {3, 7, 7, 1}, {3, 3, 1, 8}, {.padding = "same"}},
      {"2d one place", {2, 5, 4, 3}, {1, 1, 3, 4}, {}},
      {"2d one row of a batch", {1, 5, 5, 2}, {3, 3, 2, 2}, {.padding = "same"}},
      {"2d strides", {2, 7, 6, 3}, {3, 3, 3, 4}, {.strides = {2, 3}}},
      {"2d same strides", {2, 7, 6, 3}, {3, 4, 3, 4}, {.strides = {2}, .padding = "same"}},
      {"2d strides over a small window", {2, 7, 8, 3}, {1, 2, 3, 4}, {.strides = {3}}},
      {"2d dilation", {2, 8, 9, 2}, {3, 2, 2, 3}, {.padding = "same", .dilation_rate = {2, 3}}},
      {"2d strides and dilation", {2, 9, 9, 2}, {3, 3, 2, 3}, {.strides = {2}, .dilation_rate = {2}}},
      {"2d groups", {2, 5, 6, 6}, {3, 3, 2, 9}, {.padding = "same"}},
      {"2d groups strides", {3, 5, 6, 4}, {2, 2, 2, 6}, {.strides = {2}}},
      {"2d channels first", {2, 3, 6, 5}, {3, 3, 3, 4}, {.padding = "same", .data_format = "channels_first"}},
      {"3d", {3, 4, 5, 6, 2}, {2, 3, 2, 2, 3}, {.padding = "same"}},
      {"3d strides", {3, 5, 5, 6, 2}, {2, 3, 2, 2, 3}, {.strides = {1, 2, 2}}},
      {"2d wide", {9, 20, 20, 16}, {3, 3, 16, 48}, {.padding = "same"}},
      {"2d wide strides", {9, 21, 20, 20}, {3, 3, 20, 40}, {.strides = {2}, .padding = "same"}},
  };
  for (const ConvCase& c : cases)
    out.push_back({"conv",
                   c.what,
                   [c](In x) { return ops::conv(x[0], x[1], c.options); },
                   {values(c.x), values(c.kernel, 1)},
                   8e-6});
  const std::vector<ConvCase> depthwise = {
      {"depthwise 1d", {2, 8, 5}, {3, 5, 1}, {}},
      {"depthwise", {2, 6, 7, 20}, {3, 3, 20, 1}, {.padding = "same"}},
      {"depthwise strides", {2, 7, 7, 3}, {3, 3, 3, 1}, {.strides = {2}, .padding = "same"}},
      {"depthwise dilation", {2, 7, 7, 3}, {3, 2, 3, 1}, {.dilation_rate = {2}}},
      {"depthwise multiplier", {2, 6, 5, 3}, {3, 3, 3, 4}, {.strides = {2}}},
      {"depthwise wide", {9, 20, 20, 40}, {3, 3, 40, 1}, {.padding = "same"}},
      {"depthwise channels first", {2, 3, 6, 5}, {3, 3, 3, 2}, {.data_format = "channels_first"}},
  };
  for (const ConvCase& c : depthwise)
    out.push_back({"conv",
                   c.what,
                   [c](In x) { return ops::depthwise_conv(x[0], x[1], c.options); },
                   {values(c.x), values(c.kernel, 1)},
                   8e-6});
}

void add_transposed(std::vector<OpCase>& out) {
  struct Case {
    const char* what;
    Shape x, kernel;
    ops::ConvTransposeOptions options;
  };
  const std::vector<Case> cases = {
      {"1d", {2, 5, 3}, {3, 4, 3}, {}},
      {"2d", {2, 4, 5, 3}, {3, 2, 4, 3}, {}},
      {"2d strides", {2, 4, 5, 3}, {3, 2, 4, 3}, {.strides = {2, 3}}},
      {"2d same", {2, 4, 5, 3}, {3, 3, 4, 3}, {.strides = {2}, .padding = "same"}},
      {"2d output padding",
       {2, 4, 5, 3},
       {3, 4, 4, 3},
       {.strides = {2}, .padding = "same", .output_padding = {{1, 0}}}},
      {"2d dilation", {2, 4, 5, 3}, {3, 3, 4, 3}, {.dilation_rate = {2, 1}}},
      {"2d channels first", {2, 3, 4, 5}, {3, 3, 4, 3}, {.strides = {2}, .data_format = "channels_first"}},
      {"3d", {3, 3, 4, 3, 2}, {2, 3, 2, 3, 2}, {.strides = {1, 2, 2}}},
      {"2d wide", {8, 12, 12, 32}, {3, 3, 20, 32}, {.strides = {2}, .padding = "same"}},
  };
  for (const Case& c : cases)
    out.push_back({"conv_grad_input",
                   c.what,
                   [c](In x) { return ops::conv_transpose(x[0], x[1], c.options); },
                   {values(c.x), values(c.kernel, 1)},
                   8e-6});
}

/// The gradients as results, so that they are compared and differentiated themselves.
void add_gradients(std::vector<OpCase>& out) {
  const auto add = [&](const char* op, const char* what, size_t of, const Shape& x, const Shape& kernel,
                       const ops::ConvOptions& o) {
    out.push_back({op,
                   what,
                   [o, of](In in) {
                     const auto f = [o](In t) -> Tensors { return {ops::sum(ops::square(ops::conv(t[0], t[1], o)))}; };
                     return ops::jit(ops::grad(f))(in)[of];
                   },
                   {values(x), values(kernel, 1)},
                   2e-5,
                   false});
  };
  const ops::ConvOptions same{.strides = {2}, .padding = "same"}, plain{};
  for (size_t of : {size_t{0}, size_t{1}}) {
    const char* op = of ? "conv_grad_kernel" : "conv_grad_input";
    add(op, "of strides", of, {2, 7, 6, 3}, {3, 3, 3, 4}, same);
    add(op, "of groups", of, {2, 5, 6, 6}, {3, 3, 2, 9}, plain);
    add(op, "of depthwise", of, {2, 6, 7, 5}, {3, 3, 1, 10}, same);
    add(op, "wide", of, {9, 20, 20, 16}, {3, 3, 16, 48}, plain);
    add(op, "of one place", of, {9, 20, 20, 64}, {1, 1, 64, 48}, plain);
    add(op, "of one filter", of, {3, 8, 9, 2}, {3, 3, 2, 1}, plain);
    add(op, "depthwise wide", of, {9, 20, 20, 40}, {3, 3, 1, 40}, plain);
  }
  const Attrs a = Attrs::of(ConvAttrs{{2}, {1}, {1}, {0}, false, 1});
  out.push_back({"conv_grad_kernel",
                 "itself",
                 [a](In x) {
                   return emit(op_row("conv_grad_kernel"), {x[0], x[1], x[2]}, a);
                 },
                 {values({2, 8, 3}), values({2, 4, 5}, 1), values({3, 3, 5}, 2)},
                 8e-6});
  out.push_back({"conv_grad_input",
                 "itself",
                 [a](In x) {
                   return emit(op_row("conv_grad_input"), {x[0], x[1], x[2]}, a);
                 },
                 {values({2, 4, 5}), values({3, 3, 5}, 1), values({2, 8, 3}, 2)},
                 8e-6});
}

void add_pools(std::vector<OpCase>& out) {
  struct Case {
    const char* what;
    Shape x;
    ops::Sizes size;
    ops::PoolOptions options;
  };
  const std::vector<Case> cases = {
      {"1d", {2, 9, 3}, {2}, {}},
      {"2d", {2, 6, 7, 3}, {2, 3}, {}},
      {"2d same", {2, 7, 5, 18}, {2}, {.padding = "same"}},
      {"2d overlapping", {2, 7, 8, 5}, {3}, {.strides = {2}, .padding = "same"}},
      {"2d strides over a small window", {2, 7, 8, 5}, {2}, {.strides = {3}}},
      {"2d one image", {1, 9, 9, 40}, {3}, {.strides = {1}}},
      {"2d channels first", {2, 3, 6, 6}, {2}, {.data_format = "channels_first"}},
      {"3d", {2, 4, 5, 6, 3}, {2, 2, 3}, {.padding = "same"}},
      {"2d wide", {16, 24, 24, 32}, {2}, {}},
  };
  for (const Case& c : cases) {
    out.push_back({"max_pool", c.what, [c](In x) { return ops::max_pool(x[0], c.size, c.options); }, {values(c.x)}});
    out.push_back({"max_pool_grad",
                   c.what,
                   [c](In in) {
                     const auto f = [c](In t) -> Tensors {
                       return {ops::sum(ops::square(ops::max_pool(t[0], c.size, c.options)))};
                     };
                     return ops::jit(ops::grad(f))(in)[0];
                   },
                   {values(c.x)},
                   4e-6,
                   false});
    out.push_back({"conv",
                   std::string("average ") + c.what,
                   [c](In x) { return ops::average_pool(x[0], c.size, c.options); },
                   {values(c.x)}});
  }
  const Attrs a = Attrs::of(PoolAttrs{{3}, {2}, true});
  out.push_back({"max_pool_grad",
                 "itself",
                 [a](In x) {
                   return emit(op_row("max_pool_grad"), {x[0], ops::stop_gradient(x[1])}, a);
                 },
                 {values({2, 4, 5}), values({2, 8, 5}, 1)},
                 4e-6,
                 false});
  out.push_back({"max_pool",
                 "of other values",
                 [a](In x) {
                   return emit(op_row("max_pool"), {x[0], ops::stop_gradient(x[1])}, a);
                 },
                 {values({2, 8, 5}), values({2, 8, 5}, 1)},
                 4e-6,
                 false});
  for (const Shape& s : {Shape{2, 7, 3}, Shape{2, 7, 5, 3}, Shape{2, 5, 6, 7, 2}}) {
    out.push_back(
        {"max_pool", "adaptive " + s.str(), [](In x) { return ops::adaptive_max_pool(x[0], {3}); }, {values(s)}});
    out.push_back(
        {"matmul", "adaptive " + s.str(), [](In x) { return ops::adaptive_average_pool(x[0], {4}); }, {values(s)}});
  }
  out.push_back({"pad", "", [](In x) { return pad_zeros(x[0], {0, 2, 0}, {0, 1, 3}); }, {values({2, 3, 4})}});
  out.push_back({"pad", "nothing", [](In x) { return pad_zeros(x[0], {0, 0}, {0, 0}); }, {values({2, 3})}});
}

}  // namespace

std::vector<OpCase> window_cases() {
  std::vector<OpCase> out;
  add_conv(out);
  add_transposed(out);
  add_gradients(out);
  add_pools(out);
  return out;
}

}  // namespace cornu
