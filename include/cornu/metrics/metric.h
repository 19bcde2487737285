// What all metrics share: accumulators that a step updates, and the value computed from them.
#pragma once
#include <cornu/configurable.h>
#include <cornu/variable.h>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace cornu {

/// Base of every metric. It holds what it has seen, so it is for one thread, and one model at a time.
class CORNU_API MetricImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.metrics";
  virtual std::string name() const = 0;
  /// Creates what depends on the shapes of the arguments; called once, by ensure_built.
  virtual void build(const Shape& y_true, const Shape& y_pred);
  /// Calls build if it was not; must happen before the first update, outside or inside a trace.
  void ensure_built(const Shape& y_true, const Shape& y_pred);
  /// Traced: assigns the accumulators. Metrics of one value (Mean, Sum) take it as y_pred, with y_true undefined.
  virtual void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) = 0;
  /// update, where positions that the predictions' mask leaves out have weight 0.
  void update_masked(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight);
  /// Whether update takes weights. One that does not counts masked positions too.
  virtual bool takes_weights() const { return true; }
  /// Traced or eager: the value from the accumulators.
  virtual Tensor result() const = 0;
  using Results = std::vector<std::pair<std::string, Tensor>>;
  /// What logs show: result() under the metric's name, here the empty one; or, of a metric that computes several values
  /// in one pass, as precision and recall, each under a name of its own.
  virtual Results results() const;
  /// Back to the start; on the host.
  virtual void reset();
  const std::vector<Variable>& variables() const { return variables_; }

  /// Eager convenience: build if needed, compiled update_masked, once for each shape. One value alone is y_pred.
  void update_state(const Tensor& y_true, const Tensor& y_pred = {}, const Tensor& sample_weight = {});

 protected:
  /// An accumulator that starts at, and is reset to, `start`.
  Variable add_variable(const Text& name, const Shape& shape, double start = 0, DType dtype = floatx());

 private:
  std::vector<Variable> variables_;
  std::vector<double> starts_;
  bool built_ = false;
  struct Updaters;
  std::shared_ptr<Updaters> updaters_;  // of update_state
};

template <>
CORNU_API Registry<MetricImpl>& registry<MetricImpl>();

/// A name, an object, or the mean of any function of targets and predictions. Copies share it.
class CORNU_API Metric : public Handle<MetricImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  /// The mean of any function giving one value for each sample.
  Metric(Function f, const Text& name = "metric");
  template <class F>
  requires(std::is_invocable_r_v<Tensor, F&, const Tensor&, const Tensor&> && !std::same_as<F, Function>)
      Metric(F f, const Text& name = "metric")
      : Metric(Function(std::move(f)), name) {}
  Metric(const Metric&) = default;
  Metric& operator=(const Metric&) = default;
};

}  // namespace cornu
