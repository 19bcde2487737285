// Metrics: running statistics over batches.
#pragma once
#include <cornu/configurable.h>
#include <cornu/variable.h>

namespace cornu {

class CORNU_API MetricImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.metrics";
  virtual std::string name() const = 0;
  /// Creates what depends on the shapes of the arguments; called once before the first update.
  virtual void build(const Shape& y_true, const Shape& y_pred);
  /// Traced: assigns the accumulators. y_true may be undefined for metrics of one value (Mean, Sum).
  virtual void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) = 0;
  /// Traced or eager: the value from the accumulators.
  virtual Tensor result() const = 0;
  /// Back to the start; on the host.
  virtual void reset();
  const std::vector<Variable>& variables() const { return variables_; }

  /// Eager convenience: build if needed, compiled update, once for each shape.
  void update_state(const Tensor& y_true, const Tensor& y_pred = {}, const Tensor& sample_weight = {});

 protected:
  /// An accumulator that starts at, and is reset to, `start`.
  Variable add_variable(const std::string& name, const Shape& shape, double start = 0, DType dtype = DType::f32);

 private:
  std::vector<Variable> variables_;
  std::vector<double> starts_;
  bool built_ = false;
  std::function<void(const std::vector<Tensor>&)> updater_;
};

class CORNU_API Metric : public Handle<MetricImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  /// The mean of any function giving one value for each sample.
  Metric(Function f, const std::string& name);
  Metric(const Metric&) = default;
  Metric& operator=(const Metric&) = default;
};

}  // namespace cornu
