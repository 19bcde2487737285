// cornu train: from data to a model, a report, and advice.
#include <cornu/callbacks.h>
#include <cornu/saving.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "cli/build_model.h"
#include "cli/command.h"
#include "cli/dataset.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/quality.h"
#include "cli/stream.h"
#include "io/file.h"
#include "io/json.h"

namespace cornu::cli {
namespace {

namespace fs = std::filesystem;

struct TrainArgs {
  DataArgs data;
  ModelArgs model;
  std::string out = "model.keras";
  int64_t epochs = 0, batch_size = 0, patience = 20;
  double validation = 0.15, test = 0.15, threshold = 0.5;
  uint64_t seed = 0;
  bool resume = false, quiet = false, verbose = false, stream = false;
};

/// The parts that training uses, whatever the source.
struct Parts {
  Tensor x_train, y_train, x_validation, y_validation, x_test, y_test;
  std::shared_ptr<DataSource> source{};  ///< In place of x_train, which then gives a row's shape, and y_train.
  int64_t train_rows = 0;
};

Parts load(Dataset& data, TrainArgs& a) {
  if (a.stream) {
    StreamParts s = open_stream(a.data, a.validation, a.test, a.seed);
    data.title = a.data.path;
    data.info = std::move(s.info);
    // A row for its shape.
    return {Tensor({1, data.info.table->width()}),
            {},
            s.x_validation,
            s.y_validation,
            s.x_test,
            s.y_test,
            s.train,
            s.train->rows()};
  }
  data = load_for_training(a.data);
  if (const int64_t n = data.rows();
      n < 20 && std::min(a.test > 0 ? a.test : 1, a.validation > 0 ? a.validation : 1) * static_cast<double>(n) < 0.5)
    throw UsageError(
        text("{} rows are too few for a test and a validation part; --test 0 --validation 0 trains on all", n));
  SplitConfig c{.test = a.test, .validation = a.validation, .stratify = true, .seed = a.seed};
  if (data.table) {
    TableSplit s = train_test_split(*data.table, c);
    data.info.table = s.train.schema;
    data.table.reset();  // The whole is not needed any more.
    return {s.train.x, s.train.y, s.validation.x, s.validation.y, s.test.x, s.test.y, {}, s.train.schema.rows};
  }
  if (data.x_test.defined()) c.test = 0;
  const ArraySplit s = train_test_split(data.x, data.y, c);
  Parts out{s.x_train, s.y_train, s.x_validation, s.y_validation, s.x_test, s.y_test, {}, s.x_train.shape()[0]};
  if (data.x_test.defined()) out.x_test = data.x_test, out.y_test = data.y_test;
  data.x = data.y = {};
  return out;
}

std::string rows_text(const Parts& p) {
  const auto n = [](const Tensor& t) { return grouped(t.defined() ? t.shape()[0] : 0); };
  return text("{} to train, {} to validate, {} to test", grouped(p.train_rows), n(p.x_validation), n(p.x_test));
}

/// What the data are, and what was made of them.
std::string data_text(const Dataset& d, const Parts& p) {
  Lines rows{{"file", d.title}, {"rows", rows_text(p)}};
  if (const auto& s = d.info.table) {
    if (s->rows_without_target)
      rows.push_back({"left out", text("{} rows without a value of '{}'", grouped(s->rows_without_target), s->target)});
    rows.push_back({"target", text("'{}', {}", s->target, describe(d.info))});
    int64_t missing = 0;
    std::string numbers, kinds;
    for (const Column& c : s->columns) {
      missing += c.missing;
      std::string& list = c.category ? kinds : numbers;
      list += (list.empty() ? "" : ", ") + c.name;
      if (c.category) list += text(" ({})", c.levels.size());
    }
    const auto cut = [](std::string t) { return t.size() > 200 ? t.substr(0, 197) + "..." : t; };
    if (!numbers.empty()) rows.push_back({"numbers", cut(numbers)});
    if (!kinds.empty()) rows.push_back({"categories", cut(kinds)});
    for (const auto& left : s->left_out) rows.push_back({"not used", text("'{}': {}", left.name, left.why)});
    if (missing)
      rows.push_back({"missing", text("{} fields; numbers become the mean, categories a level", grouped(missing))});
  } else {
    rows.push_back({"sample", p.x_train.shape().slice(1).str()});
    rows.push_back({"target", describe(d.info)});
  }
  return aligned(rows);
}

/// Ends a training whose weights are lost.
struct StopWhenLost final : Callback {
  void on_epoch_end(int64_t, Logs& logs) override {
    if (!std::isfinite(logs["loss"])) model->set_stop_training(true);
  }
};

/// Of the data, so that a checkpoint is not taken up with others.
std::string fingerprint(const Parts& p, const ModelInfo& info) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  const auto add = [&](const void* bytes, size_t n) {
    for (size_t i = 0; i < n; ++i) hash = (hash ^ static_cast<const unsigned char*>(bytes)[i]) * 0x100000001b3u;
  };
  for (const Tensor* t : {&p.x_train, &p.y_train, &p.x_validation, &p.y_validation})
    if (t->defined()) add(t->raw(), static_cast<size_t>(t->size()) * size_of(t->dtype()));
  const std::string about = info.table ? write_json(info.table->to_value()) : "";
  add(about.data(), about.size());
  return std::to_string(hash);
}

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

std::string stem_of(const std::string& path) { return path.substr(0, path.size() - std::string(".keras").size()); }

int train(TrainArgs& a) {
  if (a.out.size() < 7 || a.out.substr(a.out.size() - 6) != ".keras")
    throw UsageError(text("--out must end in .keras, got '{}'", a.out));
  if (!(a.test >= 0 && a.validation >= 0 && a.test + a.validation < 1))
    throw UsageError(text("--test and --validation must be shares from 0 on and below 1 together, got {} and {}",
                          a.test, a.validation));
  const std::string checkpoint = stem_of(a.out) + ".checkpoint.keras";
  if (a.resume && !fs::exists(checkpoint))
    throw UsageError(text("there is nothing to resume: no file '{}'", checkpoint));
  if (!a.model.config.empty() && !fs::exists(a.model.config))
    throw UsageError(text("there is no file '{}'", a.model.config));
  check_writable(a.out);
  set_random_seed(a.seed);

  Dataset data;
  const Parts p = load(data, a);
  data.info.threshold = a.threshold;
  if (!p.x_test.defined() && a.test > 0) throw UsageError("there are too few rows for a test part");
  Model model = build_model(a.model, data.info, p.x_train, p.y_train);
  if (a.resume) resume(model, checkpoint);

  Report report;
  report.append("Data", data_text(data, p));
  std::printf("%s%s\n", report.text.c_str(), model.summary().c_str());
  std::fflush(stdout);
  report.append("Model", model.summary());

  FitConfig fit;
  fit.batch_size = a.batch_size > 0 ? a.batch_size : batch_size_for(p.train_rows);
  if (a.epochs == 0) a.epochs = epochs_for((p.train_rows + fit.batch_size - 1) / fit.batch_size);
  fit.epochs = a.epochs;
  // Long epochs deserve a bar of their own.
  constexpr int64_t kLongEpoch = 10'000'000;  // numbers
  const bool bar = a.verbose || p.source || p.x_train.size() >= kLongEpoch;
  fit.verbose = bar && !a.quiet ? -1 : 0;
  const bool validates = p.x_validation.defined();
  if (validates) {
    fit.validation_data = ValidationData{p.x_validation, p.y_validation, {}};
    fit.validation_batch_size = 1024;
    if (a.patience > 0)
      fit.callbacks.push_back(
          callbacks::EarlyStopping({.monitor = "val_loss", .patience = a.patience, .restore_best_weights = true}));
  }
  fit.callbacks.push_back(brief_progress(!bar && !a.quiet));  // always there: checkpoints count callbacks
  fit.callbacks.push_back(std::make_shared<StopWhenLost>());
  fit.callbacks.push_back(checkpoint_on_interrupt(checkpoint, fingerprint(p, data.info)));
  const auto start = std::chrono::steady_clock::now();
  History history;
  try {
    const InterruptScope scope;
    history = p.source ? model.fit(*p.source, fit) : model.fit(p.x_train, p.y_train, fit);
  } catch (const Interrupted& stop) {
    std::fflush(stdout);
    const std::string command = typed_command() + (a.resume ? "" : " --resume");
    std::fprintf(stderr, "\nStopped in epoch %lld. The state is in '%s'; go on with\n  %s\n",
                 static_cast<long long>(stop.epoch), checkpoint.c_str(), command.c_str());
    return kInterrupted;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  const char* watched = validates ? "val_loss" : "loss";
  const std::vector<double>& losses = history[watched];
  int64_t best_epoch = 0;
  const double best = best_of(losses, best_epoch);
  // Early stopping has put the best weights back; without it the last ones count.
  const bool lost = !std::isfinite(history["loss"].back());
  if (!std::isfinite(best) || (lost && !(validates && a.patience > 0)))
    throw UsageError(text("the loss became {} in epoch {}, so nothing was saved; try a --learning-rate below {}",
                          std::isnan(history["loss"].back()) ? "NaN" : "infinite", losses.size(),
                          model.optimizer()->learning_rate()));
  const bool early = static_cast<int64_t>(losses.size()) < a.epochs;
  const std::string why = !early ? ""
                          : lost ? ", then the loss was no number"
                                 : text(", then no improvement for {}", a.patience);
  Lines rows{{"epochs", text("{}{}", losses.size(), why)},
             {"best epoch", text("{} ({} {})", best_epoch, watched, short_number(best))},
             {"time", short_number(seconds) + " s"}};
  report.append("Training", aligned(rows));
  report.json["epochs"] = static_cast<int64_t>(losses.size());
  report.json["best_epoch"] = best_epoch;
  report.json["seconds"] = seconds;
  report.json["command"] = typed_command();
  report.json["task"] = data.info.to_value().at("task");
  Value curves = Value::object();
  for (const auto& [name, values] : history.history) {
    curves[name] = Value::array();
    for (const double v : values) curves[name].push_back(std::isfinite(v) ? Value(v) : Value());
  }
  report.json["history"] = curves;

  if (p.x_test.defined()) {
    const Logs logs = model.evaluate(p.x_test, p.y_test, {.batch_size = 1024});
    Quality measured(data.info);
    measured.add(p.y_test, model.predict(p.x_test, {.batch_size = 1024}));
    const Report quality = measured.report(logs["loss"]);
    std::printf("\nOn the %s rows held back for the test:\n\n%s", grouped(p.x_test.shape()[0]).c_str(),
                quality.text.c_str());
    report.append("On the test part", "");
    report.text += quality.text;
    report.json["test"] = quality.json;
  }
  model.save(a.out);
  const std::string page = stem_of(a.out) + ".report.txt", json = stem_of(a.out) + ".report.json";
  write_file_atomically(page, report.text);
  write_file_atomically(json, write_json(report.json, 2) + "\n");
  std::error_code none;
  fs::remove(checkpoint, none);
  std::printf("%zu epoch%s in %s s, best %s. Wrote %s, %s and %s.\n", losses.size(), losses.size() == 1 ? "" : "s",
              short_number(seconds).c_str(), std::to_string(best_epoch).c_str(), a.out.c_str(), page.c_str(),
              json.c_str());
  return kDone;
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
  c.add_flag("-q,--quiet", a->quiet, "No progress")->group("Output");
  c.add_flag("-v,--verbose", a->verbose, "A progress bar for every epoch")->group("Output");
  c.add_option("--threshold", a->threshold, "Probability from which on the second of two classes is predicted")
      ->capture_default_str()
      ->check(probability())
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
  c.add_option("--model", a->model.config, "A Keras config (model.to_json()) instead of these")->group("Model");
  c.add_option("--epochs", a->epochs, "At most; else by the data")->check(positive())->group("Training");
  c.add_option("--patience", a->patience,
               "Stop after so many epochs without improvement and keep the best; 0 never stops")
      ->check(from_zero())
      ->capture_default_str()
      ->group("Training");
  c.add_option("--batch-size", a->batch_size, "Rows in a step; else by the data")->check(positive())->group("Training");
  c.add_option("--optimizer", a->model.optimizer, "adam, sgd, rmsprop, adamw, ...")
      ->capture_default_str()
      ->group("Training");
  c.add_option("--learning-rate,--lr", a->model.learning_rate, "Else the optimizer's own")->group("Training");
  c.add_option("--validation", a->validation, "Share of the rows to watch training with")
      ->capture_default_str()
      ->group("Training");
  c.add_flag("--stream", a->stream, "Read the CSV file anew in each epoch: for files larger than the memory")
      ->group("Training");
  c.add_option("--test", a->test, "Share of the rows held back for the report")
      ->capture_default_str()
      ->group("Training");
  c.add_option("--seed", a->seed, "Of splits, first weights and shuffling")
      ->check(from_zero())
      ->capture_default_str()
      ->group("Training");
  c.add_flag("--resume", a->resume, "Go on from the checkpoint that an interrupted run left")->group("Training");
  c.footer(
      "Examples:\n"
      "  cornu train people.csv --target income\n"
      "  cornu train houses.csv --target price --layers 128,64 --dropout 0.2 --out houses.keras\n"
      "  cornu train --images train-images.gz --labels train-labels.gz\n"
      "Ctrl-C saves a checkpoint and says how to go on.");
  c.callback([a, &run] { run = [a] { return train(*a); }; });
}

}  // namespace cornu::cli
