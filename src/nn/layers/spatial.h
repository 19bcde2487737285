// What layers of series, images and volumes share.
#pragma once
#include <cornu/layers/convolutional.h>

#include "nn/layers/families.h"
#include "ops/windows.h"

namespace cornu {

/// Base of a layer with a `data_format`, of so many sizes beside batch and channels.
template <class Self, class Config>
struct SpatialLayer : WithLayerConfig<Self, Config> {
  explicit SpatialLayer(Config c) : WithLayerConfig<Self, Config>(std::move(c)) {
    if constexpr (requires { this->config.data_format; }) {
      first = channels_first(who().c_str(), this->config.data_format);
      this->config.data_format = first ? "channels_first" : "channels_last";
    }
  }

 protected:
  bool first = false;
  std::string who() const { return text("{} '{}'", Self::kName, this->name); }
  int channel_axis(int rank) const { return first ? 1 : rank - 1; }
  /// Of the first size.
  int first_size() const { return first ? 2 : 1; }

  void require_rank(const Shape& x, int sizes) const {
    this->require(x.rank() == sizes + 2,
                  "expected an input of {} axes (expected ndim={}), a batch with {} sizes and channels, got {}",
                  sizes + 2, sizes + 2, sizes, x);
  }
  /// As Python writes one.
  static std::string as_tuple(const std::vector<int64_t>& values) {
    std::string out;
    for (const int64_t v : values) out += (out.empty() ? "" : ", ") + std::to_string(v);
    return "(" + out + (values.size() == 1 ? ",)" : ")");
  }
  /// One number for each size, as Keras' files have them.
  void fix(SizeOrSizes& sizes, const char* what, int rank, int64_t least = 1) const {
    const auto n = static_cast<size_t>(rank);
    const auto rule = [&] {
      return text("The `{}` argument must be a tuple of {} integers. Received {}=", what, rank, what);
    };
    this->require(sizes.single || sizes.values.size() == n, "{}{}; a number stands for all of them", rule(),
                  as_tuple(sizes.values));
    if (sizes.single) sizes = SizeOrSizes(std::vector<int64_t>(n, sizes.values[0]));
    for (const int64_t v : sizes.values)
      this->require(v >= least, "{}{}, including values {{{}}} that do not satisfy `value {} 0`", rule(),
                    as_tuple(sizes.values), v, least > 0 ? ">" : ">=");
  }
  void fix_padding(Text& padding, bool causal = false) const {
    const std::string p = lower_case(padding);
    this->require(p == "valid" || p == "same" || (causal && p == "causal"),
                  "padding must be 'valid'{} 'same'{} (Invalid value for argument `padding`), got '{}'",
                  causal ? "," : " or", causal ? " or 'causal'" : "", std::string(padding));
    padding = p;
  }
};

}  // namespace cornu
