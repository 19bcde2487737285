// What all losses share: one value for each sample, weighted and reduced.
#pragma once
#include <cornu/configurable.h>
#include <cornu/tensor.h>
#include <cornu/tree.h>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace cornu {

/// "sum_over_batch_size" or "mean" (the same), "sum", "mean_with_sample_weight" or "none", which Keras also writes
/// null.
struct Reduction : std::string {
  Reduction(const char* name) : std::string(not_null(name, "reduction")) {}
  Reduction(std::string name) : std::string(std::move(name)) {}
};
template <>
struct Codec<Reduction> {
  static Value to_value(const Reduction& v) { return std::string(v); }
  static Reduction from_value(const Value& v) { return v.is_null() ? "none" : v.as_string().c_str(); }
};

/// Base of every loss. It has no state, so several threads may use one.
class CORNU_API LossImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.losses";
  /// One value for each sample (or position): the arguments' shape without its last axis, for most.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// Of several outputs at once, in their structure, and targets alike. CallError, but from losses made for it.
  virtual Tensor call_structure(const Tree<Tensor>& y_true, const Tree<Tensor>& y_pred) const;
  /// Bool, of the shape of `values` = call(y_true, y_pred): those that count. Undefined, as here, if all do.
  virtual Tensor valid(const Tensor& y_true, const Tensor& values) const;
  /// What y_true is beside y_pred. Training checks it before the first step; call() broadcasts, as Keras does.
  /// `probabilities` are like the output, and in [0, 1]; `signs` too, and -1 and 1, or 0 and 1, which only all of them
  /// together tell.
  enum class Targets { any, like_output, class_numbers, probabilities, signs };
  virtual Targets targets() const { return Targets::any; }
  virtual std::string reduction() const { return "sum_over_batch_size"; }
  virtual std::string name() const = 0;
  /// What a class that weights and reduces by itself gives; undefined, as here, from one that leaves it to the engine.
  virtual Tensor own_value(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const;
  /// call, weighted by sample_weight if given, and reduced. Where `mask` is false, nothing counts; without one, that of
  /// the predictions is taken.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) const;
  /// The same, whatever own_value says.
  Tensor reduced(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                 const Tensor& mask = {}) const;
  /// call_structure, weighted and reduced likewise.
  Tensor of_structure(const Tree<Tensor>& y_true, const Tree<Tensor>& y_pred, const Tensor& sample_weight = {}) const;
  /// The type that floating arguments are brought to, and that the loss has; without one that of its arguments, but
  /// float32 of halves. It begins as floatx(), if that is another one than float32.
  std::optional<DType> dtype = floatx() == DType::f32 ? std::nullopt : std::optional(floatx());
};

template <>
CORNU_API Registry<LossImpl>& registry<LossImpl>();

/// A name, as "mse", an object, or any function of targets and predictions. Copies share it; several models may have
/// one, in several threads.
class CORNU_API Loss : public Handle<LossImpl> {
 public:
  Loss() = default;
  Loss(const char* name) : Handle(name), given_(name) {}  // a null is refused by Handle
  Loss(const std::string& name) : Handle(name), given_(name) {}
  Loss(std::shared_ptr<LossImpl> impl) : Handle(std::move(impl)) {}
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  /// Any function giving one value for each sample.
  Loss(Function f, const Text& name = "loss");
  template <class F>
  requires(std::is_invocable_r_v<Tensor, F&, const Tensor&, const Tensor&> && !std::same_as<F, Function>)
      Loss(F f, const Text& name = "loss")
      : Loss(Function(std::move(f)), name) {}
  Loss(const Loss&) = default;
  Loss& operator=(const Loss&) = default;
  /// The name it was made by, which Keras' files keep; empty for an object.
  const std::string& given() const { return given_; }

 private:
  std::string given_;
};

/// Brings both to one rank, as Keras does before a loss or metric: (n,) and (n, 1) become alike.
CORNU_API void squeeze_or_expand_to_same_rank(Tensor& y_true, Tensor& y_pred);
/// Weights values and reduces them. What has weight 0 counts for nothing, even if it is NaN.
CORNU_API Tensor reduce_weighted_values(const Tensor& values, const Tensor& sample_weight,
                                        const std::string& reduction);
/// The weights that a mask means, times sample_weight if defined. For means, what counts weighs as much as all.
CORNU_API Tensor apply_mask(const Tensor& sample_weight, const Tensor& mask, const std::string& reduction,
                            DType dtype = DType::f32);

}  // namespace cornu
