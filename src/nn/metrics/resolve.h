// The metric, or loss, that a name given to compile means for given shapes.
#pragma once
#include <cornu/losses.h>
#include <cornu/metrics/metric.h>

namespace cornu {

/// "accuracy" and "acc" become the accuracy, "crossentropy" and "ce" the cross-entropy that fits the shapes: binary for
/// predictions of one value, sparse for labels that are class numbers, else categorical. A last size of the predictions
/// that is unknown is decided by `loss_class` ("BinaryCrossentropy", ...). A metric given by name is named as it was
/// given. Anything else is made by make_configurable. Null gives an empty handle.
/// ConfigError if resolve_metric will not know the name.
void check_metric_name(const std::string& name);
Metric resolve_metric(const Value& identifier, const Shape& y_true, const Shape& y_pred,
                      const std::string& loss_class = "");
/// The same for a loss: only "crossentropy" and "ce" depend on the shapes.
Loss resolve_loss(const Value& identifier, const Shape& y_true, const Shape& y_pred);

}  // namespace cornu
