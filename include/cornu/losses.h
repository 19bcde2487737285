// Losses.
#pragma once
#include <cornu/configurable.h>
#include <cornu/tensor.h>

namespace cornu {

class CORNU_API LossImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.losses";
  /// One value for each sample (or position): the arguments' shape without its last axis, for most.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight" or "none".
  virtual std::string reduction() const { return "sum_over_batch_size"; }
  virtual std::string name() const = 0;
  /// call, weighted by sample_weight if given, and reduced.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const;
};

class CORNU_API Loss : public Handle<LossImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  /// Any function giving one value for each sample.
  Loss(Function f, const std::string& name = "loss");
  Loss(const Loss&) = default;
  Loss& operator=(const Loss&) = default;
};

/// Brings both to one rank and type, as Keras does before a loss or metric: (n,) and (n, 1) become alike.
CORNU_API void squeeze_or_expand_to_same_rank(Tensor& y_true, Tensor& y_pred);
/// Keras' reduce_to_samplewise_values' counterpart for losses: weights values and reduces them.
CORNU_API Tensor reduce_weighted_values(const Tensor& values, const Tensor& sample_weight,
                                        const std::string& reduction);

namespace losses {

struct BinaryCrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::string name = "binary_crossentropy";
};
/// -(y log p + (1 - y) log(1 - p)), the mean over `axis`; p is clipped to [1e-7, 1 - 1e-7].
struct CORNU_API BinaryCrossentropy : Loss {
  explicit BinaryCrossentropy(BinaryCrossentropyConfig config = {});
};

struct CategoricalCrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::string name = "categorical_crossentropy";
};
/// -sum(y log p) over `axis`; p is divided by its sum, then clipped.
struct CORNU_API CategoricalCrossentropy : Loss {
  explicit CategoricalCrossentropy(CategoricalCrossentropyConfig config = {});
};

struct SparseCategoricalCrossentropyConfig {
  std::optional<int64_t> ignore_class{};
  bool from_logits = false;
  int axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::string name = "sparse_categorical_crossentropy";
};
/// -log p of the class whose number y is.
struct CORNU_API SparseCategoricalCrossentropy : Loss {
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyConfig config = {});
};

}  // namespace losses

}  // namespace cornu
