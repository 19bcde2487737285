// Convolutions as matrix products whose large operand is never stored: its panels are read out of the images. Prepared
// once for a shape and run many times. Bits depend on the shape alone.
#pragma once
#include <cstddef>
#include <vector>

#include "base/integers.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/patches.h"

namespace cornu {

/// Of an area for so many floats in a workspace: vectors may reach past its end, the next one begins with a line.
inline size_t area_bytes(int64_t floats) { return static_cast<size_t>(round_up(floats * 4 + 64, 64)); }

/// y = windows of x times the kernel.
struct ConvForward {
  ConvWindows w;
  Patches patches;
  GemmPlan gemm;  ///< Of each group.
  size_t workspace = 0;
};
/// x = y scattered by the kernel, without scattering: the places of x that lie alike among the windows see the same
/// taps, so that their part is a convolution of y.
struct ConvInput {
  struct Part {
    Patches patches;
    GemmPlan gemm;
    std::array<int64_t, kMaxSpatial> residue{};  ///< Its places are residue, residue + stride, ...
    std::vector<int64_t> taps;                   ///< Of the kernel, in the order of the patches.
  };
  ConvWindows w;
  std::vector<Part> parts;  ///< Those with taps.
  bool direct = false;      ///< A single part, which is all of x.
  size_t kernel_at = 0, part_at = 0, gemm_at = 0, workspace = 0;
};
/// kernel = windows of x times y, summed in parts that the shape alone decides on.
struct ConvKernel {
  struct Part {
    Patches patches;
    GemmPlan gemm;
    int64_t first = 0;  ///< Window.
  };
  ConvWindows w;
  std::vector<Part> parts;
  size_t sum = 0, area = 0, workspace = 0;  ///< Bytes of a part's sums, and of what its product needs.
};

/// Contexts are addresses within the plan, so that it stays where it is.
void prepare_conv_forward(const ConvWindows& w, ConvForward* plan);
void prepare_conv_input(const ConvWindows& w, ConvInput* plan);
void prepare_conv_kernel(const ConvWindows& w, ConvKernel* plan);

void run_conv_forward(const ConvForward& p, const float* x, const float* kernel, float* y, void* workspace);
void run_conv_input(const ConvInput& p, const float* y, const float* kernel, float* x, void* workspace);
void run_conv_kernel(const ConvKernel& p, const float* x, const float* y, float* kernel, void* workspace);

/// The same where each channel is a group of its own: there is nothing to multiply matrices of. Several filters for a
/// channel are as many channels alike.
struct Depthwise {
  ConvWindows w;  ///< With a filter for each channel.
  int64_t multiplier = 1;
  int64_t tasks = 1, workers = 1, blocks = 1, block = 0;  ///< Channels are divided into blocks.
  size_t area = 0, workspace = 0;
  const IsaTable* isa = nullptr;
};
Depthwise prepare_depthwise_forward(const ConvWindows& w);
Depthwise prepare_depthwise_input(const ConvWindows& w);
Depthwise prepare_depthwise_kernel(const ConvWindows& w);
void run_depthwise_forward(const Depthwise& p, const float* x, const float* kernel, float* y, void* workspace);
void run_depthwise_input(const Depthwise& p, const float* y, const float* kernel, float* x, void* workspace);
void run_depthwise_kernel(const Depthwise& p, const float* x, const float* y, float* kernel, void* workspace);

}  // namespace cornu
