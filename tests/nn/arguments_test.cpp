// Every field of every described class does something, or is refused: each class of each registry is made with each of
// its fields off its default, and what it computes must differ. What stands for a default is in tests/arguments.json.
#include <cornu/cornu.h>

#include <cmath>

#include "nn/golden.h"
#include "nn/model.h"
#include "nn/registry.h"

namespace cornu {
namespace {

/// What was observed, as text: every number with all its digits.
struct Seen {
  std::string text;
  void add(double x) { text += cornu::text("{} ", x); }
  void add(const std::string& s) { text += s + " "; }
  void add(const Tensor& t) {
    text += cornu::text("{}{}: ", t.dtype(), t.shape());
    for (const double x : t.to_doubles()) add(x);
  }
};

Tensor numbers(const Shape& shape, double scale, double shift = 0) {
  std::vector<double> v(static_cast<size_t>(shape.size()));
  for (size_t i = 0; i < v.size(); ++i) v[i] = std::sin(3.0 * static_cast<double>(i) + 1) * scale + shift;
  return Tensor(shape, v).to(DType::f32);
}
const Tensor& x() {
  static const Tensor t = numbers({6, 4}, 1.5);
  return t;
}
Tensor positive() { return ops::abs(numbers({6, 4}, 1, .2)); }
Tensor classes() { return Tensor({6}, std::vector<int32_t>{0, 1, 2, 2, 1, 0}); }
Tensor probabilities() {
  return Tensor({6, 3}, {.6f, .3f, .1f, .2f, .5f, .3f, .3f, .4f, .3f, .1f, .2f, .7f, .5f, .3f, .2f, .4f, .1f, .5f});
}
Tensor one_hot() { return ops::one_hot(classes(), 3); }

bool starts_with_any(const std::string& name, std::initializer_list<const char*> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](const char* s) { return name.starts_with(s); });
}

/// Targets and predictions that a loss or a metric can do something with.
std::pair<Tensor, Tensor> data_of(const std::string& name) {
  if (name.starts_with("Sparse") || name == "CategoricalGeneralizedCrossEntropy") return {classes(), probabilities()};
  if (name == "CategoricalHinge") return {one_hot(), x().rows(0, 6)};
  if ((name.find("Categorical") != std::string::npos) ||
      starts_with_any(name, {"KLDivergence", "F1Score", "FBetaScore", "Tversky", "Dice", "TopK"}))
    return {one_hot(), probabilities()};
  if (name == "Hinge" || name == "SquaredHinge") return {ops::sign(x()), 0.4 * x()};
  if (starts_with_any(name, {"Binary", "True", "False", "Prec", "Rec", "AUC", "Sens", "Spec"}))
    return {ops::cast(numbers({40, 4}, 1) > 0.5, DType::f32),
            0.5 + 0.4 * ops::sin(7.0 * numbers({40, 4}, 2) + numbers({40, 4}, 1, 1)) + 0.09 * numbers({40, 4}, 1)};
  if (name == "Poisson") return {positive(), ops::abs(x()) + 0.5};
  if (name == "CTC") return {Tensor({2, 2}, std::vector<int32_t>{1, 2, 2, 0}), numbers({2, 5, 4}, 1)};
  if (name == "Circle") return {classes(), x() / ops::sqrt(ops::sum(ops::square(x()), {-1}, true))};
  return {positive(), x() + 2.0};
}

// ---- what each kind computes

