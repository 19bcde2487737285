// MultiHeadAttention, GroupQueryAttention.
#include <cornu/contractions.h>
#include <cornu/layers/attention.h>
#include <cornu/layers/einsum_dense.h>

#include <algorithm>
#include <cmath>

#include "nn/layers/attention.h"
#include "nn/layers/dropout.h"
#include "nn/layers/families.h"

namespace cornu {

template <>
struct Describe<MultiHeadAttentionConfig> {
  using T = MultiHeadAttentionConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("num_heads", &T::num_heads), required("key_dim", &T::key_dim),
                 field("value_dim", &T::value_dim), field("dropout", &T::dropout), field("use_bias", &T::use_bias),
                 field("output_shape", &T::output_shape), field("attention_axes", &T::attention_axes),
                 field("sliding_window", &T::sliding_window), field("flash_attention", &T::flash_attention),
                 field("kernel_initializer", &T::kernel_initializer), field("bias_initializer", &T::bias_initializer),
                 field("kernel_regularizer", &T::kernel_regularizer), field("bias_regularizer", &T::bias_regularizer),
                 field("activity_regularizer", &T::activity_regularizer),
                 field("kernel_constraint", &T::kernel_constraint), field("bias_constraint", &T::bias_constraint),
                 field("use_gate", &T::use_gate), field("seed", &T::seed)});
};
template <>
struct Describe<GroupQueryAttentionConfig> {
  using T = GroupQueryAttentionConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("head_dim", &T::head_dim), required("num_query_heads", &T::num_query_heads),
                 required("num_key_value_heads", &T::num_key_value_heads), field("dropout", &T::dropout),
                 field("use_bias", &T::use_bias), field("sliding_window", &T::sliding_window),
                 field("flash_attention", &T::flash_attention), field("kernel_initializer", &T::kernel_initializer),
                 field("bias_initializer", &T::bias_initializer), field("kernel_regularizer", &T::kernel_regularizer),
                 field("bias_regularizer", &T::bias_regularizer),
                 field("activity_regularizer", &T::activity_regularizer),
                 field("kernel_constraint", &T::kernel_constraint), field("bias_constraint", &T::bias_constraint),
                 field("use_gate", &T::use_gate), field("seed", &T::seed)});
};

namespace {

/// The letters from `from` on, that many.
std::string letters(int from, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += static_cast<char>('a' + from + i);
  return out;
}

/// What both layers share. Self says of which sizes and equations it is.
template <class Self, class ConfigType>
struct Heads : WithCallInputs<Self, ConfigType, MultiHeadAttentionInputs> {
  explicit Heads(ConfigType c) : WithCallInputs<Self, ConfigType, MultiHeadAttentionInputs>(std::move(c)) {
    const ConfigType& own = this->config;
    this->require(own.dropout >= 0 && own.dropout < 1, "dropout must be in [0, 1), got {}", own.dropout);
    this->require(!own.sliding_window || *own.sliding_window > 0,
                  "`sliding_window` must be `None` or a positive integer, got {}", own.sliding_window.value_or(0));
    this->require(!own.flash_attention.value_or(false),
                  "flash_attention=True is not supported: what attention needs is computed in one way on processors; "
                  "leave it out");
  }
  using Impl = std::shared_ptr<LayerImpl>;
  Layer query_dense{Impl()}, key_dense{Impl()}, value_dense{Impl()}, gate_dense{Impl()}, output_dense{Impl()};
  std::string scores_equation, combine_equation;
  int attended = 1;  ///< Axes of steps.
  static constexpr bool kWritesNoActivityRegularizer = true;

  bool supports_masking() const override { return true; }
  Tree<Tensor> compute_masks(const Tree<Tensor>&, const Tree<Tensor>&) const override { return {}; }

  /// As Keras writes it: nothing of flash_attention.
  Value get_config() const override {
    Value out = WithCallInputs<Self, ConfigType, MultiHeadAttentionInputs>::get_config();
    out.erase("flash_attention");
    return out;
  }

