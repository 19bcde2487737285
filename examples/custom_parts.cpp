// Parts of one's own: a layer, a loss, a metric, an activation, an initializer and an optimizer, registered by name, so
// that a model made of them saves and loads like any other.
#include <cornu/cornu.h>

#include <cstdio>

using namespace cornu;

// ---- a layer: x * factor, with one learned factor for each input

struct ScaleConfig {
  double start = 1;
  CORNU_LAYER_FIELDS;
};
template <>
struct cornu::Describe<ScaleConfig> {
  static constexpr auto fields =
      std::tuple_cat(layer_fields<ScaleConfig>(), std::tuple{field("start", &ScaleConfig::start)});
};
struct ScaleLayer final : WithLayerConfig<ScaleLayer, ScaleConfig> {
  static constexpr const char* kName = "Scale";
  using WithLayerConfig::WithLayerConfig;
  Variable factor;
  void build(const Shape& in) override {
    factor = add_weight("factor", {in[-1]}, initializers::Constant({.value = config.start}));
  }
  Tensor call(const Tensor& x, const CallContext&) override { return x * factor; }
};
Layer Scale(ScaleConfig config = {}) { return make_layer<ScaleLayer>(std::move(config), here()); }

// ---- an initializer: a ramp from -limit to limit

struct RampConfig {
  double limit = 0.5;
};
template <>
struct cornu::Describe<RampConfig> {
  static constexpr auto fields = std::tuple{field("limit", &RampConfig::limit)};
};
struct Ramp final : WithConfig<Ramp, InitializerImpl, RampConfig> {
  static constexpr const char* kName = "Ramp";
  using WithConfig::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override {
    std::vector<double> values(static_cast<size_t>(shape.size()));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = config.limit * (2 * static_cast<double>(i) / static_cast<double>(values.size()) - 1);
    return Tensor(shape, values).to(dtype);
  }
};

// ---- a loss: |error| to a power

struct PowerErrorConfig {
  double power = 1.5;
};
template <>
struct cornu::Describe<PowerErrorConfig> {
  static constexpr auto fields = std::tuple{field("power", &PowerErrorConfig::power)};
};
struct PowerError final : WithConfig<PowerError, LossImpl, PowerErrorConfig> {
  static constexpr const char* kName = "PowerError";
  using WithConfig::WithConfig;
  std::string name() const override { return "power_error"; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    const Tensor error = ops::abs(y_pred - y_true) + 1e-7;
    return ops::mean(ops::power(error, ops::like_scalar(config.power, error)), {-1});
  }
};

// ---- a metric: the share of predictions that are near enough

struct NearConfig {
  double distance = 0.1;
  std::string name = "near";
};
template <>
struct cornu::Describe<NearConfig> {
  static constexpr auto fields = std::tuple{field("distance", &NearConfig::distance), field("name", &NearConfig::name)};
};
struct Near final : WithConfig<Near, MetricImpl, NearConfig> {
  static constexpr const char* kName = "Near";
  explicit Near(NearConfig c) : WithConfig(std::move(c)) {
    hits = add_variable("hits", {});
    seen = add_variable("seen", {});
  }
  Variable hits, seen;
  std::string name() const override { return config.name; }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor&) override {
    const Tensor hit = ops::abs(y_pred - y_true) <= config.distance;
    hits.assign(hits + ops::sum(ops::cast(hit, DType::f32)));
    seen.assign(seen + ops::dim(hit));
  }
  Tensor result() const override { return hits / seen; }
};

// ---- an optimizer: steps by the sign of the gradient

struct SignStepConfig {
  LearningRate learning_rate = 0.01;
  CORNU_OPTIMIZER_FIELDS(std::nullopt, "sign_step");
};
template <>
struct cornu::Describe<SignStepConfig> {
  static constexpr auto fields = optimizer_fields<SignStepConfig>();
};
struct SignStep final : OptimizerOf<SignStep, SignStepConfig> {
  static constexpr const char* kName = "SignStep";
  using OptimizerOf::OptimizerOf;
  void build_slots(const std::vector<Variable>&) override {}
  void update_step(size_t, const Tensor& gradient, Variable& w, const Tensor& rate, const Tensor&) override {
    w.assign(w - rate * ops::sign(gradient));
  }
};

int main() try {
  registry<LayerImpl>().add<ScaleLayer>({}, "examples");
  registry<InitializerImpl>().add<Ramp>({}, "examples");
  registry<LossImpl>().add<PowerError>({}, "examples");
  registry<MetricImpl>().add<Near>({}, "examples");
  registry<OptimizerImpl>().add<SignStep>({}, "examples");
  register_activation(
      "bent", [](const Tensor& x) { return 0.5 * (ops::sqrt(x * x + 1.0) - 1.0) + x; }, "examples");

  set_random_seed(1);
  Sequential model{Input({2}), Scale({.start = 2}), Dense(16, {.activation = "bent", .kernel_initializer = "Ramp"}),
                   Dense(1)};
  model.compile({.optimizer = "SignStep", .loss = "PowerError", .metrics = {"Near"}});
  const Tensor x = ops::random_uniform(Tensor({2}, std::vector<int32_t>{1, 0}), Tensor({512, 2}), -1, 1);
  const Tensor y = ops::slice(x, 1, 0, 1) * ops::slice(x, 1, 1, 2);
  const History history = model.fit(x, y, {.epochs = 30, .verbose = 0});
  std::printf("loss %.4f, at the end %.4f; near %.0f %%\n", history["loss"].front(), history["loss"].back(),
              100 * history["Near"].back());

  model.save("custom_parts.keras");
  Model again = load_model("custom_parts.keras");
  const bool same = again.predict(x).to_doubles() == model.predict(x).to_doubles();
  std::printf("read again, it predicts %s, with loss %.4f\n", same ? "the same" : "something else",
              again.evaluate(x, y)["loss"]);
  return same ? 0 : 1;
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
