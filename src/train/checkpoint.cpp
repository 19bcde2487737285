// What a fit adds to a checkpoint: running metrics, the position in the data, callbacks, History.
#include <algorithm>
#include <set>

#include "nn/model.h"
#include "tensor/cell.h"
#include "train/run.h"

namespace cornu {
namespace {

/// The accumulators of the running loss and metrics, by path.
std::vector<std::pair<std::string, Variable>> accumulators(const Trainer& t) {
  std::vector<std::pair<std::string, Variable>> out{{"loss/0", t.running_loss.total}, {"loss/1", t.running_loss.count}};
  for (size_t i = 0; i < t.running_losses.size(); ++i) {
    out.emplace_back(text("losses/{}/0", i), t.running_losses[i].total);
    out.emplace_back(text("losses/{}/1", i), t.running_losses[i].count);
  }
  for (size_t i = 0; i < t.metrics.size(); ++i) {
    const std::vector<Variable>& v = t.metrics[i].metric->variables();
    for (size_t k = 0; k < v.size(); ++k) out.emplace_back(text("metrics/{}/{}", i, k), v[k]);
  }
  return out;
}

Value history_value(const History& h) {
  Value out = Value::object();
  out["epoch"] = Codec<std::vector<int64_t>>::to_value(h.epoch);
  out["history"] = Value::object();
  for (const auto& [name, values] : h.history) out["history"][name] = Codec<std::vector<double>>::to_value(values);
  return out;
}

History history_of(const Value& v) {
  History out;
  out.epoch = Codec<std::vector<int64_t>>::from_value(v.at("epoch"));
  for (const auto& [name, values] : v.at("history").as_object())
    out.history[name] = Codec<std::vector<double>>::from_value(values);
  return out;
}

/// Whose the states of a checkpoint are: of the callbacks of their kind, in order. Callbacks without a state, as one
/// that interrupts, may come and go; new ones start anew. One with a state must be there, or training would go on
/// otherwise than it would have.
std::vector<std::pair<Callback*, size_t>> states_of(const Callbacks& users, const TrainingState& state,
                                                    const std::string& who) {
  std::vector<std::pair<Callback*, size_t>> out;
  const Value &stored = state.values.at("callbacks"), &kinds = state.values.at("callback_kinds");
  std::set<const Callback*> taken;
  for (size_t i = 0; i < stored.size(); ++i) {
    const auto found = std::find_if(users.begin(), users.end(), [&](const auto& user) {
      return !taken.count(user.get()) && user->kind() == kinds.at(i).as_string();
    });
    if (found != users.end()) {
      taken.insert(found->get());
      out.emplace_back(found->get(), i);
    } else if (!stored.at(i).is_null() || state.find(text("callbacks/{}/0", i))) {
      throw CallError(who, text("the checkpoint holds the state of {} callbacks, of which the one at place {} is not "
                                "among the {} that there are now; give it too",
                                stored.size(), i, users.size()));
    }
  }
  return out;
}

}  // namespace

TrainingState Run::state(const ModelImpl& model) const {
  TrainingState out;
  Value& v = out.values;
  v["epoch"] = epoch;
  v["batch"] = loop.position;
  v["steps"] = loop.steps();
  v["rows"] = loop.rows();
  v["shuffle_seed"] = std::to_string(loop.shuffle_seed());
  v["place"] = loop.place();
  v["stop_training"] = model.stop_training.load();
  v["history"] = history_value(callbacks.history());
  v["callbacks"] = v["callback_kinds"] = Value::array();
  const Callbacks& users = callbacks.users();
  for (size_t i = 0; i < users.size(); ++i) {
    const std::vector<Tensor> arrays = users[i]->state_arrays();
    v["callbacks"].push_back(users[i]->state());
    v["callback_kinds"].push_back(users[i]->kind());
    for (size_t k = 0; k < arrays.size(); ++k) out.arrays.emplace_back(text("callbacks/{}/{}", i, k), arrays[k]);
  }
  for (const auto& [path, variable] : accumulators(trainer)) {
    out.arrays.emplace_back(path, variable.numpy());
    if (const auto& rest = variable.cell()->rest) out.arrays.emplace_back(path + "_rest", Variable(rest).numpy());
  }
  return out;
}

int64_t Run::take(ModelImpl& model, const TrainingState& state) {
  const Value& v = state.values;
  const std::string who = text("fit of {} '{}'", model.class_name(), model.name);
  const auto same = [&](const char* what, int64_t ours) {
    const int64_t theirs = v.at(what).as_int();
    if (theirs != ours)
      throw CallError(who, text("the checkpoint was written with {} {}, now there are {}", theirs, what, ours));
  };
  same("rows", loop.rows());
  same("steps", loop.steps());
  const auto states = states_of(callbacks.users(), state, who);
  const int64_t batch = v.at("batch").as_int();
  epoch = v.at("epoch").as_int();
  if (batch < 0 || (loop.steps() >= 0 && batch > loop.steps()) || epoch < 0)
    throw CallError(who, text("the checkpoint's position, batch {} of epoch {}, is impossible", batch, epoch));
  state.restore_random(who);  // again: this fit drew a seed that the first one had drawn before
  loop.set_shuffle_seed(whole_number(v.at("shuffle_seed"), who));
  if (v.has("place")) loop.set_place(v.at("place"));
  model.stop_training = v.at("stop_training").as_bool();
  callbacks.history() = history_of(v.at("history"));
  for (const auto& [callback, i] : states)
    callback->set_state(v.at("callbacks").at(i), state.list(text("callbacks/{}", i)));
  if (batch == 0) return 0;
  const auto put_back = [state, who, &trainer = trainer] {
    for (auto& [path, variable] : accumulators(trainer)) {
      const Tensor* t = state.find(path);
      if (!t || t->shape() != variable.shape() || t->dtype() != variable.dtype())
        throw CallError(
            who, text("the checkpoint has no '{}' of shape {}; were the metrics others?", path, variable.shape()));
      variable.assign(*t);
      if (const Tensor* rest = state.find(path + "_rest"); rest && variable.cell()->rest)
        Variable(variable.cell()->rest).assign(*rest);
    }
  };
  if (trainer.eager) {
    trainer.once_metrics_exist(put_back);
  } else {
    loop.trace();  // makes the metrics
    put_back();
  }
  return batch;
}

void save_checkpoint(const Model& model, const Text& path) {
  ModelImpl& m = model.model();
  const std::lock_guard lock(m.busy);
  write_checkpoint(model, m.run ? m.run->state(m) : TrainingState(), path);
}

void resume(const Model& model, const Text& path) {
  ModelImpl& m = model.model();
  if (!m.compiled)
    throw CallError(text("resume of {} '{}'", m.class_name(), m.name), "call compile() first", {}, m.where);
  if (!m.build_if_possible())
    throw CallError(text("resume of {} '{}'", m.class_name(), m.name),
                    "the model has no weights yet; start it with Input, or call build", {}, m.where);
  TrainingState state = read_checkpoint(model, path);
  m.resumed = state.values.has("epoch") ? std::make_shared<TrainingState>(std::move(state)) : nullptr;
}

}  // namespace cornu
