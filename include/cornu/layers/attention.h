// Attention: what some steps of a sequence learn from those of another.
#pragma once
#include <cornu/call_inputs.h>
#include <cornu/layers/one_or_more.h>

namespace cornu {

struct AttentionConfig {
  bool use_scale = false;          ///< A trained factor of the scores.
  std::string score_mode = "dot";  ///< "dot" or "concat".
  double dropout = 0;              ///< Of the weights that scores become, while it trains.
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
struct AttentionInputs {
  Tree<Tensor> inputs{};  ///< A list: query (batch, steps, size), value (batch, places, size), and a key like it.
  bool return_attention_scores = false;
  bool use_causal_mask = false;  ///< No step sees a later place.
};
template <>
struct Describe<AttentionInputs> {
  using T = AttentionInputs;
  static constexpr auto fields =
      std::tuple{required("inputs", &T::inputs), field("return_attention_scores", &T::return_attention_scores),
                 field("use_causal_mask", &T::use_causal_mask)};
};
/// softmax(query key^T) value, or, with "concat", of sums of tanh(query + key). With return_attention_scores a pair:
/// that and the weights. Masks: of the query and of the value, in a list.
struct CORNU_API Attention : LayerOf<AttentionInputs> {
  explicit Attention(AttentionConfig config = {}, CallSite at = here());
};

struct AdditiveAttentionConfig {
  bool use_scale = true;  ///< A trained factor for each element of the sums.
  double dropout = 0;
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
/// softmax(sum of scale * tanh(query + key)) value; called as Attention is.
struct CORNU_API AdditiveAttention : LayerOf<AttentionInputs> {
  explicit AdditiveAttention(AdditiveAttentionConfig config = {}, CallSite at = here());
};

struct MultiHeadAttentionInputs {
  Tensor query{}, value{}, key{};                 ///< (batch, ..., size); without a key the value is it.
  Tensor query_mask{}, value_mask{}, key_mask{};  ///< (batch, steps); else those that the tensors carry.
  Tensor attention_mask{};                        ///< (batch, steps, places): who may see whom.
  bool return_attention_scores = false;
  bool use_causal_mask = false;  ///< No step sees a later place.
};
template <>
struct Describe<MultiHeadAttentionInputs> {
  using T = MultiHeadAttentionInputs;
  static constexpr auto fields = std::tuple{required("query", &T::query),
                                            required("value", &T::value),
                                            field("key", &T::key),
                                            field("query_mask", &T::query_mask),
                                            field("value_mask", &T::value_mask),
                                            field("key_mask", &T::key_mask),
                                            field("attention_mask", &T::attention_mask),
                                            field("return_attention_scores", &T::return_attention_scores),
                                            field("use_causal_mask", &T::use_causal_mask)};
};
struct MultiHeadAttentionConfig {
  int64_t num_heads = 0, key_dim = 0;
  std::optional<int64_t> value_dim{};  ///< That of the keys, if nothing is said.
  double dropout = 0;                  ///< Of the weights that scores become, while it trains.
  bool use_bias = true;
  std::optional<OneOrMore<int64_t>> output_shape{};    ///< That of the query, if nothing is said.
  std::optional<OneOrMore<int64_t>> attention_axes{};  ///< All between the first and the last, if nothing is said.
  std::optional<int64_t> sliding_window{};             ///< How far a step sees, to both sides.
  std::optional<bool> flash_attention{};               ///< Must not be true: there is one way here.
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  bool use_gate = false;  ///< What each head gives is multiplied by a sigmoid of the query.
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
/// Attention of several heads, each with projections of its own: softmax(query key^T / sqrt(key_dim)) value,
/// projected to the size of the query. With return_attention_scores a pair: that and the weights (batch, heads,
/// steps, places).
struct CORNU_API MultiHeadAttention : LayerOf<MultiHeadAttentionInputs> {
  MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionConfig config = {}, CallSite at = here());
};

struct GroupQueryAttentionConfig {
  int64_t head_dim = 0, num_query_heads = 0, num_key_value_heads = 0;
  double dropout = 0;
  bool use_bias = true;
  std::optional<int64_t> sliding_window{};
  std::optional<bool> flash_attention{};  ///< As in MultiHeadAttentionConfig.
  Initializer kernel_initializer = "glorot_uniform", bias_initializer = "zeros";
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  bool use_gate = false;
  std::optional<int64_t> seed{};
  CORNU_LAYER_FIELDS;
};
/// Attention of several heads of which some share keys and values.
struct CORNU_API GroupQueryAttention : LayerOf<MultiHeadAttentionInputs> {
  GroupQueryAttention(int64_t head_dim, int64_t num_query_heads, int64_t num_key_value_heads,
                      GroupQueryAttentionConfig config = {}, CallSite at = here());
};

}  // namespace cornu