void observe(Seen& seen, InitializerImpl& i) {
  const std::string name = i.class_name();
  seen.add(i.call(name == "Identity"         ? Shape{5, 5}
                  : name.starts_with("STFT") ? Shape{9, 1, 5}
                                             : Shape{5, 4, 3},
                  DType::f32));
}
void observe(Seen& seen, RegularizerImpl& r) { seen.add(r.call(2.0 * x().rows(0, 4))); }
void observe(Seen& seen, ConstraintImpl& c) { seen.add(c.call(2.0 * x().rows(0, 4))); }
void observe(Seen& seen, ScheduleImpl& s) {
  for (const int64_t step : {0, 3, 10, 25, 60}) seen.add(s.call(Tensor::scalar(static_cast<double>(step), DType::i32)));
  seen.add(s.get_config().at("name").as_string());
}
void observe(Seen& seen, LossImpl& loss) {
  auto [y, p] = data_of(loss.class_name());
  if (loss.class_name() == "CategoricalHinge") p = numbers({6, 3}, 1);
  const Tensor value = loss(y, p);
  seen.add(value);
  seen.add(loss.name());
}
void observe(Seen& seen, MetricImpl& metric) {
  const std::string name = metric.class_name();
  auto [y, p] = data_of(name);
  if (name == "CategoricalHinge") p = numbers({6, 3}, 1);
  if (name.find("IoU") != std::string::npos && name != "BinaryIoU") {
    const Value config = metric.get_config();
    const Value* sparse = config.find("sparse_y_true");
    const bool numbered = sparse ? sparse->as_bool() : name.find("OneHot") == std::string::npos;
    const Tensor labels({3}, std::vector<int32_t>{0, 1, 2});
    y = numbered ? labels : ops::one_hot(labels, 3);
    p = config.at("sparse_y_pred").as_bool() ? Tensor({3}, std::vector<int32_t>{0, 2, 2})
                                             : Tensor({3, 3}, {.5f, .45f, .05f, .3f, .2f, .5f, .6f, .1f, .3f});
  }
  if (name == "Mean" || name == "Sum")
    metric.update_state(x());
  else
    metric.update_state(y, p);
  seen.add(metric.result());
  seen.add(metric.name());
  seen.add(to_string(metric.variables()[0].dtype()));
}

/// "Conv2D" is of 2 sizes; 0: of tables.
int spatial(const std::string& name) {
  for (const int rank : {1, 2, 3})
    if (name.find(std::to_string(rank) + "D") != std::string::npos) return rank;
  return 0;
}

Tensor input_of(const LayerImpl& layer) {
  const std::string name = layer.class_name();
  if (spatial(name))  // of any data_format
    return numbers(spatial(name) == 1   ? Shape{2, 6, 6}
                   : spatial(name) == 2 ? Shape{2, 6, 6, 6}
                                        : Shape{2, 4, 4, 4, 4},
                   1);
  const Value config = layer.get_config();
  const Value* axis = config.find("axis");
  const bool first_axis = axis && ((axis->is_int() && axis->as_int() == 1) ||
                                   (axis->is_array() && axis->size() == 1 && axis->at(size_t{0}).as_int() == 1));
  const Value* format = config.find("data_format");
  const bool steps = starts_with_any(name, {"Permute", "Masking", "Softmax", "UnitNormalization"}) || first_axis ||
                     (format && format->is_string() && format->as_string() == "channels_first");
  const Tensor t = name == "BatchNormalization" ? ops::abs(x()) : x().clone();
  if (!steps) return t;
  Tensor out = t.reshaped({2, 3, 4}).clone();
  if (name == "Masking")
    for (int i = 0; i < 4; ++i) out.mutable_data<float>()[4 + i] = 0, out.mutable_data<float>()[20 + i] = 7;
  return out;
}

bool is_attention(const LayerImpl& layer) { return layer.class_name().ends_with("Attention"); }

void observe_attention(Seen& seen, const std::shared_ptr<LayerImpl>& object) {
  LayerImpl& layer = *object;
  const std::string name = layer.class_name();
  const Tensor in = x().reshaped(name == "MultiHeadAttention" ? Shape{2, 3, 2, 2} : Shape{2, 3, 4});
  const auto call = [&](const Tensor& t, const CallOptions& options) {
    if (name == "Attention" || name == "AdditiveAttention") return layer.apply({t, t * 0.5}, options).leaf();
    return layer.apply(Tree<Tensor>::named({{"query", t}, {"value", t * 0.5}}), options).leaf();
  };
  set_random_seed(5);
  const Tensor trained = call(in, {true});
  seen.add(trained);
  std::vector<Tensor> losses;
  layer.collect_losses(losses);
  for (const Tensor& l : losses) seen.add(l);
  seen.add(call(in, {false}));
  const std::vector<Weight> weights = weights_of(layer, false);
  for (const Weight& w : weights) seen.add(w.variable.numpy());
  if (weights.empty()) return;
  const Tensor input = Input(in.shape().slice(1));
  Model model(input, call(input, {}));
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.5}), .loss = "mse"});
  for (const double goal : {-5.0, 5.0}) {
    model.fit(in, Tensor::full(trained.shape(), goal), {.verbose = 0, .shuffle = false});
    for (const Weight& w : weights) seen.add(w.variable.numpy());
  }
}

