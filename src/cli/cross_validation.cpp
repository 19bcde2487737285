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
Logs figures_of(const Value& report) {
  Logs out;
  for (const char* name : {"loss", "accuracy", "roc_auc", "mean_absolute_error", "root_mean_square_error", "r2"})
    if (const Value* v = report.find(name)) out.set(name) = v->as_double();
  if (const Value* macro = report.find("macro")) out.set("macro_f1") = macro->at("f1").as_double();
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

}  // namespace

FoldsOutcome run_folds(const Dataset& data, const TrainArgs& a) {
  const int64_t rows = data.rows();
  if (a.folds < 2 || a.folds > rows)
    throw UsageError(text("--cross-validation must be from 2 to the number of rows, {}, got {}", rows, a.folds));
  const std::vector<Fold> folds =
      data.info.classifies() ? stratified_k_fold(data.labels(), a.folds, a.seed) : k_fold(rows, a.folds, a.seed);
  std::vector<Logs> figures;
  std::vector<History> histories;
  double epochs = 0;
  for (size_t i = 0; i < folds.size(); ++i) {
    ModelInfo info = data.info;
    const Parts p = parts_of(data, rows_of(folds[i], data, a), info);
    set_random_seed(a.seed);
    clear_session();  // each model has the same names
    Model model = build_model(a.model, info, p.x_train, p.y_train);
    Outcome o = run_training(model, a, p, fit_config(a, p, false));
    epochs += static_cast<double>(o.best_epoch) / static_cast<double>(folds.size());
    Quality quality(ModelInfo::of(model));
    quality.add(p.y_test, model.predict(p.x_test, {.batch_size = 1024}));
    figures.push_back(
        figures_of(quality.report(model.evaluate(p.x_test, p.y_test, {.batch_size = 1024})["loss"]).json));
    histories.push_back(std::move(o.history));
    if (a.quiet) continue;
    std::printf("fold %zu of %zu", i + 1, folds.size());
    for (const auto& [name, value] : figures.back()) std::printf("   %s %s", name.c_str(), short_number(value).c_str());
    std::printf("\n");
    std::fflush(stdout);
  }
  return {summarize_folds(std::move(figures), std::move(histories)), std::max<int64_t>(1, std::llround(epochs))};
}

Report folds_report(const FoldsOutcome& o) {
  Report out;
  Lines rows;
  Value& json = out.json;
  for (const auto& [name, mean] : o.figures.mean) {
    const double deviation = o.figures.stddev[name];
    std::string title = name;
    std::replace(title.begin(), title.end(), '_', ' ');
    rows.push_back({title, short_number(mean) + " +- " + short_number(deviation)});
    json[name] = Value::object();
    json[name]["mean"] = mean;
    json[name]["standard_deviation"] = deviation;
    json[name]["folds"] = Value::array();
    for (const Logs& fold : o.figures.folds)
      if (fold.find(name)) json[name]["folds"].push_back(fold[name]);
  }
  out.append(text("Cross-validation, {} folds: mean and standard deviation", o.figures.folds.size()), aligned(rows));
  return out;
}

}  // namespace cornu::cli
