// Windows that slide over an array: their number and place, and arguments that describe them.
#include "ops/windows.h"

#include <atomic>

#include "base/integers.h"
#include "ops/rules.h"

namespace cornu {
namespace {

std::atomic<bool> first_by_default{false};

bool is_first(const char* who, const std::string& given) {
  const std::string format = lower_case(given);
  if (format != "channels_last" && format != "channels_first")
    throw ConfigError(who, text("data_format must be 'channels_last' or 'channels_first', got '{}'", given));
  return format == "channels_first";
}

WindowAxis& axis_of(Windows& w, int rank, int i) { return w.axis[static_cast<size_t>(kMaxSpatial - rank + i)]; }

/// What SAME adds before the first element: half of what is missing, the smaller one.
int64_t same_low(const WindowAxis& a) { return std::max<int64_t>(0, (a.out - 1) * a.stride + a.reach() - a.in) / 2; }

}  // namespace

std::string lower_case(std::string s) {
  for (char& c : s) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return s;
}

void set_image_data_format(const Text& format) { first_by_default = is_first("set_image_data_format", format); }
std::string image_data_format() { return first_by_default ? "channels_first" : "channels_last"; }

bool channels_first(const char* who, const std::optional<Text>& format) {
  return format ? is_first(who, *format) : first_by_default.load();
}

Padding padding_of(const char* who, const std::string& given, bool allow_causal) {
  const std::string padding = lower_case(given);
  if (padding == "valid") return {};
  if (padding == "same") return {.same = true};
  if (padding == "causal" && allow_causal) return {.causal = true};
  throw ConfigError(who, text("padding must be 'valid'{} 'same'{}, got '{}'", allow_causal ? "," : " or",
                              allow_causal ? " or 'causal'" : "", given));
}

ConvWindows conv_windows(const ConvAttrs& a, const Shape& x, const Shape& kernel, const Shape& y) {
  ConvWindows w;
  const int rank = x.rank() - 2;
  w.batch = x[0];
  w.channels = x[-1];
  w.filters = y[-1];
  w.groups = a.groups;
  for (int i = 0; i < rank; ++i) {
    const auto at = static_cast<size_t>(i);
    WindowAxis& axis = axis_of(w, rank, i);
    axis = {x[i + 1], y[i + 1], kernel[i], a.strides[at], a.dilation[at], 0};
    axis.low = a.same ? same_low(axis) : a.low[at];
  }
  return w;
}

Windows pool_windows(const PoolAttrs& a, const Shape& x, const Shape& y) {
  Windows w;
  const int rank = x.rank() - 2;
  w.batch = x[0];
  w.channels = x[-1];
  for (int i = 0; i < rank; ++i) {
    const auto at = static_cast<size_t>(i);
    WindowAxis& axis = axis_of(w, rank, i);
    axis = {x[i + 1], y[i + 1], a.size[at], a.strides[at], 1, 0};
    if (a.same) axis.low = same_low(axis);
  }
  return w;
}

int64_t window_count(const InferCall& c, int64_t in, int64_t reach, int64_t stride, bool same, int64_t padding) {
  if (in < 0) return -1;
  if (same) return ceil_div(in, stride);
  const int64_t room = in + padding - reach;
  c.require(
      room >= 0,
      "a window that reaches over {} places must fit into the input, got a size of {}{}: the output would be empty "
      "(Computed output size would be zero or negative)",
      reach, in, padding ? text(" with {} added", padding) : std::string());
  return room / stride + 1;
}

std::vector<int64_t> spread_sizes(const char* who, const char* what, const ops::Sizes& given, int rank, int64_t least) {
  if (given.size() != 1 && given.size() != static_cast<size_t>(rank))
    throw ConfigError(who, text("{} must be one number or {}, got {}", what, rank, given));
  for (const int64_t n : given)
    if (n < least) throw ConfigError(who, text("{} must be at least {}, got {}", what, least, given));
  return given.size() == 1 ? std::vector<int64_t>(static_cast<size_t>(rank), given[0]) : given;
}

int spatial_rank(const char* who, const Tensor& x) {
  if (x.rank() < 3 || x.rank() > 2 + kMaxSpatial)
    throw ShapeError(who, text("needs an input of 3 to {} axes, got {}", 2 + kMaxSpatial, x.shape()));
  return x.rank() - 2;
}

Tensor channels_to_end(const Tensor& x) { return move_axis(x, 1, x.rank() - 1); }
Tensor channels_to_front(const Tensor& x) { return move_axis(x, x.rank() - 1, 1); }

}  // namespace cornu
