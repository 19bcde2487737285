// Layers that prepare data: their numbers are given, or learned from data by adapt, never by training.
#pragma once
#include <cornu/layer.h>
#include <cornu/layers/one_or_more.h>

namespace cornu {

/// As numbers in nested lists; undefined is null.
template <>
struct CORNU_API Codec<Tensor> {
  static Value to_value(const Tensor& t);
  static Tensor from_value(const Value& v);
};

struct RescalingConfig {
  OneOrMore<double> scale = 1, offset = 0;  ///< One number, or one for each place of the last axis.
  CORNU_LAYER_FIELDS;
};
/// x * scale + offset.
struct CORNU_API Rescaling : Layer {
  explicit Rescaling(OneOrMore<double> scale, RescalingConfig config = {}, CallSite at = here());
};

/// Axes to keep, of which there may be none. In configs also one number, or null for none.
struct KeptAxes : std::vector<int64_t> {
  using std::vector<int64_t>::vector;
};
template <>
struct Codec<KeptAxes> {
  static Value to_value(const KeptAxes& v) { return Codec<std::vector<int64_t>>::to_value(v); }
  static KeptAxes from_value(const Value& v) {
    const auto list = v.is_null() ? std::vector<int64_t>() : Codec<std::vector<int64_t>>::from_value(v);
    return KeptAxes(list.begin(), list.end());
  }
};

struct NormalizationConfig {
  KeptAxes axis = {-1};       ///< Each place along these has its own mean and variance; {} has one for all.
  Tensor mean{}, variance{};  ///< Both, or adapt finds them.
  bool invert = false;
  CORNU_LAYER_FIELDS;
};
/// (x - mean) / sqrt(variance); with invert, x * sqrt(variance) + mean.
struct CORNU_API Normalization : Layer {
  explicit Normalization(NormalizationConfig config = {}, CallSite at = here());
  /// Sets mean and variance to those of the data, whose first axis is the batch. Forgets earlier data.
  void adapt(const Tensor& data);
  /// The same for data in several batches.
  void adapt(const std::vector<Tensor>& batches);
};

}  // namespace cornu
