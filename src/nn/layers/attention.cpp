// Attention, AdditiveAttention.
#include "nn/layers/attention.h"

#include <cornu/layers/attention.h>

#include "nn/layers/dropout.h"
#include "nn/layers/families.h"
#include "ops/rules.h"

namespace cornu {

template <>
struct Describe<AttentionConfig> {
  using T = AttentionConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(), std::tuple{field("use_scale", &T::use_scale), field("score_mode", &T::score_mode),
                                    field("dropout", &T::dropout), field("seed", &T::seed)});
};
template <>
struct Describe<AdditiveAttentionConfig> {
  using T = AdditiveAttentionConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{field("use_scale", &T::use_scale), field("dropout", &T::dropout), field("seed", &T::seed)});
};

/// 0, 1, 2, ... along an axis of x, 1 in size along all others.
static Tensor counted(const Tensor& x, int axis) {
  Shape one(std::vector<int64_t>(static_cast<size_t>(x.rank()), 1));
  const int at = axis + x.rank();
  if (const int64_t n = x.shape().dim(at); n >= 0) {
    one.dim(at) = n;
    return ops::cast(ops::reshape(whole_numbers(0, n), one), DType::f32);
  }
  Tensor part = x;
  for (int i = 0; i < x.rank(); ++i)
    if (i != at) part = ops::slice(part, i, 0, 1);
  return ops::cumsum(ops::cast(ops::ones_like(part), DType::f32), axis);
}
Tensor places_seen(const Tensor& scores, bool causal, std::optional<int64_t> window) {
  if (!causal && !window) return {};
  // Where the sizes are not known, both are counted from 1.
  const bool known = scores.shape().dim(-1) >= 0, rows_known = scores.shape().dim(-2) >= 0;
  Tensor step = counted(scores, -2), place = counted(scores, -1);
  if (known != rows_known) (known ? place : step) = (known ? place : step) + 1;
  Tensor out;
  if (causal) out = ops::greater_equal(step, place);
  if (window)
    out = both_masks(out, ops::less(ops::abs(step - place), ops::like_scalar(static_cast<double>(*window), step)));
  return out;
}
Tensor both_masks(const Tensor& a, const Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? ops::logical_and(a, b) : a;
}
Tensor hide_unseen(const Tensor& scores, const Tensor& seen) {
  return ops::where(seen, scores, ops::like_scalar(is_half(scores.dtype()) ? -3e4 : -1e9, scores));
}

namespace {

template <class Self, class ConfigType>
struct AttentionBase : WithCallInputs<Self, ConfigType, AttentionInputs> {
  explicit AttentionBase(ConfigType c) : WithCallInputs<Self, ConfigType, AttentionInputs>(std::move(c)) {
    this->require(this->config.dropout >= 0 && this->config.dropout < 1, "dropout must be in [0, 1), got {}",
                  this->config.dropout);
  }
  bool supports_masking() const override { return true; }
  Tree<Tensor> compute_masks(const Tree<Tensor>&, const Tree<Tensor>&) const override { return {}; }

