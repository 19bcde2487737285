// What a fit adds to a checkpoint: running metrics, the position in the data, callbacks, History.
#include <algorithm>

#include "nn/model.h"
#include "train/run.h"

namespace cornu {
namespace {

/// The accumulators of the running loss and metrics, by path.
std::vector<std::pair<std::string, Variable>> accumulators(const Trainer& t) {
  std::vector<std::pair<std::string, Variable>> out{{"loss/0", t.loss_total}, {"loss/1", t.loss_count}};
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
  v["callbacks"] = Value::array();
  const Callbacks& users = callbacks.users();
  for (size_t i = 0; i < users.size(); ++i) {
    v["callbacks"].push_back(users[i]->state());
    const std::vector<Tensor> arrays = users[i]->state_arrays();
    for (size_t k = 0; k < arrays.size(); ++k) out.arrays.emplace_back(text("callbacks/{}/{}", i, k), arrays[k]);
  }
  for (const auto& [path, variable] : accumulators(trainer)) out.arrays.emplace_back(path, variable.numpy());
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
  const Callbacks& users = callbacks.users();
  const Value::Array& states = v.at("callbacks").as_array();
  if (states.size() != users.size())
    throw CallError(
        who, text("the checkpoint was written with {} callbacks, now there are {}", states.size(), users.size()));
  const int64_t batch = v.at("batch").as_int();
  epoch = v.at("epoch").as_int();
  if (batch < 0 || (loop.steps() >= 0 && batch > loop.steps()) || epoch < 0)
    throw CallError(who, text("the checkpoint's position, batch {} of epoch {}, is impossible", batch, epoch));
  state.restore_random(who);  // again: this fit drew a seed that the first one had drawn before
  loop.set_shuffle_seed(whole_number(v.at("shuffle_seed"), who));
  if (v.has("place")) loop.set_place(v.at("place"));
  model.stop_training = v.at("stop_training").as_bool();
  callbacks.history() = history_of(v.at("history"));
  for (size_t i = 0; i < users.size(); ++i) users[i]->set_state(states[i], state.list(text("callbacks/{}", i)));
  if (batch == 0) return 0;
  const auto put_back = [state, who, &trainer = trainer] {
    for (auto& [path, variable] : accumulators(trainer)) {
      const Tensor* t = state.find(path);
      if (!t || t->shape() != variable.shape() || t->dtype() != variable.dtype())
        throw CallError(
            who, text("the checkpoint has no '{}' of shape {}; were the metrics others?", path, variable.shape()));
      variable.assign(*t);
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

void save_checkpoint(const Model& model, const std::string& path) {
  ModelImpl& m = model.model();
  const std::lock_guard lock(m.busy);
  write_checkpoint(model, m.run ? m.run->state(m) : TrainingState(), path);
}

void resume(const Model& model, const std::string& path) {
  ModelImpl& m = model.model();
  if (!m.compiled)
    throw CallError(text("resume of {} '{}'", m.class_name(), m.name), "call compile() first", {}, m.where);
  if (!m.ready() && m.input_shape().rank()) m.ensure_built({}, DType::f32);
  if (!m.ready())
    throw CallError(text("resume of {} '{}'", m.class_name(), m.name),
                    "the model has no weights yet; start it with Input, or call build", {}, m.where);
  TrainingState state = read_checkpoint(model, path);
  m.resumed = state.values.has("epoch") ? std::make_shared<TrainingState>(std::move(state)) : nullptr;
}

}  // namespace cornu
