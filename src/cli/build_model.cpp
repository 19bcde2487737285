// Choosing layers, loss and metrics.
#include "cli/build_model.h"

#include <cornu/layers/core.h>
#include <cornu/layers/preprocessing.h>
#include <cornu/layers/regularization.h>
#include <cornu/layers/reshaping.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "cli/command.h"
#include "cli/output_head.h"
#include "io/file.h"
#include "io/json.h"
#include "saving/config.h"

namespace cornu::cli {
namespace {

std::vector<int64_t> hidden_units(const ModelArgs& args, int64_t rows, int64_t width) {
  if (args.layers.empty()) {
    // Enough for tables and small images; early stopping keeps what is too much from overfitting.
    const int64_t most = rows < 500 ? 32 : rows < 5000 ? 64 : rows < 50000 ? 128 : 256;
    int64_t units = 16;
    while (units < 2 * width && units < most) units *= 2;
    return {units, units / 2};
  }
  std::vector<int64_t> out;
  if (args.layers == "none") return out;
  for (size_t at = 0; at <= args.layers.size();) {
    const size_t comma = std::min(args.layers.find(',', at), args.layers.size());
    int64_t n = 0;
    const auto r = std::from_chars(args.layers.data() + at, args.layers.data() + comma, n);
    if (r.ec != std::errc() || r.ptr != args.layers.data() + comma || n < 1)
      throw UsageError(text("--layers must be sizes as 64,32, or none; got '{}'", args.layers));
    out.push_back(n);
    at = comma + 1;
  }
  return out;
}

struct Affine {
  std::vector<double> mean, variance;  ///< The input becomes (x - mean) / sqrt(variance).
};

/// From the numbers themselves, column by column; columns that never change stay as they are.
Affine statistics_of(const Tensor& x, const std::string& scale) {
  const size_t rows = static_cast<size_t>(x.shape()[0]), width = static_cast<size_t>(x.size()) / rows;
  const Tensor floats = x.to(DType::f32);
  const std::span<const float> v = floats.data<float>();
  std::vector<double> low(width, INFINITY), high(width, -INFINITY);
  Affine out{std::vector<double>(width), std::vector<double>(width)};
  for (size_t r = 0; r < rows; ++r)
    for (size_t i = 0; i < width; ++i) {
      const double a = static_cast<double>(v[r * width + i]), d = a - out.mean[i];
      out.mean[i] += d / static_cast<double>(r + 1);
      out.variance[i] += d * (a - out.mean[i]);
      low[i] = std::min(low[i], a), high[i] = std::max(high[i], a);
    }
  for (size_t i = 0; i < width; ++i) {
    out.variance[i] /= static_cast<double>(rows);
    if (scale == "minmax") out.mean[i] = low[i], out.variance[i] = (high[i] - low[i]) * (high[i] - low[i]);
    if (!(out.variance[i] > 0)) out.mean[i] = 0, out.variance[i] = 1;
  }
  return out;
}

/// Categories stay 0 and 1: a rare one, standardised, would be a huge number.
Affine statistics_of(const TableSchema& schema, const std::string& scale) {
  Affine out;
  for (const Column& c : schema.columns) {
    const double range = c.max - c.min;
    const bool minmax = scale == "minmax";
    const double variance = c.category ? 0 : minmax ? range * range : c.variance;
    const size_t n = static_cast<size_t>(c.width());
    out.mean.insert(out.mean.end(), n, variance > 0 ? (minmax ? c.min : c.mean) : 0);
    out.variance.insert(out.variance.end(), n, variance > 0 ? variance : 1);
  }
  return out;
}

/// Layers that take raw numbers to what a network likes.
std::vector<Layer> preparation(const ModelArgs& args, const ModelInfo& info, const Tensor& x) {
  std::vector<Layer> out;
  if (args.scale != "standard" && args.scale != "minmax" && args.scale != "none")
    throw UsageError(text("--scale must be standard, minmax or none, got '{}'", args.scale));
  if (args.scale == "none") return out;
  if (x.dtype() == DType::u8) {
    out.push_back(Rescaling(1.0 / 255));
    return out;
  }
  if (x.rank() > 2) {
    // One mean for all: what belongs together in space should not be scaled apart.
    const Affine one = statistics_of(x.reshaped({x.size(), 1}), args.scale);
    const double scale = 1 / std::sqrt(one.variance[0]);
    out.push_back(Rescaling(scale, {.offset = -one.mean[0] * scale}));
    return out;
  }
  const Affine a = info.table ? statistics_of(*info.table, args.scale) : statistics_of(x, args.scale);
  const int64_t n = static_cast<int64_t>(a.mean.size());
  const auto floats = [&](const std::vector<double>& v) { return Tensor({n}, v).to(DType::f32); };
  out.push_back(Normalization({.mean = floats(a.mean), .variance = floats(a.variance)}));
  return out;
}

/// Of the target, in training.
struct Spread {
  double mean = 0, variance = 1;
};
Spread spread_of(const ModelInfo& info, const Tensor& y) {
  if (info.table) return {info.table->target_mean, info.table->target_variance > 0 ? info.table->target_variance : 1};
  Spread out{0, 0};
  double n = 0;
  for (const double v : y.to_doubles()) {
    const double d = v - out.mean;
    out.mean += d / ++n;
    out.variance += d * (v - out.mean);
  }
  out.variance = n > 0 && out.variance > 0 ? out.variance / n : 1;
  return out;
}

/// What the library says of a flag's value, under the name of the flag.
template <class F>
auto value_of(const char* flag, F&& make) {
  try {
    return make();
  } catch (const ConfigError& e) {
    const std::string what = sentence_of_error(e), who = e.who + ": ";
    throw UsageError(std::string(flag) + ": " + (what.rfind(who, 0) == 0 ? what.substr(who.size()) : what));
  }
}

Model from_flags(const ModelArgs& args, const ModelInfo& info, const Tensor& x, const Tensor& y) {
  const Shape sample = x.shape().slice(1);
  std::vector<Layer> layers{Input(sample)};
  for (const Layer& l : preparation(args, info, x)) layers.push_back(l);
  if (sample.rank() != 1) layers.push_back(Flatten());
  if (!(args.dropout >= 0 && args.dropout < 1))
    throw UsageError(text("--dropout must be in [0, 1), got {}", args.dropout));
  const Activation activation = value_of("--activation", [&] { return Activation(args.activation); });
  const Tensor two = Tensor({1, 2}, DType::f32);
  if (activation(two).shape() != two.shape())
    throw UsageError(text("--activation: '{}' gives fewer numbers than it gets, which a Dense layer does not allow",
                          args.activation));
  for (const int64_t units : hidden_units(args, info.table ? info.table->rows : x.shape()[0], sample.size())) {
    DenseConfig c{.activation = activation};
    if (args.l1 > 0 || args.l2 > 0) c.kernel_regularizer = regularizers::L1L2({.l1 = args.l1, .l2 = args.l2});
    layers.push_back(Dense(units, c));
    if (args.dropout > 0) layers.push_back(Dropout(args.dropout));
  }
  if (info.task == Task::binary) layers.push_back(Dense(1, {.activation = "sigmoid"}));
  if (info.task == Task::classes)
    layers.push_back(Dense(static_cast<int64_t>(info.class_names.size()), {.activation = "softmax"}));
  if (info.task == Task::regression) {
    // The network's own output is of size 1, whatever the unit of the target.
    const Spread s = spread_of(info, y);
    layers.push_back(Dense(1));
    layers.push_back(Rescaling(std::sqrt(s.variance), {.offset = s.mean}));
  }
  return Sequential(layers, "model");
}

Model from_config(const ModelArgs& args, const ModelInfo& info, const Tensor& x) {
  if (!std::filesystem::exists(args.config)) throw UsageError(text("there is no file '{}'", args.config));
  Model given = model_from_config(parse_json(read_file(args.config), args.config), args.config);
  const std::vector<Layer> theirs = given.layers();
  if (theirs.empty()) throw UsageError(text("the model in '{}' has no layers", args.config));
  const std::string first = theirs[0]->class_name();
  std::vector<Layer> layers{Input(x.shape().slice(1))};
  if (first != "Normalization" && first != "Rescaling")
    for (const Layer& l : preparation(args, info, x)) layers.push_back(l);
  layers.insert(layers.end(), theirs.begin(), theirs.end());
  Model model = Sequential(layers, given.name());
  model.build(x.shape().slice(1));
  const Shape out = theirs.back()->output_shape();
  const int64_t classes = static_cast<int64_t>(info.class_names.size());
  const int64_t wanted = info.task == Task::classes ? classes : 1;
  if (out.rank() != 2 || out.dim(-1) != wanted)
    throw UsageError(text("the model in '{}' has outputs of shape {}; {} needs {} for each row", args.config, out,
                          info.task == Task::regression ? "a number" : text("a target of {} classes", classes),
                          wanted));
  if (info.classifies()) {
    const std::string head = info.task == Task::binary ? "sigmoid" : "softmax", last = output_activation(given);
    if (last != head && last != "linear")
      throw UsageError(text(
          "the last layer '{}' of the model in '{}' has the activation '{}'; a target of {} classes needs '{}', or "
          "'linear' for logits",
          theirs.back()->name, args.config, last, classes, head));
  }
  return model;
}

}  // namespace

Model build_model(const ModelArgs& args, const ModelInfo& info, const Tensor& x, const Tensor& y) {
  Model model = args.config.empty() ? from_flags(args, info, x, y) : from_config(args, info, x);
  model.build(x.shape().slice(1));
  CompileConfig c;
  c.optimizer = value_of("--optimizer", [&] { return Optimizer(args.optimizer); });
  if (args.learning_rate > 0) c.optimizer->set_learning_rate(args.learning_rate);
  if (info.task == Task::regression) {
    c.loss = "mean_squared_error";
    c.loss_weights = {1 / spread_of(info, y).variance};  // So that a loss of 1 is as good as always saying the mean.
    c.metrics = {"mae"};
  } else {
    const bool logits = output_activation(model) == "linear", binary = info.task == Task::binary;
    if (!logits)
      c.loss = binary ? "binary_crossentropy" : "sparse_categorical_crossentropy";
    else if (binary)
      c.loss = losses::BinaryCrossentropy({.from_logits = true});
    else
      c.loss = losses::SparseCategoricalCrossentropy({.from_logits = true});
    // Keras' binary accuracy takes what is above 0.5 for class 1, which logits need not be.
    if (!(binary && logits)) c.metrics = {"accuracy"};
  }
  model.compile(std::move(c));
  model.metadata() = info.to_value();
  return model;
}

}  // namespace cornu::cli