  template <class T>
  void check(const Tree<T>& inputs) const {
    this->require(inputs.is_list() && inputs.leaf_count() == inputs.size(),
                  "layer must be called on a list of inputs, [query, value] or [query, value, key], got {}",
                  to_string(inputs.kind(), inputs.size()));
    this->require(inputs.size() == 2 || inputs.size() == 3,
                  "layer accepts inputs list of length 2 or 3, [query, value] or [query, value, key], got length {}",
                  inputs.size());
  }
  Tree<Tensor> call_with(const AttentionInputs& in, const CallContext& context) {
    check(in.inputs);
    const Tree<Tensor>& masks = context.masks;
    this->require(masks.is_none() || masks.is_list(), "layer mask must be a list, [query_mask, value_mask], got {}",
                  to_string(masks.kind(), masks.size()));
    this->require(masks.is_none() || masks.size() == 2 || masks.size() == 3,
                  "layer accepts mask list of length 2 or 3, got {}", masks.size());
    const auto mask = [&](size_t i) {
      return masks.is_list() && masks[i].is_leaf() && masks[i].leaf().defined()
                 ? ops::cast(masks[i].leaf(), DType::boolean)
                 : Tensor();
    };
    const Tensor q = in.inputs[0].leaf(), v = in.inputs[1].leaf(), k = in.inputs.size() > 2 ? in.inputs[2].leaf() : v;
    for (const auto& [t, what] : {std::pair{q, "query"}, std::pair{v, "value"}, std::pair{k, "key"}})
      this->require(t.rank() == 3, "its {} must have 3 axes, (batch, steps, size), got {}", what, t.shape());
    this->require(compatible(q.shape().dim(-1), k.shape().dim(-1)),
                  "query and key must be of one size, got shapes {} and {}", q.shape(), k.shape());
    this->require(compatible(k.shape().dim(1), v.shape().dim(1)),
                  "key and value must have as many places, got shapes {} and {}", k.shape(), v.shape());
    Tensor scores = static_cast<Self&>(*this).scores(q, k);
    Tensor seen = mask(1);
    if (seen.defined()) seen = ops::expand_dims(seen, -2);
    if (seen = both_masks(seen, places_seen(scores, in.use_causal_mask, {})); seen.defined())
      scores = ops::where(seen, scores, scores - (scores.dtype() == DType::f16 ? 65504.0 : 1e9));
    Tensor weights = ops::softmax(scores);
    if (const double rate = this->config.dropout; context.training && rate > 0)
      weights = dropped(weights, ops::random_uniform(this->draw_seed(this->config.seed), weights) >= rate, rate);
    Tensor y = ops::matmul(weights, v);
    if (const Tensor counts = mask(0); counts.defined())
      y = ops::where(ops::expand_dims(counts, -1), y, ops::like_scalar(0, y)).with_mask(counts);
    if (!in.return_attention_scores) return y;
    return Tree<Tensor>::tuple({y, weights});
  }
};

struct AttentionLayer final : AttentionBase<AttentionLayer, AttentionConfig> {
  static constexpr const char* kName = "Attention";
  explicit AttentionLayer(AttentionConfig c) : AttentionBase(std::move(c)) {
    require(config.score_mode == "dot" || config.score_mode == "concat",
            "Invalid value for argument score_mode. Expected 'dot' or 'concat', got '{}'", config.score_mode);
  }
  Variable scale, concat_score_weight;
  void build_inputs(const Tree<Shape>& inputs) override {
    check(inputs);
    if (config.use_scale) scale = add_weight("scale", {}, "ones");
    if (config.score_mode == "concat") concat_score_weight = add_weight("concat_score_weight", {}, "ones");
  }
  Tensor scores(const Tensor& q, const Tensor& k) const {
    if (config.score_mode == "dot") {
      const Tensor s = ops::matmul(q, k, {.transpose_b = true});
      return config.use_scale ? s * scale.value() : s;
    }
    const Tensor sum = ops::expand_dims(q, -2) + ops::expand_dims(k, -3);
    return concat_score_weight.value() * ops::sum(ops::tanh(config.use_scale ? scale.value() * sum : sum), {-1});
  }
};

struct AdditiveAttentionLayer final : AttentionBase<AdditiveAttentionLayer, AdditiveAttentionConfig> {
  static constexpr const char* kName = "AdditiveAttention";
  using AttentionBase::AttentionBase;
  Variable scale;
  void build_inputs(const Tree<Shape>& inputs) override {
    check(inputs);
    const int64_t size = inputs[0].leaf().dim(-1);
    require(size >= 0, "the last axis of the query must be known, got {}", inputs[0].leaf());
    if (config.use_scale) scale = add_weight("scale", {size}, "glorot_uniform");
  }
  Tensor scores(const Tensor& q, const Tensor& k) const {
    const Tensor t = ops::tanh(ops::expand_dims(q, -2) + ops::expand_dims(k, -3));
    return ops::sum(config.use_scale ? scale.value() * t : t, {-1});
  }
};

}  // namespace

Attention::Attention(AttentionConfig c, CallSite at) : LayerOf(make_layer<AttentionLayer>(std::move(c), at)) {}
AdditiveAttention::AdditiveAttention(AdditiveAttentionConfig c, CallSite at)
    : LayerOf(make_layer<AdditiveAttentionLayer>(std::move(c), at)) {}

void add_attention_layers(Registry<LayerImpl>& r) {
  r.add<AttentionLayer>();
  r.add<AdditiveAttentionLayer>();
}

}  // namespace cornu
