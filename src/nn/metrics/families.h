// Registration of the families of metrics.
#pragma once
#include <cornu/metrics/metric.h>

namespace cornu {

void add_mean_metrics(Registry<MetricImpl>& r);
void add_accuracy_metrics(Registry<MetricImpl>& r);
void add_regression_metrics(Registry<MetricImpl>& r);
void add_correlation_metrics(Registry<MetricImpl>& r);
void add_probabilistic_metrics(Registry<MetricImpl>& r);
void add_confusion_metrics(Registry<MetricImpl>& r);
void add_curve_metrics(Registry<MetricImpl>& r);
void add_f_score_metrics(Registry<MetricImpl>& r);
void add_iou_metrics(Registry<MetricImpl>& r);

}  // namespace cornu
