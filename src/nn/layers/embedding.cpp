// Embedding.
#include <cornu/layers/embedding.h>

#include <limits>

#include "nn/layers/families.h"

namespace cornu {

template <>
struct Describe<EmbeddingConfig> {
  using T = EmbeddingConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("input_dim", &T::input_dim), required("output_dim", &T::output_dim),
                 field("embeddings_initializer", &T::embeddings_initializer),
                 field("embeddings_regularizer", &T::embeddings_regularizer),
                 field("activity_regularizer", &T::activity_regularizer),
                 field("embeddings_constraint", &T::embeddings_constraint), field("mask_zero", &T::mask_zero),
                 field("quantization_config", &T::quantization_config)});
};

namespace {

struct EmbeddingLayer final : WithLayerConfig<EmbeddingLayer, EmbeddingConfig>, TakesAnyShape {
  static constexpr const char* kName = "Embedding";
  static constexpr bool kWritesNoActivityRegularizer = true;
  explicit EmbeddingLayer(EmbeddingConfig c) : WithLayerConfig(std::move(c)) {
    require(config.input_dim > 0, "input_dim must be a positive integer, got {}", config.input_dim);
    require(config.output_dim > 0, "output_dim must be a positive integer, got {}", config.output_dim);
    require(config.quantization_config.is_null(), "quantization_config is not supported");
    activity_regularizer = config.activity_regularizer;
    autocast = false;  // numbers of things are no amounts
  }
  Variable embeddings;
  bool supports_masking() const override { return config.mask_zero; }
  Tensor compute_mask(const Tensor& x, const Tensor&) const override {
    return config.mask_zero ? ops::not_equal(x, ops::like_scalar(0, x)) : Tensor();
  }
  void build(const Shape&) override {
    embeddings = add_weight("embeddings", {config.input_dim, config.output_dim}, config.embeddings_initializer,
                            config.embeddings_regularizer, config.embeddings_constraint);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const Tensor numbers = is_integer(x.dtype()) ? x : ops::cast(x, DType::i32);
    const Tensor vectors = ops::take(embeddings, numbers);
    const Tensor known = ops::logical_and(numbers >= -config.input_dim, numbers < config.input_dim);
    return ops::where(ops::expand_dims(known, -1), vectors,
                      ops::like_scalar(std::numeric_limits<double>::quiet_NaN(), vectors));
  }
};

}  // namespace

Embedding::Embedding(int64_t input_dim, int64_t output_dim, EmbeddingConfig c, CallSite at)
    : Layer(make_layer<EmbeddingLayer>((c.input_dim = input_dim, c.output_dim = output_dim, std::move(c)), at)) {}

void add_embedding_layers(Registry<LayerImpl>& r) { r.add<EmbeddingLayer>(); }

}  // namespace cornu
