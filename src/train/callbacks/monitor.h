// What callbacks that watch a metric share.
#pragma once
#include <cornu/model.h>

namespace cornu {

/// Whether a value of the monitored metric is better than another.
class Monitor {
 public:
  /// `who` is the callback; `mode` "auto" asks the metric. Other words than min, max and auto mean auto, as in Keras.
  Monitor(std::string who, std::string monitor, std::string mode, double min_delta);
  const std::string& name() const { return monitor_; }
  /// Must be called once the model's metrics exist: from the first epoch's end on.
  void resolve(const Model& model);
  bool improves(double value, const std::optional<double>& best) const;
  /// The value in the logs; says so on stderr, once, if it is not there.
  std::optional<double> value(const Logs& logs);

 private:
  std::string who_, monitor_, mode_;
  double min_delta_;
  int direction_ = 0;  ///< +1: more is better; -1: less; 0: not known yet.
  bool warned_ = false;
};

/// Null for none, as states are written.
Value optional_value(const std::optional<double>& v);
std::optional<double> optional_double(const Value& v);

}  // namespace cornu
