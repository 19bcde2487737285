// Vectors for whole numbers.
#pragma once
#include <cornu/layer.h>

namespace cornu {

struct EmbeddingConfig {
  int64_t input_dim = 0;   ///< How many numbers there are: 0 ... input_dim - 1.
  int64_t output_dim = 0;  ///< Length of each vector.
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer{}, activity_regularizer{};
  Constraint embeddings_constraint{};
  bool mask_zero = false;       ///< 0 stands for nothing: positions that hold it are masked.
  Value quantization_config{};  ///< As Keras writes it; must be null.
  CORNU_LAYER_FIELDS;
};
/// A trained vector for each whole number: (...) -> (..., output_dim). Negative numbers count from the end; one that
/// has no vector gives NaN, never that of a neighbour.
struct CORNU_API Embedding : Layer {
  Embedding(int64_t input_dim, int64_t output_dim, EmbeddingConfig config = {}, CallSite at = here());
};

}  // namespace cornu
