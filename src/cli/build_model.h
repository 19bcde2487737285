// Models sized by the data, from a few flags or from a Keras config.
#pragma once
#include "cli/task.h"

namespace cornu::cli {

struct ModelArgs {
  std::string layers;  ///< "64,32"; empty: by the data; "none": no hidden layer.
  std::string activation = "relu";
  double dropout = 0, l1 = 0, l2 = 0;
  std::string optimizer = "adam";
  double learning_rate = 0;  ///< 0: the optimizer's own.
  std::string config;        ///< Path of a Keras config.
  std::string scale = "standard";
};

/// Built and compiled. `x`, `y` and the schema of `info` are those of the training part; with a schema, `x` only gives
/// its shape and `y` nothing.
Model build_model(const ModelArgs& args, const ModelInfo& info, const Tensor& x, const Tensor& y);

}  // namespace cornu::cli
