// Overlaps of predicted and labelled classes, as in image segmentation.
#pragma once
#include <cornu/metrics/metric.h>

namespace cornu::metrics {

struct IoUConfig {
  int64_t num_classes = 0;
  std::vector<int64_t> target_class_ids{};
  Text name = "io_u";
  DType dtype = DType::i32;
  std::optional<int64_t> ignore_class{};
  bool sparse_y_true = true;
  bool sparse_y_pred = true;  ///< false: scores, of which the largest counts.
  int axis = -1;
};
/// True positives / (true positives + false ones of both kinds), the mean over the target classes that occur.
struct CORNU_API IoU : Metric {
  explicit IoU(IoUConfig config = {});
};

struct BinaryIoUConfig {
  std::vector<int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
  Text name = "binary_io_u";
  DType dtype = DType::i32;
};
/// IoU of the classes 0 and 1, a prediction of at least the threshold being 1.
struct CORNU_API BinaryIoU : Metric {
  explicit BinaryIoU(BinaryIoUConfig config = {});
};

struct MeanIoUConfig {
  int64_t num_classes = 0;
  Text name = "mean_io_u";
  DType dtype = DType::i32;
  std::optional<int64_t> ignore_class{};
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  int axis = -1;
};
/// IoU of all classes.
struct CORNU_API MeanIoU : Metric {
  explicit MeanIoU(MeanIoUConfig config = {});
};

struct OneHotIoUConfig {
  int64_t num_classes = 0;
  std::vector<int64_t> target_class_ids{};
  Text name = "one_hot_io_u";
  DType dtype = DType::i32;
  std::optional<int64_t> ignore_class{};
  bool sparse_y_pred = false;
  int axis = -1;
};
/// IoU for one-hot labels.
struct CORNU_API OneHotIoU : Metric {
  explicit OneHotIoU(OneHotIoUConfig config = {});
};

struct OneHotMeanIoUConfig {
  int64_t num_classes = 0;
  Text name = "one_hot_mean_io_u";
  DType dtype = DType::i32;
  std::optional<int64_t> ignore_class{};
  bool sparse_y_pred = false;
  int axis = -1;
};
/// IoU of all classes for one-hot labels.
struct CORNU_API OneHotMeanIoU : Metric {
  explicit OneHotMeanIoU(OneHotMeanIoUConfig config = {});
};

}  // namespace cornu::metrics
