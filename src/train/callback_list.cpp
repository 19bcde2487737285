// Calling callbacks in order, and keeping the history.
#include "train/callback_list.h"

#include <algorithm>
#include <mutex>
#include <typeinfo>

namespace cornu {

Value Callback::state() const { return {}; }
std::string Callback::kind() const { return typeid(*this).name(); }
std::vector<Tensor> Callback::state_arrays() const { return {}; }

const double* Logs::find(const Text& name) const {
  for (const auto& entry : *this)
    if (entry.first == name) return &entry.second;
  return nullptr;
}
double Logs::operator[](const Text& name) const {
  if (const double* v = find(name)) return *v;
  std::vector<std::string> known;
  for (const auto& entry : *this) known.push_back(entry.first);
  throw CallError("logs", text("there is no '{}', only {}", name, known));
}
double& Logs::set(const Text& name) {
  for (auto& entry : *this)
    if (entry.first == name) return entry.second;
  emplace_back(name, 0);
  return back().second;
}

const std::vector<double>& History::operator[](const Text& name) const {
  const auto found = history.find(name);
  if (found != history.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& entry : history) known.push_back(entry.first);
  throw CallError("history", text("there is no '{}', only {}", name, known));
}

CallbackList::CallbackList(const Model& model, const Callbacks& users, const FitParams& params)
    : model_(model), users_(users), callbacks_(users), progress_(make_progress(params)) {
  if (std::count(users.begin(), users.end(), nullptr))
    throw CallError("callbacks", "each must be a callback, got an empty handle");
  if (progress_) callbacks_.push_back(progress_);
  try {
    for (size_t i = 0; i < callbacks_.size(); ++i) take(callbacks_[i], i, params);
  } catch (...) {
    give_back();
    throw;
  }
}
CallbackList::~CallbackList() { give_back(); }

static std::mutex& taking() {
  static std::mutex* m = new std::mutex;  // never destroyed: threads may still train at exit
  return *m;
}

void CallbackList::take(const std::shared_ptr<Callback>& c, size_t index, const FitParams& params) {
  const std::lock_guard lock(taking());
  if (const CallbackList* user = c->user_; user && (user->thread_ != thread_ || user->model_.impl() != model_.impl()))
    throw CallError("callbacks",
                    text("number {} belongs to a fit of '{}' that is going on; give each fit callbacks of its "
                         "own",
                         index, user->model_->name));
  taken_.push_back({c, c->user_, c->model, c->params});
  c->user_ = this;
  c->model = &model_;
  c->params = params;
  wants_batches_ |= c->wants_batches();
}
void CallbackList::give_back() {
  const std::lock_guard lock(taking());
  for (; !taken_.empty(); taken_.pop_back()) {
    const Taken& was = taken_.back();
    was.callback->user_ = was.user;
    was.callback->model = was.model;
    if (was.user) was.callback->params = was.params;
  }
}

void CallbackList::train_begin() {
  for (const auto& c : callbacks_) c->on_train_begin();
}
void CallbackList::train_end(const Logs& logs) {
  for (const auto& c : callbacks_) c->on_train_end(logs);
}
void CallbackList::epoch_begin(int64_t epoch, bool again) {
  for (const auto& c : callbacks_)
    if (!again || c == progress_) c->on_epoch_begin(epoch);
}
void CallbackList::safe_point() {
  for (const auto& c : callbacks_) c->on_safe_point();
}
void CallbackList::epoch_end(int64_t epoch, Logs& logs) {
  for (const auto& c : callbacks_) c->on_epoch_end(epoch, logs);
  history_.epoch.push_back(epoch);
  for (const auto& [name, value] : logs) history_.history[name].push_back(value);
}
void CallbackList::test_begin() {
  for (const auto& c : callbacks_) c->on_test_begin();
}
void CallbackList::test_end(const Logs& logs) {
  for (const auto& c : callbacks_) c->on_test_end(logs);
}
void CallbackList::batch_begin(int64_t batch) {
  for (const auto& c : callbacks_)
    if (c->wants_batches()) c->on_train_batch_begin(batch);
}
void CallbackList::batch_end(int64_t batch, const std::function<Logs()>& logs) {
  for (const auto& c : callbacks_)
    if (c->wants_batches() || c == progress_) c->on_train_batch_end(batch, logs);
  safe_point();
}

}  // namespace cornu