  /// A projection of that name that is made, built for `in`, and kept in files as `path`.
  Layer projection(const char* name, const char* path, const std::string& equation, std::vector<int64_t> sizes,
                   const std::string& bias_axes, const Shape& in, Activation activation = {}) {
    const ConfigType& own = this->config;
    std::vector<std::optional<int64_t>> shape;
    for (const int64_t size : sizes) shape.push_back(size < 0 ? std::nullopt : std::optional(size));
    EinsumDenseConfig c{.activation = std::move(activation),
                        .kernel_initializer = own.kernel_initializer,
                        .bias_initializer = own.bias_initializer,
                        .kernel_regularizer = own.kernel_regularizer,
                        .bias_regularizer = own.bias_regularizer,
                        .activity_regularizer = own.activity_regularizer,
                        .kernel_constraint = own.kernel_constraint,
                        .bias_constraint = own.bias_constraint};
    if (own.use_bias) c.bias_axes = Text(bias_axes);
    c.name = Text(name);
    c.dtype = own.dtype;
    const Layer layer = this->add_layer(EinsumDense(Text(equation), shape, std::move(c)), path);
    layer->build_once(in);
    return layer;
  }
  /// To that many heads of that size, of an input of any rank.
  Layer to_heads(const char* name, const char* path, int64_t heads, int64_t size, const Shape& in,
                 Activation activation = {}) {
    const int free = in.rank() - 1;
    const std::string kept = letters(0, free), inner = letters(free, 1), made = letters(free + 1, 2);
    std::vector<int64_t> sizes(static_cast<size_t>(free - 1), -1);
    sizes.insert(sizes.end(), {heads, size});
    return projection(name, path, kept + inner + "," + inner + made + "->" + kept + made, sizes, made, in,
                      std::move(activation));
  }

  void build_inputs(const Tree<Shape>& inputs) override {
    const Shape query = this->shape_of(inputs, "query"), value = this->shape_of(inputs, "value"),
                given = this->shape_of(inputs, "key"), key = given.rank() > 0 ? given : value;
    this->require(query.rank() >= 3 && value.rank() >= 3,
                  "needs a query and a value of at least 3 axes, (batch, steps, size), got {} and {}", query, value);
    bool alike = key.rank() == value.rank();
    for (int i = 1; alike && i < key.rank() - 1; ++i) alike = compatible(key.dim(i), value.dim(i));
    this->require(alike, "All dimensions of `value` and `key`, except the last one, must be equal, got {} and {}",
                  value, key);
    static_cast<Self&>(*this).make(query, key, value);
  }

