// Parts, callbacks and outcome.
#include "cli/training.h"

#include <cornu/callbacks.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/stream.h"
#include "io/file.h"
#include "io/json.h"

namespace cornu::cli {
namespace {

/// Ends a training whose weights are lost.
struct StopWhenLost final : Callback {
  void on_epoch_end(int64_t, Logs& logs) override {
    if (!std::isfinite(logs["loss"])) model->set_stop_training(true);
  }
};

/// The smallest number of a curve and its place; infinity if none is finite.
double best_of(const std::vector<double>& curve, int64_t& epoch) {
  double best = INFINITY;
  for (size_t i = 0; i < curve.size(); ++i)
    if (curve[i] < best) best = curve[i], epoch = static_cast<int64_t>(i) + 1;
  return best;
}

int64_t batch_size_for(int64_t rows) {
  for (const int64_t size : {32, 64, 128, 256})
    if (rows <= size * 312) return size;  // About that many steps in an epoch.
  return 512;
}

/// Small data need more epochs for as many steps.
int64_t epochs_for(int64_t steps) { return std::clamp<int64_t>(40000 / steps, 100, 1000); }

/// Of the data, so that a checkpoint is not taken up with others.
std::string fingerprint(const Parts& p, const ModelInfo& info) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  const auto add = [&](const void* bytes, size_t n) {
    for (size_t i = 0; i < n; ++i) hash = (hash ^ static_cast<const unsigned char*>(bytes)[i]) * 0x100000001b3u;
  };
  for (const Tensor* t : {&p.x_train, &p.y_train, &p.x_validation, &p.y_validation, &p.x_test, &p.y_test})
    if (t->defined()) add(t->raw(), static_cast<size_t>(t->size()) * size_of(t->dtype()));
  const std::string about = info.table ? write_json(info.table->to_value()) : "";
  add(about.data(), about.size());
  return std::to_string(hash);
}

/// Of the training rows.
std::vector<int64_t> rows_of_classes(const Parts& p, const ModelInfo& info) {
  if (p.source) return info.table->class_rows;  // of the whole file, of which each part has the same shares
  std::vector<int64_t> out(info.class_names.size());
  for (const double k : p.y_train.to_doubles()) ++out[static_cast<size_t>(k)];
  return out;
}

/// The weight of each row's class; undefined if there are none.
Tensor weights_of_rows(const Tensor& y, const std::map<int64_t, double>& weights) {
  if (weights.empty()) return {};
  std::vector<double> out;
  for (const double k : y.to_doubles()) {
    const auto found = weights.find(static_cast<int64_t>(k));
    out.push_back(found == weights.end() ? 1 : found->second);
  }
  return Tensor({static_cast<int64_t>(out.size())}, out).to(DType::f32);
}

/// With what ends a training in time.
FitConfig fit_config(const TrainArgs& a, const Parts& p, const ModelInfo& info, bool progress) {
  FitConfig fit;
  if (!a.class_weight.empty()) fit.class_weight = class_weights(info, a.class_weight, rows_of_classes(p, info));
  fit.batch_size = a.batch_size > 0 ? a.batch_size : batch_size_for(p.train_rows);
  fit.epochs = a.epochs > 0 ? a.epochs : epochs_for((p.train_rows + fit.batch_size - 1) / fit.batch_size);
  // Long epochs deserve a bar of their own.
  constexpr int64_t kLongEpoch = 10'000'000;  // numbers
  const bool bar = a.verbose || p.source || p.x_train.size() >= kLongEpoch;
  fit.verbose = bar && progress ? -1 : 0;
  if (p.x_validation.defined()) {
    // What ends the training must be what it is after.
    fit.validation_data =
        ValidationData{p.x_validation, p.y_validation, weights_of_rows(p.y_validation, fit.class_weight)};
    fit.validation_batch_size = 1024;
    if (a.patience > 0)
      fit.callbacks.push_back(
          callbacks::EarlyStopping({.monitor = "val_loss", .patience = a.patience, .restore_best_weights = true}));
  }
  fit.callbacks.push_back(brief_progress(!bar && progress));  // always there: checkpoints count callbacks
  fit.callbacks.push_back(std::make_shared<StopWhenLost>());
  return fit;
}

}  // namespace

