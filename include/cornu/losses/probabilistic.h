// Losses of predicted probabilities.
#pragma once
#include <cornu/losses/loss.h>

namespace cornu::losses {

struct BinaryCrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
  Reduction reduction = "sum_over_batch_size";
  Text name = "binary_crossentropy";
};
/// -(y log p + (1 - y) log(1 - p)), the mean over `axis`; p is clipped to [1e-7, 1 - 1e-7].
struct CORNU_API BinaryCrossentropy : Loss {
  explicit BinaryCrossentropy(BinaryCrossentropyConfig config = {});
};

struct CategoricalCrossentropyConfig {
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
  Reduction reduction = "sum_over_batch_size";
  Text name = "categorical_crossentropy";
};
/// -sum(y log p) over `axis`; p is divided by its sum, then clipped.
struct CORNU_API CategoricalCrossentropy : Loss {
  explicit CategoricalCrossentropy(CategoricalCrossentropyConfig config = {});
};

struct SparseCategoricalCrossentropyConfig {
  bool from_logits = false;
  std::optional<int64_t> ignore_class{};
  Reduction reduction = "sum_over_batch_size";
  int axis = -1;
  Text name = "sparse_categorical_crossentropy";
};
/// -log p of the class whose number y is; 0 where that is `ignore_class`.
struct CORNU_API SparseCategoricalCrossentropy : Loss {
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyConfig config = {});
};

struct BinaryFocalCrossentropyConfig {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
  Reduction reduction = "sum_over_batch_size";
  Text name = "binary_focal_crossentropy";
};
/// Binary cross-entropy times (1 - probability of the label)^gamma: what is easy counts less. With class balancing,
/// label 1 weighs alpha and label 0 weighs 1 - alpha.
struct CORNU_API BinaryFocalCrossentropy : Loss {
  explicit BinaryFocalCrossentropy(BinaryFocalCrossentropyConfig config = {});
};

struct CategoricalFocalCrossentropyConfig {
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  int axis = -1;
  Reduction reduction = "sum_over_batch_size";
  Text name = "categorical_focal_crossentropy";
};
/// Categorical cross-entropy times alpha (1 - p)^gamma.
struct CORNU_API CategoricalFocalCrossentropy : Loss {
  explicit CategoricalFocalCrossentropy(CategoricalFocalCrossentropyConfig config = {});
};

struct CategoricalGeneralizedCrossEntropyConfig {
  double q = 0.5;
  Reduction reduction = "sum_over_batch_size";
  Text name = "categorical_generalized_cross_entropy";
};
/// (1 - p^q) / q of the class whose number y is: bears wrong labels better than cross-entropy. q is in (0, 1).
struct CORNU_API CategoricalGeneralizedCrossEntropy : Loss {
  explicit CategoricalGeneralizedCrossEntropy(CategoricalGeneralizedCrossEntropyConfig config = {});
};

struct KLDivergenceConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "kl_divergence";
};
/// The sum of y log(y / p) over the last axis.
struct CORNU_API KLDivergence : Loss {
  explicit KLDivergence(KLDivergenceConfig config = {});
};

struct PoissonConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "poisson";
};
/// The mean of p - y log p.
struct CORNU_API Poisson : Loss {
  explicit Poisson(PoissonConfig config = {});
};

struct CTCConfig {
  Reduction reduction = "sum_over_batch_size";
  Text name = "ctc";
};
/// -log of the probability of all ways in which logits (batch, steps, classes) spell the labels (batch, length), class
/// 0 being both the blank and the padding of labels.
struct CORNU_API CTC : Loss {
  explicit CTC(CTCConfig config = {});
};

}  // namespace cornu::losses
