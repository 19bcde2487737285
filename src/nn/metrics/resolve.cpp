// Names that mean another metric for other shapes, as in Keras' compile.
#include "nn/metrics/resolve.h"

#include "nn/registry.h"

namespace cornu {
namespace {

/// "Binary", "SparseCategorical" or "Categorical".
std::string kind_of(const Shape& y_true, const Shape& y_pred, const std::string& loss_class) {
  const int64_t last_true = y_true.rank() ? y_true.dim(-1) : 1, last_pred = y_pred.rank() ? y_pred.dim(-1) : 1;
  if (last_pred < 0)
    for (const char* kind : {"Binary", "SparseCategorical", "Categorical"})
      if (loss_class.rfind(kind, 0) == 0) return kind;
  if (last_pred == 1) return "Binary";
  if (y_true.rank() < y_pred.rank() || (last_true == 1 && last_pred > 1)) return "SparseCategorical";
  return "Categorical";
}

std::string lower(std::string s) {
  for (char& c : s)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return s;
}

Value named(const std::string& class_name, const std::string& name) {
  Value out = Value::object();
  out["class_name"] = class_name;
  out["config"]["name"] = name;
  return out;
}

}  // namespace

static bool by_shape(const std::string& name, const char* what, const char* short_form) {
  const std::string plain = lower(name);
  return plain == what || plain == short_form;
}

void check_metric_name(const std::string& name) {
  if (by_shape(name, "accuracy", "acc") || by_shape(name, "crossentropy", "ce")) return;
  if (!registry<MetricImpl>().find(name)) unknown_class(MetricImpl::kModule, name, registry<MetricImpl>().names());
}

Metric resolve_metric(const Value& identifier, const Shape& y_true, const Shape& y_pred,
                      const std::string& loss_class) {
  if (!identifier.is_string()) return Metric(make_configurable<MetricImpl>(identifier));
  const std::string name = identifier.as_string();
  std::string class_name = name;
  if (by_shape(name, "accuracy", "acc")) class_name = kind_of(y_true, y_pred, loss_class) + "Accuracy";
  if (by_shape(name, "crossentropy", "ce")) class_name = kind_of(y_true, y_pred, loss_class) + "Crossentropy";
  return Metric(make_configurable<MetricImpl>(named(class_name, name)));
}

Loss resolve_loss(const Value& identifier, const Shape& y_true, const Shape& y_pred) {
  const std::string plain = identifier.is_string() ? lower(identifier.as_string()) : "";
  if (plain != "crossentropy" && plain != "ce") return Loss(make_configurable<LossImpl>(identifier));
  return Loss(make_configurable<LossImpl>(named(kind_of(y_true, y_pred, "") + "Crossentropy", identifier.as_string())));
}

}  // namespace cornu
