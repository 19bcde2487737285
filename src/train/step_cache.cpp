// The compiled steps of a trainer: found, lent to threads that predict, and dropped when the model has changed.
#include <algorithm>

#include "tensor/cell.h"
#include "train/trainer.h"

namespace cornu {

Trainer::Cached* Trainer::find(StepKind kind, const BatchSpec& spec, int64_t rows) {
  for (Cached& c : steps_)
    if (c.kind == kind && c.rows == rows && c.spec == spec) return &c;
  return nullptr;
}

Step* Trainer::borrow(const BatchSpec& spec, int64_t rows, Tree<uint32_t>& prediction) {
  const std::lock_guard lock(lending_);
  if (structure_epoch_ != structure_epoch()) return nullptr;  // for step() to look into
  Cached* c = find(StepKind::predict, spec, rows);
  if (!c) return nullptr;
  prediction = c->prediction;
  c->used = ++clock_;
  if (c->idle.empty()) {
    c->twins.push_back(c->step->twin());
    return c->twins.back().get();
  }
  Step* const step = c->idle.back();
  c->idle.pop_back();
  return step;
}
void Trainer::give_back(const BatchSpec& spec, int64_t rows, Step* step) {
  const std::lock_guard lock(lending_);
  find(StepKind::predict, spec, rows)->idle.push_back(step);
}

Tree<uint32_t> Trainer::prediction(const BatchSpec& spec, int64_t rows) {
  const std::lock_guard lock(lending_);
  return find(StepKind::predict, spec, rows)->prediction;
}

/// Layers may have got others since, also in a model inside this one.
void Trainer::follow_structure(const ModelImpl& model) {
  const uint64_t now = structure_epoch();
  if (structure_epoch_ == now) return;
  std::vector<uint64_t> structure = structure_of(model);
  if (!structure_.empty() && structure != structure_) forget_steps();
  structure_ = std::move(structure);
  structure_epoch_ = now;
}

void Trainer::follow(const ModelImpl& model) {
  const uint64_t epoch = structure_epoch();
  if (!traced_for_ || trainable_epoch_ == epoch) return;
  trainable_epoch_ = epoch;
  const uint64_t revision = std::exchange(optimizer_revision_, optimizer ? optimizer->revision() : 0);
  if (revision != optimizer_revision_) {  // another rate or scale was traced
    forget_steps();
    traced_for_.reset();
    return;
  }
  const std::vector<Variable> now = variables_of(model.trainable_params());
  const auto same = [](const Variable& a, const Variable& b) { return a.cell() == b.cell(); };
  if (std::equal(now.begin(), now.end(), traced_for_->begin(), traced_for_->end(), same)) return;
  forget_steps();
  traced_for_.reset();
}

Step& Trainer::step(ModelImpl& model, StepKind kind, const BatchSpec& spec, int64_t rows) {
  follow_structure(model);
  if (Cached* c = find(kind, spec, rows)) return use(*c, kind);
  drop_oldest();
  const std::string graph_key = text("{} {}", static_cast<int>(kind), spec.key());
  const std::string key = text("{} rows {}", graph_key, rows);
  auto graph = graphs_.find(graph_key);
  if (graph == graphs_.end()) {
    Traced traced = trace(model, kind, spec, rows);
    structure_ = structure_of(model);  // building may have added layers
    structure_epoch_ = structure_epoch();
    graph = graphs_.emplace(traced.fixed ? key : graph_key, std::move(traced)).first;
  }
  const int64_t all = spec.gathers ? spec.rows_in_all : rows;
  std::vector<TypeShape> inputs;
  if (spec.gathers) inputs.push_back({DType::i32, {rows}});
  for (const Tree<TypeShape>* part : {&spec.x, &spec.y, &spec.weight})
    part->each([&](const TypeShape& t) { inputs.push_back({t.dtype, Shape{all}.append(t.shape)}); });
  const Traced& traced = graph->second;
  steps_.push_back({kind, spec, rows, graph->first, std::make_unique<Step>(traced.graph, inputs), 0, &traced.own_logs,
                    traced.prediction});
  Step& made = *steps_.back().step;
  steps_.back().idle.push_back(&made);
  const std::vector<Node>& nodes = made.graph().nodes;
  if (kind == StepKind::predict &&
      std::any_of(nodes.begin(), nodes.end(), [](const Node& n) { return n.is("assign"); }))
    predictions_assign_ = true;
  return use(steps_.back(), kind);
}

/// Makes room for one more: batches of texts may have any number of lengths. Of small steps more are kept.
void Trainer::drop_oldest() {
  constexpr size_t kFew = 8, kMany = 64;
  constexpr uint64_t kBytes = uint64_t{64} << 20;
  const auto bytes = [&] {
    uint64_t sum = 0;
    for (const Cached& c : steps_) sum += c.step->arena_bytes() * (1 + c.twins.size());
    return sum;
  };
  while (steps_.size() >= kMany || (steps_.size() >= kFew && bytes() > kBytes)) {
    // The last training step stays: explain_step shows it.
    const auto age = [&](const Cached& c) { return c.step.get() == last_train_step ? clock_ + 1 : c.used; };
    const auto oldest = std::min_element(steps_.begin(), steps_.end(),
                                         [&](const Cached& a, const Cached& b) { return age(a) < age(b); });
    const std::string key = oldest->graph_key;
    steps_.erase(oldest);
    const auto used = [&](const Cached& c) { return c.graph_key == key; };
    if (std::none_of(steps_.begin(), steps_.end(), used)) graphs_.erase(key);
  }
}

Step& Trainer::use(Cached& c, StepKind kind) {
  c.used = ++clock_;
  if (kind == StepKind::train) last_train_step = c.step.get();
  if (kind != StepKind::predict) {
    own_step_ = c.own_logs->empty() ? nullptr : c.step.get();
    own_logs_ = c.own_logs;
  }
  return *c.step;
}

void Trainer::forget_steps() {
  last_train_step = own_step_ = nullptr;
  steps_.clear();
  graphs_.clear();
}

}  // namespace cornu
