// cornu train: from data to a model, a report, and advice.
#include <cornu/saving.h>

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "cli/command.h"
#include "cli/cross_validation.h"
#include "cli/interrupt.h"
#include "cli/quality.h"
#include "cli/training.h"
#include "io/file.h"
#include "io/json.h"

namespace cornu::cli {
namespace {

namespace fs = std::filesystem;

std::string rows_text(const Parts& p) {
  const auto n = [](const Tensor& t) { return grouped(t.defined() ? t.shape()[0] : 0); };
  return text("{} to train, {} to validate, {} to test", grouped(p.train_rows), n(p.x_validation), n(p.x_test));
}

/// A sentence if there are too few rows to tell anything from those that are held back; else "".
std::string about_few_rows(const Parts& p) {
  constexpr int64_t kFew = 20;
  const auto n = [](const Tensor& t) { return t.defined() ? t.shape()[0] : 0; };
  const int64_t all = p.train_rows + n(p.x_validation) + n(p.x_test);
  if (all >= kFew || all == p.train_rows) return "";
  return text(
      "{} to train from and {} to test with are too few to tell anything; --cross-validation measures on "
      "every row",
      counted(p.train_rows, "row"), n(p.x_test));
}

/// "age, sex (2)", of columns that are categories or not.
std::vector<std::string> columns_of(const TableSchema& s, bool categories) {
  std::vector<std::string> out;
  for (const Column& c : s.columns)
    if (c.category == categories) out.push_back(categories ? text("{} ({})", c.name, c.levels.size()) : c.name);
  return out;
}

/// What the data are, and what was made of them. `whole`: with the names of all columns and classes.
std::string data_text(const Dataset& d, const Parts& p, bool whole) {
  Lines rows{{"file", d.title}, {"rows", rows_text(p)}};
  if (const auto& s = d.info.table) {
    if (s->rows_without_target)
      rows.push_back(
          {"left out", text("{} without a value of '{}'", counted(s->rows_without_target, "row"), s->target)});
    rows.push_back({"target", text("'{}', {}", s->target, describe(d.info, whole))});
    int64_t missing = 0;
    for (const Column& c : s->columns) missing += c.missing;
    constexpr size_t kWidth = 200;
    for (const auto& [title, categories] : {std::pair{"numbers", false}, std::pair{"categories", true}})
      if (const auto names = columns_of(*s, categories); !names.empty())
        rows.push_back({title, listed(names, whole ? 0 : kWidth)});
    for (const auto& left : s->left_out) rows.push_back({"not used", text("'{}': {}", left.name, left.why)});
    for (const auto& note : s->notes) rows.push_back({"note", text("'{}': {}", note.name, note.text)});
    if (missing)
      rows.push_back({"missing", text("{}; numbers become the mean, categories a level", counted(missing, "field"))});
  } else {
    rows.push_back({"sample", p.x_train.shape().slice(1).str()});
    rows.push_back({"target", describe(d.info, whole)});
  }
  if (const std::string few = about_few_rows(p); !few.empty()) rows.push_back({"note", few});
  return aligned(rows);
}

void check(const TrainArgs& a) {
  if (!(a.test >= 0 && a.validation >= 0 && a.test + a.validation < 1))
    throw UsageError(text("--test and --validation must be shares from 0 on and below 1 together, got {} and {}",
                          a.test, a.validation));
  if (!a.model.config.empty() && !fs::exists(a.model.config))
    throw UsageError(text("there is no file '{}'", a.model.config));
  if (a.folds && a.stream) throw UsageError("--cross-validation needs the data in memory, so it goes without --stream");
}

/// All rows, for the final model, once the folds have been measured.
Parts cross_validate(Dataset& data, TrainArgs& a, RunCheckpoint& checkpoint, Report& report) {
  const FoldsOutcome folds = run_folds(data, a, checkpoint);
  const Report summary = folds_report(folds);
  std::printf("%s%s", a.quiet ? "" : "\n", summary.text.c_str());
  report.text += summary.text;
  report.json["cross_validation"] = summary.json;
  // No rows are left to stop by, so the folds tell for how long to train.
  if (a.epochs == 0 || a.validation > 0) a.epochs = folds.epochs;
  set_random_seed(a.seed);
  clear_session();
  SplitRows all;
  for (int64_t r = 0; r < data.rows(); ++r) all.train.push_back(r);
  Parts out = parts_of(data, all, data.info);
  if (data.x_test.defined()) out.x_test = data.x_test, out.y_test = data.y_test;
  return out;
}

/// The signal to stop came, and the checkpoint is written.
int interrupted(const Interrupted& stop, const TrainArgs& a, const RunCheckpoint& checkpoint) {
  std::fflush(stdout);
  const std::string command = typed_command() + (a.resume ? "" : " --resume");
  std::fprintf(stderr, "\nStopped in epoch %lld%s. The state is in '%s'; go on with\n  %s\n",
               static_cast<long long>(stop.epoch), stop.where.c_str(), checkpoint.path().c_str(), command.c_str());
  return kInterrupted;
}

std::string kept_text(const Outcome& o) {
  if (o.kept_epoch == o.best_epoch) return text("epoch {}, the best", o.kept_epoch);
  return text("epoch {}, the last; the best {} was in epoch {}", o.kept_epoch, o.watched, o.best_epoch);
}

void report_training(const Outcome& o, const ModelInfo& info, Report& report) {
  report.append("Training", aligned({{"epochs", text("{}{}", o.epochs(), o.why_ended)},
                                     {"best epoch", text("{} ({} {})", o.best_epoch, o.watched, short_number(o.best))},
                                     {"model", "that of " + kept_text(o)},
                                     {"time", short_number(o.seconds) + " s"}}));
  report.json["epochs"] = o.epochs();
  report.json["best_epoch"] = o.best_epoch;
  report.json["kept_epoch"] = o.kept_epoch;
  report.json["seconds"] = o.seconds;
  report.json["command"] = typed_command();
  report.json["task"] = info.to_value().at("task");
  Value curves = Value::object();
  for (const auto& [name, values] : o.history.history) {
    curves[name] = Value::array();
    for (const double v : values) curves[name].push_back(std::isfinite(v) ? Value(v) : Value());
  }
  report.json["history"] = curves;
}

void report_test(Model& model, const Parts& p, bool quiet, Report& report) {
  const Logs logs = model.evaluate(p.x_test, p.y_test, {.batch_size = 1024});
  Quality measured(ModelInfo::of(model), true);
  measured.add(p.y_test, model.predict(p.x_test, {.batch_size = 1024}));
  const Report quality = measured.report(logs["loss"]);
  std::printf("%sOn the %s held back for the test:\n\n%s", quiet ? "" : "\n",
              counted(p.x_test.shape()[0], "row").c_str(), quality.text.c_str());
  report.append("On the test part", "");
  report.text += quality.text;
  report.json["test"] = quality.json;
}

/// Saves the model where it was asked for; where that fails, as on a disk that became full, in the folder for temporary
/// files, so that the training is not lost.
void save_trained(Model& model, const std::string& path) {
  try {
    return model.save(path);
  } catch (const Error& e) {
    std::error_code none;
    const fs::path folder = fs::temp_directory_path(none);
    std::string other = (folder / fs::path(path).filename()).string();
    for (int i = 1; fs::exists(other, none); ++i)
      other = (folder / text("{}-{}.keras", fs::path(path).stem().string(), i)).string();
    try {
      model.save(other);
    } catch (const Error&) {
      throw e;
    }
    throw UsageError(text("{}; the trained model is in '{}' instead", sentence_of_error(e), other));
  }
}

/// Trains the model, saves it with its reports, and says so.
void finish(TrainArgs& a, Dataset& data, const Parts& p, RunCheckpoint& checkpoint, const Report& folds) {
  Model model = build_model(a.model, data.info, p.x_train, p.y_train);
  Report report;
  Report screen;
  for (const auto& [page, whole] : {std::pair{&report, true}, std::pair{&screen, false}}) {
    page->append("Data", data_text(data, p, whole));
    page->append("Model", model.summary());
  }
  if (!a.quiet) std::printf("%s", screen.text.c_str());
  std::fflush(stdout);
  if (const std::string few = about_few_rows(p); !few.empty())
    std::fprintf(stderr, "cornu: warning: %s\n", few.c_str());
  report.text += folds.text;
  report.json = folds.json;

  const Outcome outcome = run_training(model, a, p, data.info, checkpoint, !a.quiet);
  report_training(outcome, data.info, report);
  if (p.x_test.defined()) report_test(model, p, a.quiet, report);
  save_trained(model, a.out);
  const std::string page = a.stem() + ".report.txt", json = a.stem() + ".report.json";
  write_file_atomically(page, report.text);
  write_file_atomically(json, write_json(report.json, 2) + "\n");
  checkpoint.remove();
  std::printf("%s in %s s; the model is that of %s. Wrote %s, %s and %s.\n", counted(outcome.epochs(), "epoch").c_str(),
              short_number(outcome.seconds).c_str(), kept_text(outcome).c_str(), a.out.c_str(), page.c_str(),
              json.c_str());
}

int train(TrainArgs& a) {
  if (!a.out.ends_with(".keras") || a.out == ".keras")
    throw UsageError(text("--out must end in .keras, got '{}'", a.out));
  check(a);
  std::vector<std::string> inputs = a.data.files();
  if (!a.model.config.empty()) inputs.push_back(a.model.config);
  for (const char* end : {".keras", ".report.txt", ".report.json", ".checkpoint.keras"})
    check_not_input("--out", a.stem() + end, inputs);
  check_writable(a.out);
  RunCheckpoint checkpoint(a.stem() + ".checkpoint.keras", settings_of(a), a.epochs, a.checkpoint_every);
  a.resume ? checkpoint.read() : checkpoint.need_none();
  set_random_seed(a.seed);

  Dataset data;
  Parts p;
  if (a.folds == 0) {
    p = load_parts(data, a);
    if (!p.x_test.defined() && a.test > 0) throw UsageError("there are too few rows for a test part");
  } else {
    data = load_for_training(a.data);
  }
  set_threshold(data.info, a.threshold);
  (void)class_weights(data.info, a.class_weight, {});  // A wrong one is told before anything is trained.
  const InterruptScope scope;                          // Until all is saved: what a signal asks for then is on its way.
  try {
    Report folds;
    if (a.folds > 0) p = cross_validate(data, a, checkpoint, folds);
    finish(a, data, p, checkpoint, folds);
    return kDone;
  } catch (const Interrupted& stop) {
    return interrupted(stop, a, checkpoint);
  } catch (const LostWeights&) {
    checkpoint.remove();  // It could only lead here again.
    throw;
  }
}

/// UsageError for a flag that others leave without effect.
void check_together(const CLI::App& c, const TrainArgs& a) {
  const auto refuse = [&](std::initializer_list<const char*> flags, const char* with) {
    for (const char* flag : flags)
      if (c.count(flag)) throw UsageError(text("{} has no effect with {}", flag, with));
  };
  if (c.count("--model")) refuse({"--layers", "--activation", "--dropout", "--l1", "--l2"}, "--model");
  if (a.model.layers == "none") refuse({"--activation", "--dropout", "--l1", "--l2"}, "--layers none");
  if (a.validation == 0 && a.patience > 0) refuse({"--patience"}, "--validation 0");
  if (a.folds > 0) refuse({"--test"}, "--cross-validation");
  if (a.quiet) refuse({"--verbose"}, "--quiet");
}

}  // namespace

void add_train(CLI::App& app, Run& run) {
  CLI::App& c = *app.add_subcommand("train", "Train a model on a table or on images");
  const auto a = std::make_shared<TrainArgs>();
  a->data.add_sources(c, "CSV or .npz file, or a folder of four IDX files as MNIST has them");
  a->data.add_columns(c);
  c.add_option("-o,--out", a->out, "The model; its reports go next to it, as model.report.txt and .json")
      ->capture_default_str()
      ->group("Output");
  c.add_flag("-q,--quiet", a->quiet, "Says nothing but how good the model is")->group("Output");
  c.add_flag("-v,--verbose", a->verbose, "A progress bar for every epoch")->group("Output");
  c.add_option("--threshold", a->threshold,
               "Probability from which on the second of two classes is predicted, or, as fraud=0.1, that class [0.5]")
      ->check(threshold())
      ->group("Output");
  c.add_option("--layers", a->model.layers, "Sizes of the hidden layers, as 64,32, or none; else by the data")
      ->group("Model");
  c.add_option("--activation", a->model.activation, "Of the hidden layers")->capture_default_str()->group("Model");
  c.add_option("--dropout", a->model.dropout, "After each hidden layer")->capture_default_str()->group("Model");
  c.add_option("--l1", a->model.l1, "Penalty on the weights' sizes")
      ->check(from_zero())
      ->capture_default_str()
      ->group("Model");
  c.add_option("--l2", a->model.l2, "Penalty on the weights' squares")
      ->check(from_zero())
      ->capture_default_str()
      ->group("Model");
  c.add_option("--scale", a->model.scale, "Of numbers, inside the model: standard, minmax or none")
      ->capture_default_str()
      ->group("Model");
  c.add_option("--model", a->model.config,
               "A Keras config (model.to_json()) instead of these; it ends in softmax or sigmoid, or in logits")
      ->group("Model");
  c.add_option("--epochs", a->epochs, "At most; else by the data")->check(whole_from(1))->group("Training");
  c.add_option("--patience", a->patience,
               "Stop after so many epochs without improvement and keep the best; 0 never stops")
      ->check(whole_from(0))
      ->capture_default_str()
      ->group("Training");
  c.add_option("--batch-size", a->batch_size, "Rows in a step; else by the data")
      ->check(whole_from(1))
      ->group("Training");
  c.add_option("--optimizer", a->model.optimizer, "adam, sgd, rmsprop, adamw, ...")
      ->capture_default_str()
      ->group("Training");
  c.add_option("--class-weight", a->class_weight,
               "'balanced' lets rare classes count as much as others; or weights, as ok=1,fraud=20")
      ->group("Training");
  c.add_option("--learning-rate,--lr", a->model.learning_rate, "Else the optimizer's own")
      ->check(above_zero())
      ->group("Training");
  c.add_option("--validation", a->validation, "Share of the rows to watch training with")
      ->capture_default_str()
      ->group("Training");
  c.add_flag(
       "--stream", a->stream,
       "Read the CSV file anew in each epoch, for files larger than the memory; at most 200,000 rows validate and "
       "as many test")
      ->group("Training");
  c.add_option("--cross-validation", a->folds,
               "So many folds, each in turn held back and measured; then a model of all rows")
      ->check(whole_from(2))
      ->group("Training");
  c.add_option("--test", a->test, "Share of the rows held back for the report")
      ->capture_default_str()
      ->group("Training");
  c.add_option("--seed", a->seed, "Of splits, first weights and shuffling")
      ->check(seed_number())
      ->capture_default_str()
      ->group("Training");
  c.add_flag("--resume", a->resume, "Go on from the checkpoint that an interrupted run left; the other flags as then")
      ->group("Training");
  c.add_option("--checkpoint-every", a->checkpoint_every, "Seconds between the checkpoints of a long training")
      ->capture_default_str()
      ->check(above_zero())
      ->group("Training");
  c.footer(
      "Examples:\n"
      "  cornu train people.csv --target income\n"
      "  cornu train houses.csv --target price --layers 128,64 --dropout 0.2 --out houses.keras\n"
      "  cornu train people.csv --target income --cross-validation 5\n"
      "  cornu train --images train-images.gz --labels train-labels.gz\n"
      "A training of more than some seconds keeps a checkpoint, model.checkpoint.keras, until the model is saved. "
      "Ctrl-C\n"
      "brings it up to date and says how to go on; after a crash the same command with --resume goes on, too.");
  c.callback([a, &run, &c] {
    check_together(c, *a);
    a->test_given = c.count("--test") > 0;
    run = [a] { return train(*a); };
  });
}

}  // namespace cornu::cli
