// Convolution nodes.
#include "kernels/cpu/conv.h"
#include "kernels/cpu/cpu.h"

namespace cornu {
namespace {

/// The plan stays where it is made, since parts of it point at others.
template <class Plan, class Prepare, class Run>
Kernel kernel_of(Prepare prepare, Run) {
  auto plan = std::make_shared<Plan>();
  prepare(plan.get());
  const size_t workspace = plan->workspace;
  return Kernel{[](const void* p, Slots s) { Run()(*static_cast<const Plan*>(p), s); }, std::move(plan), workspace, {}};
}

const float* in(Slots s, int i) { return static_cast<const float*>(s[i]); }
float* out(Slots s, int i) { return static_cast<float*>(s[i]); }

bool is_depthwise(const ConvWindows& w) { return w.groups > 1 && w.groups == w.channels; }

bool fits(const NodeView& n, const ConvWindows& w, Decline& why) {
  if (n.out().dtype != DType::f32) return why("product: only float32"), false;
  if (w.batch * w.in_places() * w.out_places() * w.channels * w.filters == 0)
    return why("product: an axis has no elements"), false;
  return true;
}

std::optional<Kernel> prepare_forward(const NodeView& n, Decline& why) {
  const ConvWindows w = conv_windows(n.node.attrs.as<ConvAttrs>(), n.in(0).shape, n.in(1).shape, n.out().shape);
  if (!fits(n, w, why)) return std::nullopt;
  if (is_depthwise(w))
    return kernel_of<Depthwise>(
        [&](Depthwise* p) { *p = prepare_depthwise_forward(w); },
        [](const Depthwise& p, Slots s) { run_depthwise_forward(p, in(s, 0), in(s, 1), out(s, 2), s[3]); });
  return kernel_of<ConvForward>(
      [&](ConvForward* p) { prepare_conv_forward(w, p); },
      [](const ConvForward& p, Slots s) { run_conv_forward(p, in(s, 0), in(s, 1), out(s, 2), s[3]); });
}

/// A third operand, if there is one, lends its shape.
template <int kOut>
std::optional<Kernel> input_kernel(const ConvWindows& w) {
  if (is_depthwise(w))
    return kernel_of<Depthwise>(
        [&](Depthwise* p) { *p = prepare_depthwise_input(w); },
        [](const Depthwise& p, Slots s) { run_depthwise_input(p, in(s, 0), in(s, 1), out(s, kOut), s[kOut + 1]); });
  return kernel_of<ConvInput>(
      [&](ConvInput* p) { prepare_conv_input(w, p); },
      [](const ConvInput& p, Slots s) { run_conv_input(p, in(s, 0), in(s, 1), out(s, kOut), s[kOut + 1]); });
}
std::optional<Kernel> prepare_input(const NodeView& n, Decline& why) {
  const ConvWindows w = conv_windows(n.node.attrs.as<ConvAttrs>(), n.out().shape, n.in(1).shape, n.in(0).shape);
  if (!fits(n, w, why)) return std::nullopt;
  return n.n_in() > 2 ? input_kernel<3>(w) : input_kernel<2>(w);
}

std::optional<Kernel> prepare_kernel(const NodeView& n, Decline& why) {
  const ConvWindows w = conv_windows(n.node.attrs.as<ConvAttrs>(), n.in(0).shape, n.out().shape, n.in(1).shape);
  if (!fits(n, w, why)) return std::nullopt;
  if (is_depthwise(w))
    return kernel_of<Depthwise>(
        [&](Depthwise* p) { *p = prepare_depthwise_kernel(w); },
        [](const Depthwise& p, Slots s) { run_depthwise_kernel(p, in(s, 0), in(s, 1), out(s, 3), s[4]); });
  return kernel_of<ConvKernel>(
      [&](ConvKernel* p) { prepare_conv_kernel(w, p); },
      [](const ConvKernel& p, Slots s) { run_conv_kernel(p, in(s, 0), in(s, 1), out(s, 3), s[4]); });
}

}  // namespace

void add_cpu_conv_kernels(KernelTable& t) {
  t.add("conv", "product", prepare_forward);
  t.add("conv_grad_input", "product", prepare_input);
  t.add("conv_grad_kernel", "product", prepare_kernel);
}

}  // namespace cornu