  Tree<Tensor> call_with(const MultiHeadAttentionInputs& in, const CallContext& context) {
    const Tensor key_in = in.key.defined() ? in.key : in.value;
    const auto dense = [](const Layer& layer, const Tensor& x) { return layer(x.with_mask({})); };
    const Tensor gate = this->config.use_gate ? dense(gate_dense, in.query) : Tensor();
    const Tensor query = dense(query_dense, in.query) * (1 / std::sqrt(static_cast<double>(Self::size(this->config))));
    const Tensor key = Self::for_all_heads(this->config, dense(key_dense, key_in)),
                 value = Self::for_all_heads(this->config, dense(value_dense, in.value));
    Tensor scores = ops::einsum(scores_equation, {key, query});

    const auto as_bool = [](const Tensor& m) { return m.defined() ? ops::cast(m, DType::boolean) : m; };
    const Tensor query_mask = as_bool(this->mask_of(context, "query", in.query_mask));
    const Tensor value_mask = as_bool(this->mask_of(context, "value", in.value_mask));
    const Tensor key_mask =
        in.key.defined() ? as_bool(this->mask_of(context, "key", in.key_mask)) : as_bool(in.key_mask);
    Tensor seen;
    if (query_mask.defined()) seen = ops::expand_dims(query_mask, -1);
    if (value_mask.defined()) seen = both_masks(seen, ops::expand_dims(value_mask, -2));
    if (key_mask.defined()) seen = both_masks(seen, ops::expand_dims(key_mask, -2));
    seen = both_masks(seen, as_bool(in.attention_mask));
    const auto widened = [&](Tensor m) {
      while (m.defined() && m.rank() < scores.rank())
        m = ops::expand_dims(m, std::max(-2 * attended - 1, -m.rank() - 1));
      return m;
    };
    if (in.use_causal_mask || this->config.sliding_window)
      this->require(attended == 1, "use_causal_mask and sliding_window are for one axis of attention, got {}",
                    attended);
    seen = both_masks(widened(seen), places_seen(scores, in.use_causal_mask, this->config.sliding_window));

    if (seen.defined()) scores = hide_unseen(scores, seen);
    ops::Axes over;
    for (int i = 0; i < attended; ++i) over.push_back(scores.rank() - attended + i);
    Tensor weights = attended == 1 ? ops::softmax(scores) : ops::softmax(scores, over);
    // As Keras has it: who sees nothing gets nothing where weights are made, and the mean of all where they are not.
    const bool by_weights = this->config.dropout > 0 || in.return_attention_scores || query.rank() != 4;
    if (seen.defined() && by_weights) weights = ops::where(seen, weights, ops::like_scalar(0, weights));
    Tensor used = weights;
    if (const double rate = this->config.dropout; context.training && rate > 0)
      used = dropped(weights, ops::random_uniform(this->draw_seed(this->config.seed), weights) >= rate, rate);
    Tensor y = ops::einsum(combine_equation, {used, value});
    if (gate.defined()) y = y * gate;
    y = output_dense(y);
    if (query_mask.defined()) y = y.with_mask(query_mask);
    if (!in.return_attention_scores) return y;
    return Tree<Tensor>::tuple({y, weights});
  }
};

struct MultiHeadAttentionLayer final : Heads<MultiHeadAttentionLayer, MultiHeadAttentionConfig> {
  static constexpr const char* kName = "MultiHeadAttention";
  explicit MultiHeadAttentionLayer(MultiHeadAttentionConfig c) : Heads(std::move(c)) {
    require(config.num_heads > 0, "invalid value for argument `num_heads`: expected a positive integer, got {}",
            config.num_heads);
    require(config.key_dim > 0, "invalid value for argument `key_dim`: expected a positive integer, got {}",
            config.key_dim);
    require(!config.value_dim || *config.value_dim > 0,
            "invalid value for argument `value_dim`: expected a positive integer or `None`, got {}",
            config.value_dim.value_or(0));
    if (!config.value_dim) config.value_dim = config.key_dim;
  }
  static int64_t size(const MultiHeadAttentionConfig& c) { return c.key_dim; }
  static Tensor for_all_heads(const MultiHeadAttentionConfig&, const Tensor& x) { return x; }

  void make(const Shape& query, const Shape& key, const Shape& value) {
    query_dense = to_heads("query", "query_dense", config.num_heads, config.key_dim, query);
    key_dense = to_heads("key", "key_dense", config.num_heads, config.key_dim, key);
    if (config.use_gate)
      gate_dense = to_heads("gate", "_gate_dense", config.num_heads, *config.value_dim, query, "sigmoid");
    value_dense = to_heads("value", "value_dense", config.num_heads, *config.value_dim, value);
    write_equations(value.rank() + 1);

    std::vector<int64_t> out{query.dim(-1)};
    if (config.output_shape) out = config.output_shape->values;
    const int free = query.rank() - 1, made = static_cast<int>(out.size());
    const std::string kept = letters(0, free), inner = letters(free, 2), given = letters(free + 2, made);
    std::vector<int64_t> sizes(static_cast<size_t>(free - 1), -1);
    sizes.insert(sizes.end(), out.begin(), out.end());
    const Shape heads = query.slice(0, -1).append(config.num_heads).append(*config.value_dim);
    output_dense = projection("attention_output", "output_dense",
                              kept + inner + "," + inner + given + "->" + kept + given, sizes, given, heads);
  }

