// Folds.
#include "cli/cross_validation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "cli/command.h"
#include "cli/quality.h"

namespace cornu::cli {
namespace {

/// The figures of a report that can be averaged.
Value figures_of(const Value& report) {
  Value out = Value::object();
  for (const char* name : {"loss", "accuracy", "roc_auc", "mean_absolute_error", "root_mean_square_error", "r2"})
    if (const Value* v = report.find(name); v && v->is_number()) out[name] = *v;
  if (const Value* macro = report.find("macro")) out["macro_f1"] = macro->at("f1");
  return out;
}

SplitRows rows_of(const Fold& fold, const Dataset& data, const TrainArgs& a) {
  SplitRows out{fold.train, {}, fold.test};
  if (a.validation <= 0) return out;
  const SplitConfig c{.test = 0, .validation = a.validation, .seed = a.seed};
  const int64_t n = static_cast<int64_t>(fold.train.size());
  const SplitRows inner =
      data.info.classifies() ? stratified_split_rows(take_rows(data.labels(), fold.train), c) : split_rows(n, c);
  const auto outer = [&](const std::vector<int64_t>& rows) {
    std::vector<int64_t> all;
    for (const int64_t r : rows) all.push_back(fold.train[static_cast<size_t>(r)]);
    return all;
  };
  out.train = outer(inner.train), out.validation = outer(inner.validation);
  return out;
}

/// Trains and measures a fold's model: its figures, and how long it was worth training.
Value run_fold(const Dataset& data, const Fold& fold, const TrainArgs& a, RunCheckpoint& checkpoint) {
  ModelInfo info = data.info;
  const Parts p = parts_of(data, rows_of(fold, data, a), info);
  set_random_seed(a.seed);
  clear_session();  // each model has the same names
  Model model = build_model(a.model, info, p.x_train, p.y_train);
  const Outcome o = run_training(model, a, p, info, checkpoint, false);
  Quality quality(ModelInfo::of(model));
  quality.add(p.y_test, model.predict(p.x_test, {.batch_size = 1024}));
  Value out = Value::object();
  out["best_epoch"] = o.best_epoch;
  const Value report = quality.report(model.evaluate(p.x_test, p.y_test, {.batch_size = 1024})["loss"]).json;
  out["figures"] = figures_of(report);
  if (info.classifies()) out["measured"] = quality.measured();
  return out;
}

}  // namespace

FoldsOutcome run_folds(const Dataset& data, const TrainArgs& a, RunCheckpoint& checkpoint) {
  const int64_t rows = data.rows();
  if (a.folds > rows)
    throw UsageError(text("--cross-validation must be from 2 to the number of rows, {}, got {}", rows, a.folds));
  const std::vector<Fold> folds =
      data.info.classifies() ? stratified_k_fold(data.labels(), a.folds, a.seed) : k_fold(rows, a.folds, a.seed);
  std::vector<Logs> figures;
  double epochs = 0;
  Quality all(data.info, true);
  for (size_t i = 0; i < folds.size(); ++i) {
    Value& finished = checkpoint.folds();
    if (finished.size() == i) {
      try {
        finished.push_back(run_fold(data, folds[i], a, checkpoint));
      } catch (Interrupted& stop) {
        stop.where = text(" of fold {} of {}", i + 1, folds.size());
        throw;
      }
    }
    const Value& one = finished.at(i);
    epochs += static_cast<double>(one.at("best_epoch").as_int()) / static_cast<double>(folds.size());
    if (const Value* measured = one.find("measured")) all.add(*measured);
    figures.emplace_back();
    for (const auto& [name, value] : one.at("figures").as_object()) figures.back().set(name) = value.as_double();
    if (a.quiet) continue;
    std::printf("fold %zu of %zu", i + 1, folds.size());
    for (const auto& [name, value] : figures.back()) std::printf("   %s %s", name.c_str(), short_number(value).c_str());
    std::printf("\n");
    std::fflush(stdout);
  }
  return {summarize_folds(std::move(figures)), std::max<int64_t>(1, std::llround(epochs)),
          data.info.classifies() ? all.class_notes() : Report()};
}

Report folds_report(const FoldsOutcome& o) {
  Report out;
  Lines rows;
  const size_t folds = o.figures.folds.size();
  for (const auto& [name, mean] : o.figures.mean) {
    Value values = Value::array();
    size_t have = 0;
    for (const Logs& fold : o.figures.folds) {
      const double* v = fold.find(name);
      have += v != nullptr;
      values.push_back(v ? Value(*v) : Value());
    }
    const double deviation = o.figures.stddev[name];
    std::string title = name;
    std::replace(title.begin(), title.end(), '_', ' ');
    rows.push_back({title, short_number(mean) + (have > 1 ? " +- " + short_number(deviation) : "") +
                               (have < folds ? text("   in {} of {} folds", have, folds) : "")});
    Value& json = out.json[name] = Value::object();
    json["mean"] = mean;
    json["standard_deviation"] = have > 1 ? Value(deviation) : Value();
    json["folds"] = std::move(values);
  }
  out.append(text("Cross-validation, {} folds: mean and standard deviation", folds), aligned(rows));
  out.text += o.classes.text;
  if (const Value* rare = o.classes.json.find("rare_classes")) out.json["rare_classes"] = *rare;
  return out;
}

}  // namespace cornu::cli
