// The callbacks' hooks around the batches of an evaluation or a prediction.
#pragma once
#include <cornu/callbacks/callback.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "train/batches.h"

namespace cornu {

/// One pair of hooks for each execution of `group` batches, as compile's steps_per_execution says; `finish` after the
/// last batch, which may be amid them.
class BatchHooks {
 public:
  BatchHooks(const Callbacks& told, int64_t group) : told_(told), group_(group) {}

  void test_begin(int64_t step) {
    if (step % group_ != 0) return;
    for (const auto& c : told_)
      if (c->wants_test_batches()) c->on_test_batch_begin(step);
  }
  void test_end(int64_t step, const std::function<Logs()>& logs) {
    wait_ = (step + 1) % group_ != 0;
    if (wait_) return;
    for (const auto& c : told_)
      if (c->wants_test_batches()) c->on_test_batch_end(step, logs);
  }
  /// `steps`: those that were run.
  void finish_test(int64_t steps, const std::function<Logs()>& logs) {
    if (!wait_) return;
    group_ = 1;
    test_end(steps - 1, logs);
  }

  bool wants_predict_batches() const {
    return std::any_of(told_.begin(), told_.end(), [](const auto& c) { return c->wants_predict_batches(); });
  }
  void predict_begin(int64_t step) {
    if (step % group_ != 0) return;
    for (const auto& c : told_)
      if (c->wants_predict_batches()) c->on_predict_batch_begin(step);
  }
  void predict_end(int64_t step, const Tree<Tensor>& outputs) {
    if (group_ > 1 && !told_.empty()) parts_.push_back(outputs.map([](const Tensor& y) { return y.clone(); }));
    wait_ = (step + 1) % group_ != 0;
    if (wait_) return;
    const Tree<Tensor> all = parts_.empty() ? outputs : concatenated("predict", parts_);
    parts_.clear();
    for (const auto& c : told_)
      if (c->wants_predict_batches()) c->on_predict_batch_end(step, all);
  }
  void finish_predict(int64_t steps) {
    if (!wait_ || parts_.empty()) return;
    const Tree<Tensor> all = concatenated("predict", parts_);
    for (const auto& c : told_)
      if (c->wants_predict_batches()) c->on_predict_batch_end(steps - 1, all);
  }

 private:
  const Callbacks& told_;
  int64_t group_;
  bool wait_ = false;                ///< The hooks have not heard of the last batch.
  std::vector<Tree<Tensor>> parts_;  ///< Outputs that they have not heard of.
};

}  // namespace cornu