void observe(Seen& seen, const std::shared_ptr<LayerImpl>& object) {
  LayerImpl& layer = *object;
  const Value config = layer.get_config();
  seen.add(layer.name);
  seen.add(to_string(layer.dtype));
  seen.add(layer.trainable);
  if (layer.class_name() == "InputLayer") {
    seen.add(Codec<Shape>::from_value(config.at("batch_shape")).str());
    return seen.add(config.at("dtype").as_string());
  }
  if (starts_with_any(layer.class_name(),
                      {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"}) &&
      !is_attention(layer) && !spatial(layer.class_name())) {
    const Tensor a = x().reshaped({3, 2, 4}), b = a * 0.5f - 1.0f;
    return seen.add(layer.apply({a, b}).leaf());
  }
  if (is_attention(layer)) return observe_attention(seen, object);
  const Tensor in = input_of(layer);
  if (layer.class_name() == "Normalization" && config.at("mean").is_null()) layer.adapt({in});
  const Tensor trained = layer(in, {true});
  seen.add(trained);
  if (trained.mask().defined()) seen.add(trained.mask());
  std::vector<Tensor> losses;
  layer.collect_losses(losses);
  for (const Tensor& l : losses) seen.add(l);
  seen.add(layer(in, {false}));
  for (const Weight& w : layer.own_weights()) seen.add(w.variable.numpy());
  const bool images = spatial(layer.class_name()) > 0;
  if (layer.own_weights().empty() || (in.rank() != 2 && !images)) return;
  // Constraints, and what is not trainable, show in training.
  Sequential model{Input(in.shape().slice(1)), Layer(object)};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = images ? 0.2 : 2}), .loss = "mse"});
  for (const double goal : {-5.0, 5.0}) {
    model.fit(in, Tensor::full(trained.shape(), goal), {.verbose = 0, .shuffle = false});
    for (const Weight& w : layer.own_weights()) seen.add(w.variable.numpy());
  }
}

void observe(Seen& seen, const std::shared_ptr<OptimizerImpl>& optimizer) {
  Sequential model{Input({4}), Dense(3, {.name = "d"}), Dense(1)};
  model.build({4});
  std::vector<Tensor> start;
  for (const Tensor& w : model.get_weights()) start.push_back(numbers(w.shape(), .2, .3));
  model.set_weights(start);
  model.compile({.optimizer = Optimizer(optimizer), .loss = "mse"});
  model.fit(x(), numbers({6, 1}, 4, .5), {.batch_size = 2, .epochs = 3, .verbose = 0, .shuffle = false});
  for (const Tensor& w : model.get_weights()) seen.add(w);
  seen.add(optimizer->scale_loss(Tensor::scalar(1, DType::f32)));
  seen.add(optimizer->name());
}

template <class Impl>
void observe(Seen& seen, const std::shared_ptr<Impl>& object) {
  observe(seen, *object);
}

// ---- the table

const Value& table() {
  static const Value v = parse_json(read_file(std::string(CORNU_TEST_DATA) + "/arguments.json"), "arguments.json");
  return v;
}
const Value* entry(const char* part, const std::string& kind, const std::string& name, const std::string& field) {
  const Value& all = table().at(part);
  if (const Value* of_class = all.find(name + "." + field)) return of_class;
  return all.find(kind + "." + field);
}

/// Something else than the default.
Value other_value(const std::string& kind, const std::string& name, const Parameter& p) {
  if (const Value* given = entry("of", kind, name, p.name)) return *given;
  if (const Value* given = table().at("values").find(p.name)) return *given;
  const Value& d = p.default_value;
  if (d.is_bool()) return !d.as_bool();
  if (d.is_int()) return d.as_int() + 1;
  if (d.is_number()) return d.as_double() * .5 + .1;
  ADD_FAILURE() << kind << "." << name << ": the table needs another value of '" << p.name << "'";
  return {};
}