 private:
  /// Of projections of that rank, (batch, ..., heads, size).
  void write_equations(int rank) {
    std::vector<int64_t> axes;
    if (config.attention_axes)
      axes = config.attention_axes->values;
    else
      for (int i = 1; i < rank - 2; ++i) axes.push_back(i);
    for (int64_t& a : axes) {
      if (a < 0) a += rank - 1;
      require(a > 0 && a < rank - 2,
              "attention_axes must be among those between the batch and the last, 1 to {}, got {}", rank - 3, a);
    }
    config.attention_axes = OneOrMore<int64_t>(axes);
    attended = static_cast<int>(axes.size());
    const auto among = [&](int i) { return std::ranges::find(axes, i) != axes.end(); };
    const std::string target = letters(0, rank);
    std::string source, product, later;
    int next = rank;
    for (int i = 0; i < rank; ++i) source += among(i) ? letters(next++, 1) : target.substr(static_cast<size_t>(i), 1);
    for (int i = 0; i < rank - 1; ++i)
      if (!among(i)) product += target[static_cast<size_t>(i)];
    for (const int64_t a : axes) product += target[static_cast<size_t>(a)];
    for (const int64_t a : axes) later += source[static_cast<size_t>(a)];
    product += later;
    scores_equation = source + "," + target + "->" + product;
    combine_equation = product + "," + source + "->" + target;
  }
};

struct GroupQueryAttentionLayer final : Heads<GroupQueryAttentionLayer, GroupQueryAttentionConfig> {
  static constexpr const char* kName = "GroupQueryAttention";
  explicit GroupQueryAttentionLayer(GroupQueryAttentionConfig c) : Heads(std::move(c)) {
    require(config.head_dim > 0, "head_dim must be a positive integer, got {}", config.head_dim);
    require(config.num_query_heads > 0 && config.num_key_value_heads > 0,
            "num_query_heads and num_key_value_heads must be positive integers, got {} and {}", config.num_query_heads,
            config.num_key_value_heads);
    require(config.num_query_heads % config.num_key_value_heads == 0,
            "`num_query_heads` must be divisible by `num_key_value_heads`, got {} and {}", config.num_query_heads,
            config.num_key_value_heads);
    scores_equation = "bkuh,bquh->buqk";
    combine_equation = "buqk,bkuh->bquh";
  }
  static int64_t size(const GroupQueryAttentionConfig& c) { return c.head_dim; }
  /// Each of the fewer heads as often as it has queries.
  static Tensor for_all_heads(const GroupQueryAttentionConfig& c, const Tensor& x) {
    const int64_t times = c.num_query_heads / c.num_key_value_heads;
    return times == 1 ? x : ops::repeat(x, times, 2);
  }
  void make(const Shape& query, const Shape& key, const Shape& value) {
    require(query.rank() == 3 && value.rank() == 3,
            "needs a query and a value of 3 axes, (batch, steps, size), got {} and {}", query, value);
    const int64_t heads = config.num_query_heads, fewer = config.num_key_value_heads, size = config.head_dim;
    query_dense = projection("query", "_query_dense", "bqm,muh->bquh", {-1, heads, size}, "uh", query);
    key_dense = projection("key", "_key_dense", "bkm,mvh->bkvh", {-1, fewer, size}, "vh", key);
    if (config.use_gate)
      gate_dense = projection("gate", "_gate_dense", "bqm,muh->bquh", {-1, heads, size}, "uh", query, "sigmoid");
    value_dense = projection("value", "_value_dense", "bkm,mvh->bkvh", {-1, fewer, size}, "vh", value);
    output_dense = projection("attention_output", "_output_dense", "bquh,uhm->bqm", {-1, query.dim(-1)}, "m",
                              {-1, -1, heads, size});
  }
};

}  // namespace

MultiHeadAttention::MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionConfig c, CallSite at)
    : LayerOf(make_layer<MultiHeadAttentionLayer>((c.num_heads = num_heads, c.key_dim = key_dim, std::move(c)), at)) {}
GroupQueryAttention::GroupQueryAttention(int64_t head_dim, int64_t num_query_heads, int64_t num_key_value_heads,
                                         GroupQueryAttentionConfig c, CallSite at)
    : LayerOf(make_layer<GroupQueryAttentionLayer>((c.head_dim = head_dim, c.num_query_heads = num_query_heads,
                                                    c.num_key_value_heads = num_key_value_heads, std::move(c)),
                                                   at)) {}

void add_multi_head_attention_layers(Registry<LayerImpl>& r) {
  r.add<MultiHeadAttentionLayer>();
  r.add<GroupQueryAttentionLayer>();
}

}  // namespace cornu