Parts parts_of(const Dataset& data, const SplitRows& rows, ModelInfo& info) {
  if (data.table) {
    const TableSplit s = split_table(*data.table, rows);
    info.table = s.train.schema;
    return {s.train.x, s.train.y, s.validation.x, s.validation.y, s.test.x, s.test.y, {}, s.train.schema.rows};
  }
  const auto part = [](const Tensor& t, const std::vector<int64_t>& some) {
    return some.empty() ? Tensor() : take_rows(t, some);
  };
  return {part(data.x, rows.train),
          part(data.y, rows.train),
          part(data.x, rows.validation),
          part(data.y, rows.validation),
          part(data.x, rows.test),
          part(data.y, rows.test),
          {},
          static_cast<int64_t>(rows.train.size())};
}

Parts load_parts(Dataset& data, TrainArgs& a) {
  if (a.stream) {
    StreamParts s = open_stream(a.data, a.validation, a.test, a.seed);
    data.title = a.data.path;
    data.info = std::move(s.info);
    const Tensor row({1, data.info.table->width()});
    return {row, {}, s.x_validation, s.y_validation, s.x_test, s.y_test, s.train, s.train->rows()};
  }
  data = load_for_training(a.data);
  if (const int64_t n = data.rows();
      n < 20 && std::min(a.test > 0 ? a.test : 1, a.validation > 0 ? a.validation : 1) * static_cast<double>(n) < 0.5)
    throw UsageError(text("{} {} too few for a test and a validation part; --test 0 --validation 0 trains on all",
                          counted(n, "row"), n == 1 ? "is" : "are"));
  SplitConfig c{.test = a.test, .validation = a.validation, .stratify = true, .seed = a.seed};
  if (data.x_test.defined() && a.test_given)
    throw UsageError(text("--test has no effect, as '{}' has a test part of its own", data.title));
  if (data.x_test.defined()) c.test = 0;
  const SplitRows rows = data.info.classifies() ? stratified_split_rows(data.labels(), c) : split_rows(data.rows(), c);
  Parts out = parts_of(data, rows, data.info);
  if (data.x_test.defined()) out.x_test = data.x_test, out.y_test = data.y_test;
  data.table.reset();  // The whole is not needed any more.
  data.x = data.y = {};
  return out;
}

Value settings_of(const TrainArgs& a) {
  Value out = Value::object();
  out["--layers"] = a.model.layers;
  out["--activation"] = a.model.activation;
  out["--dropout"] = a.model.dropout;
  out["--l1"] = a.model.l1;
  out["--l2"] = a.model.l2;
  out["--scale"] = a.model.scale;
  out["--model"] = a.model.config.empty() ? "" : read_file(a.model.config);
  out["--optimizer"] = a.model.optimizer;
  out["--learning-rate"] = a.model.learning_rate;
  out["--batch-size"] = a.batch_size;
  out["--patience"] = a.patience;
  out["--validation"] = a.validation;
  out["--test"] = a.test;
  out["--threshold"] = a.threshold;
  out["--class-weight"] = a.class_weight;
  out["--class-names"] = a.data.class_names;
  out["--seed"] = std::to_string(a.seed);  // JSON's numbers are not wide enough.
  out["--stream"] = a.stream;
  out["--cross-validation"] = a.folds;
  return out;
}

Outcome run_training(Model& model, const TrainArgs& a, const Parts& p, const ModelInfo& info, RunCheckpoint& checkpoint,
                     bool progress) {
  Outcome out;
  FitConfig fit = fit_config(a, p, info, progress);
  const double before = checkpoint.follow(model, fit, fingerprint(p, info));
  const auto start = std::chrono::steady_clock::now();
  out.history = p.source ? model.fit(*p.source, fit) : model.fit(p.x_train, p.y_train, fit);
  out.seconds = before + std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  out.watched = fit.validation_data ? "val_loss" : "loss";
  const std::vector<double>& losses = out.history[out.watched];
  out.best = best_of(losses, out.best_epoch);
  // Early stopping has put the best weights back; without it the last ones stay.
  const double last = out.history["loss"].back();
  const bool lost = !std::isfinite(last);
  const bool keeps_best = fit.validation_data && a.patience > 0;
  if (!std::isfinite(out.best) || (lost && !keeps_best))
    throw LostWeights(text("the loss became {} in epoch {}, so nothing was saved; try a --learning-rate below {}",
                           std::isnan(last) ? "NaN" : "infinite", losses.size(),
                           static_cast<float>(model.optimizer()->learning_rate())));
  out.kept_epoch = keeps_best ? out.best_epoch : static_cast<int64_t>(losses.size());
  if (static_cast<int64_t>(losses.size()) < fit.epochs)
    out.why_ended = lost ? ", then the loss was no number" : text(", then no improvement for {}", a.patience);
  return out;
}

}  // namespace cornu::cli