template <class Impl>
std::string seen_of(const std::string& name, const Value& config) {
  Value form = Value::object();
  form["class_name"] = name;
  form["config"] = config;
  set_random_seed(1);
  Seen seen;
  observe(seen, make_configurable<Impl>(form));
  return seen.text;
}

template <class Impl>
void check_field(const std::string& kind, const std::string& name, const Parameter& p, bool named) {
  if (entry("same", kind, name, p.name)) return;
  Value base = Value::object();
  if (const Value* needed = table().at("required").find(name)) base = *needed;
  if (const Value* beside = entry("beside", kind, name, p.name))
    for (const auto& [key, v] : beside->as_object()) base[key] = v;
  if (named && p.name != "name") base["name"] = "one";
  Value other = base;
  other[p.name] = other_value(kind, name, p);
  if (const Value* refused = entry("refused", kind, name, p.name)) {
    try {
      seen_of<Impl>(name, other);
      ADD_FAILURE() << "nothing was refused";
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(refused->as_string()), std::string::npos) << e.what();
    }
    return;
  }
  EXPECT_NE(seen_of<Impl>(name, base), seen_of<Impl>(name, other));
}

template <class Impl>
void check_kind(size_t at_least) {
  const std::string kind = std::string(Impl::kModule).substr(std::string("keras.").size());
  size_t classes = 0;
  for (const std::string& name : registry<Impl>().names()) {
    if (!registry<Impl>().is_class(name)) continue;
    ++classes;
    const std::vector<Parameter> parameters = registry<Impl>().parameters(name);
    const bool named =
        std::any_of(parameters.begin(), parameters.end(), [](const Parameter& p) { return p.name == "name"; });
    for (const Parameter& p : parameters) {
      SCOPED_TRACE(kind + "." + name + ", " + p.name);
      EXPECT_NO_THROW(check_field<Impl>(kind, name, p, named));
    }
  }
  EXPECT_GE(classes, at_least);
}

TEST(Fields, OfInitializers) { check_kind<InitializerImpl>(16); }
TEST(Fields, OfRegularizers) { check_kind<RegularizerImpl>(4); }
TEST(Fields, OfConstraints) { check_kind<ConstraintImpl>(4); }
TEST(Fields, OfSchedules) { check_kind<ScheduleImpl>(6); }
TEST(Fields, OfLosses) { check_kind<LossImpl>(23); }
TEST(Fields, OfMetrics) { check_kind<MetricImpl>(45); }
TEST(Fields, OfLayers) { check_kind<LayerImpl>(24); }
TEST(Fields, OfOptimizers) { check_kind<OptimizerImpl>(15); }

/// An exception that names no field of a class hides the next one.
TEST(Fields, TheTableNamesWhatThereIs) {
  const auto known = [](const std::string& key) {
    const size_t dot = key.find('.');
    const std::string name = key.substr(0, dot), field = key.substr(dot + 1);
    const auto has = [&]<class Impl>(Impl*) {
      for (const std::string& one : registry<Impl>().names()) {
        if (!registry<Impl>().is_class(one) || (one != name && std::string("keras.") + name != Impl::kModule)) continue;
        for (const Parameter& p : registry<Impl>().parameters(one))
          if (p.name == field) return true;
      }
      return false;
    };
    return has(static_cast<InitializerImpl*>(nullptr)) || has(static_cast<RegularizerImpl*>(nullptr)) ||
           has(static_cast<ConstraintImpl*>(nullptr)) || has(static_cast<ScheduleImpl*>(nullptr)) ||
           has(static_cast<LossImpl*>(nullptr)) || has(static_cast<MetricImpl*>(nullptr)) ||
           has(static_cast<LayerImpl*>(nullptr)) || has(static_cast<OptimizerImpl*>(nullptr));
  };
  for (const char* part : {"of", "beside", "refused", "same"})
    for (const auto& [key, value] : table().at(part).as_object()) EXPECT_TRUE(known(key)) << part << ": " << key;
}

}  // namespace
}  // namespace cornu
