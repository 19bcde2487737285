// Callbacks whose hooks are a Python object's, and one that counts what a run of fit added to its history.
#pragma once
#include <map>

#include "bind.h"
#include "scripted.h"

namespace cornu::python {

inline nb::dict to_dict(const Logs& logs) {
  nb::dict out;
  for (const auto& [name, value] : logs) out[nb::cast(name)] = value;
  return out;
}

/// Keras' hooks of a Python object. `inner`: the engine's callback that its class derives from, whose hooks Python
/// calls.
struct ScriptedCallback final : Callback {
  ScriptedCallback(nb::handle object, bool batches, bool test_batches, bool predict_batches,
                   std::shared_ptr<Callback> of_engine)
      : self(object),
        batches_(batches || (of_engine && of_engine->wants_batches())),
        test_batches_(test_batches),
        predict_batches_(predict_batches),
        inner(std::move(of_engine)) {}
  Self self;
  bool batches_, test_batches_, predict_batches_;
  std::shared_ptr<Callback> inner;

  /// Hooks at beginnings get an empty dictionary of their own, which they may change.
  template <class... A>
  void hook(const char* name, const A&... args) {
    const nb::gil_scoped_acquire gil;
    self.get().attr(name)(args..., nb::dict());
  }
  std::string kind() const override { return self.kind(); }
  void on_train_begin() override {
    if (inner) inner->model = model, inner->params = params;
    hook("on_train_begin");
  }
  void on_train_end(const Logs& logs) override {
    with_logs("on_train_end", logs);
    if (inner) inner->model = nullptr;
  }
  void on_safe_point() override {
    if (inner) inner->on_safe_point();
  }
  Value state() const override { return inner ? inner->state() : Callback::state(); }
  std::vector<Tensor> state_arrays() const override { return inner ? inner->state_arrays() : Callback::state_arrays(); }
  void set_state(const Value& state, const std::vector<Tensor>& arrays) override {
    if (inner) inner->set_state(state, arrays);
  }
  void on_epoch_begin(int64_t epoch) override { hook("on_epoch_begin", epoch); }
  void on_epoch_end(int64_t epoch, Logs& logs) override {
    const nb::gil_scoped_acquire gil;
    nb::dict d = to_dict(logs);
    self.get().attr("on_epoch_end")(epoch, d);
    for (auto [name, value] : d) logs.set(text_of(name)) = nb::cast<double>(nb::float_(value));
  }
  void on_train_batch_begin(int64_t batch) override { hook("on_train_batch_begin", batch); }
  void on_train_batch_end(int64_t batch, const std::function<Logs()>& logs) override {
    with_batch("on_train_batch_end", batch, logs);
  }
  void on_test_batch_begin(int64_t batch) override { hook("on_test_batch_begin", batch); }
  void on_test_batch_end(int64_t batch, const std::function<Logs()>& logs) override {
    with_batch("on_test_batch_end", batch, logs);
  }
  bool wants_test_batches() const override { return test_batches_; }
  void on_test_begin() override { hook("on_test_begin"); }
  void on_test_end(const Logs& logs) override { with_logs("on_test_end", logs); }
  bool wants_batches() const override { return batches_; }
  void on_predict_begin() override { hook("on_predict_begin"); }
  void on_predict_end() override { hook("on_predict_end"); }
  void on_predict_batch_begin(int64_t batch) override { hook("on_predict_batch_begin", batch); }
  void on_predict_batch_end(int64_t batch, const Tensor& outputs) override {
    const nb::gil_scoped_acquire gil;
    nb::dict logs;
    logs["outputs"] = give_numpy(outputs.clone());
    self.get().attr("on_predict_batch_end")(batch, logs);
  }
  bool wants_predict_batches() const override { return predict_batches_; }

 private:
  void with_batch(const char* name, int64_t batch, const std::function<Logs()>& logs) {
    const nb::gil_scoped_acquire gil;
    self.get().attr(name)(batch, to_dict(logs()));
  }
  void with_logs(const char* name, const Logs& logs) {
    const nb::gil_scoped_acquire gil;
    self.get().attr(name)(to_dict(logs));
  }
};

/// A hook of an engine's callback that a Python class derives from; what it adds to the logs is in `logs` too.
inline void run_hook(Callback& c, const std::string& hook, int64_t number, nb::dict logs) {
  if (!c.model) throw CallError(hook, "of the engine's callbacks work in a fit that they were given to");
  Logs values;
  for (auto [name, value] : logs)
    if (PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr()))
      values.set(text_of(name)) = nb::cast<double>(nb::float_(value));
  {
    const nb::gil_scoped_release others;  // it may wait for a thread that waits for Python
    if (hook == "on_train_begin") c.on_train_begin();
    if (hook == "on_train_end") c.on_train_end(values);
    if (hook == "on_epoch_begin") c.on_epoch_begin(number);
    if (hook == "on_epoch_end") c.on_epoch_end(number, values);
    if (hook == "on_train_batch_begin") c.on_train_batch_begin(number);
    if (hook == "on_train_batch_end") c.on_train_batch_end(number, [&] { return values; });
  }
  for (const auto& [name, value] : values) logs[nb::cast(name)] = value;
}

/// What a run of fit added to the history: those epochs that a checkpoint brought are in that of the run before, as
/// Keras has it.
struct Added final : Callback {
  size_t epochs = 0;
  std::map<std::string, size_t> values;  ///< How often each was logged: not all are in every epoch.
  void on_epoch_end(int64_t, Logs& logs) override {
    ++epochs;
    for (const auto& [name, value] : logs) ++values[name];
  }
};

}  // namespace cornu::python
