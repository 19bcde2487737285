// Overlaps of classes: a matrix of labels against predictions.
#include <cornu/metrics/iou.h>
#include <cornu/ops.h>

#include <numeric>

#include "nn/losses/functions.h"
#include "nn/metrics/families.h"
#include "nn/metrics/mean.h"
#include "ops/emit.h"

namespace cornu {

using namespace metrics;
namespace f = loss_functions;

template <>
struct Describe<IoUConfig> {
  using T = IoUConfig;
  static constexpr auto fields =
      metric_fields<T>(required("num_classes", &T::num_classes), required("target_class_ids", &T::target_class_ids),
                       field("ignore_class", &T::ignore_class), field("sparse_y_true", &T::sparse_y_true),
                       field("sparse_y_pred", &T::sparse_y_pred), field("axis", &T::axis));
};
template <>
struct Describe<BinaryIoUConfig> {
  using T = BinaryIoUConfig;
  static constexpr auto fields =
      metric_fields<T>(field("target_class_ids", &T::target_class_ids), field("threshold", &T::threshold));
};
template <>
struct Describe<MeanIoUConfig> {
  using T = MeanIoUConfig;
  static constexpr auto fields = metric_fields<T>(
      required("num_classes", &T::num_classes), field("ignore_class", &T::ignore_class),
      field("sparse_y_true", &T::sparse_y_true), field("sparse_y_pred", &T::sparse_y_pred), field("axis", &T::axis));
};
template <>
struct Describe<OneHotIoUConfig> {
  using T = OneHotIoUConfig;
  static constexpr auto fields = metric_fields<T>(
      required("num_classes", &T::num_classes), required("target_class_ids", &T::target_class_ids),
      field("ignore_class", &T::ignore_class), field("sparse_y_pred", &T::sparse_y_pred), field("axis", &T::axis));
};
template <>
struct Describe<OneHotMeanIoUConfig> {
  using T = OneHotMeanIoUConfig;
  static constexpr auto fields =
      metric_fields<T>(required("num_classes", &T::num_classes), field("ignore_class", &T::ignore_class),
                       field("sparse_y_pred", &T::sparse_y_pred), field("axis", &T::axis));
};

namespace {

/// What the classes of this family make of their configs.
struct IoUOptions {
  int64_t classes = 2;
  std::vector<int64_t> targets{};
  std::optional<int64_t> ignore_class{};
  bool sparse_true = true, sparse_pred = true;
  int axis = -1;
  DType dtype = DType::i32;
};

std::vector<int64_t> all_classes(int64_t n) {
  std::vector<int64_t> ids(static_cast<size_t>(std::max<int64_t>(n, 0)));
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

template <class Self, class ConfigType>
class Overlap : public WithConfig<Self, MetricImpl, ConfigType> {
 public:
  Overlap(ConfigType c, IoUOptions options)
      : WithConfig<Self, MetricImpl, ConfigType>(std::move(c)), o_(std::move(options)) {
    for (const int64_t id : o_.targets)
      if (id < 0 || id >= o_.classes)
        throw ConfigError(Self::kName, text("target class ids must be in [0, {}), got {}", o_.classes, id));
    if (o_.classes > 0) matrix_ = this->add_variable("total_confusion_matrix", {o_.classes, o_.classes}, 0, o_.dtype);
  }
  std::string name() const override { return this->config.name; }
  void build(const Shape&, const Shape&) override {
    if (o_.classes <= 0) throw ConfigError(Self::kName, text("num_classes must be positive, got {}", o_.classes));
  }
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const auto numbers = [&](const Tensor& x, bool sparse) {
      return ops::reshape(ops::cast(sparse ? x : ops::argmax(x, o_.axis), DType::i32), {-1});
    };
    const Tensor y = numbers(y_true, o_.sparse_true), p = numbers(y_pred, o_.sparse_pred);
    const auto in_range = [&](const Tensor& x) { return ops::logical_and(x >= 0, x < o_.classes); };
    Tensor counted = ops::logical_and(in_range(y), in_range(p));
    if (o_.ignore_class)
      counted =
          ops::logical_and(counted, ops::not_equal(y, ops::like_scalar(static_cast<double>(*o_.ignore_class), y)));
    Tensor w = ops::cast(counted, o_.dtype);
    if (sample_weight.defined()) {  // one weight for each sample or each element; whole numbers unless dtype is a float
      Tensor given = ops::cast(sample_weight, o_.dtype);
      while (given.rank() < labels_rank(y_true)) given = ops::expand_dims(given, -1);
      if (labels_rank(y_true) > 1)
        given = ops::broadcast_like(given, o_.sparse_true ? y_true : ops::argmax(y_true, o_.axis));
      w = w * ops::reshape(given, {-1});
    }
    const Tensor cell = ops::where(counted, y * o_.classes + p, ops::like_scalar(0, y));
    const Tensor cells = emit(op_row("take_grad"), {w, cell, Tensor({o_.classes * o_.classes}, o_.dtype)});
    accumulate(matrix_, ops::reshape(cells, {o_.classes, o_.classes}));
  }
  Tensor result() const override {
    const int64_t n = o_.classes;
    std::vector<int64_t> diagonal;
    for (const int64_t id : o_.targets) diagonal.push_back(id * (n + 1));
    const Shape targets{static_cast<int64_t>(diagonal.size())};
    const Tensor m = ops::cast(matrix_.value(), DType::f32), ids(targets, o_.targets);
    const Tensor hits = ops::take(ops::reshape(m, {n * n}), Tensor(targets, diagonal));
    const Tensor all = ops::take(ops::sum(m, {0}) + ops::sum(m, {1}), ids) - hits;
    const Tensor occurs = all > 1e-9;
    const Tensor overlap = ops::where(occurs, hits / (all + f::kEpsilon), ops::like_scalar(0, hits));
    return ops::sum(overlap) / (ops::sum(ops::cast(occurs, DType::f32)) + f::kEpsilon);
  }

 private:
  int labels_rank(const Tensor& y_true) const { return y_true.rank() - (o_.sparse_true ? 0 : 1); }
  IoUOptions o_;
  Variable matrix_;
};

struct IoUMetric final : Overlap<IoUMetric, IoUConfig> {
  static constexpr const char* kName = "IoU";
  explicit IoUMetric(const IoUConfig& c)
      : Overlap(
            c, {c.num_classes, c.target_class_ids, c.ignore_class, c.sparse_y_true, c.sparse_y_pred, c.axis, c.dtype}) {
  }
};
struct BinaryIoUMetric final : Overlap<BinaryIoUMetric, BinaryIoUConfig> {
  static constexpr const char* kName = "BinaryIoU";
  explicit BinaryIoUMetric(const BinaryIoUConfig& c)
      : Overlap(c, {.classes = 2, .targets = c.target_class_ids, .dtype = c.dtype}) {}
  void update(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    Overlap::update(y_true, ops::cast(ops::cast(y_pred, DType::f32) >= config.threshold, DType::i32), sample_weight);
  }
};
struct MeanIoUMetric final : Overlap<MeanIoUMetric, MeanIoUConfig> {
  static constexpr const char* kName = "MeanIoU";
  explicit MeanIoUMetric(const MeanIoUConfig& c)
      : Overlap(c, {c.num_classes, all_classes(c.num_classes), c.ignore_class, c.sparse_y_true, c.sparse_y_pred, c.axis,
                    c.dtype}) {}
};
struct OneHotIoUMetric final : Overlap<OneHotIoUMetric, OneHotIoUConfig> {
  static constexpr const char* kName = "OneHotIoU";
  explicit OneHotIoUMetric(const OneHotIoUConfig& c)
      : Overlap(c, {c.num_classes, c.target_class_ids, c.ignore_class, false, c.sparse_y_pred, c.axis, c.dtype}) {}
};
struct OneHotMeanIoUMetric final : Overlap<OneHotMeanIoUMetric, OneHotMeanIoUConfig> {
  static constexpr const char* kName = "OneHotMeanIoU";
  explicit OneHotMeanIoUMetric(const OneHotMeanIoUConfig& c)
      : Overlap(c,
                {c.num_classes, all_classes(c.num_classes), c.ignore_class, false, c.sparse_y_pred, c.axis, c.dtype}) {}
};

}  // namespace

namespace metrics {
IoU::IoU(IoUConfig c) : Metric(std::make_shared<IoUMetric>(std::move(c))) {}
BinaryIoU::BinaryIoU(BinaryIoUConfig c) : Metric(std::make_shared<BinaryIoUMetric>(std::move(c))) {}
MeanIoU::MeanIoU(MeanIoUConfig c) : Metric(std::make_shared<MeanIoUMetric>(std::move(c))) {}
OneHotIoU::OneHotIoU(OneHotIoUConfig c) : Metric(std::make_shared<OneHotIoUMetric>(std::move(c))) {}
OneHotMeanIoU::OneHotMeanIoU(OneHotMeanIoUConfig c) : Metric(std::make_shared<OneHotMeanIoUMetric>(std::move(c))) {}
}  // namespace metrics

void add_iou_metrics(Registry<MetricImpl>& r) {
  add_metric<IoUMetric>(r);
  add_metric<BinaryIoUMetric>(r);
  add_metric<MeanIoUMetric>(r);
  add_metric<OneHotIoUMetric>(r);
  add_metric<OneHotMeanIoUMetric>(r);
}

}  // namespace cornu
