// cornu evaluate: how good a model is on data with known answers.
#include <cornu/saving.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/dataset.h"
#include "cli/output_head.h"
#include "cli/quality.h"
#include "io/file.h"
#include "io/json.h"

namespace cornu::cli {
namespace {

struct EvaluateArgs {
  std::string model, json;
  DataArgs data;
  int64_t batch_size = 1024;
  std::string threshold;
};

int evaluate(EvaluateArgs& a) {
  if (!a.json.empty()) {
    std::vector<std::string> inputs = a.data.files();
    inputs.push_back(a.model);
    check_not_input("--json", a.json, inputs);
    check_writable(a.json);
  }
  need_model(a.model);
  Model model = load_model(a.model);
  ModelData data = load_for_model(a.data, model, true);
  set_threshold(data.info, a.threshold);
  Quality quality(data.info);
  double loss = 0;
  for (DataSource::Block b; data.next(b);) {
    const Tensor &x = b.x.only(), &y = b.y.only();
    quality.add(y, model.predict(x, {.batch_size = a.batch_size}));
    if (model.optimizer())
      loss += model.evaluate(x, truth_for_loss(model, data.info, y), {.batch_size = a.batch_size})["loss"] *
              static_cast<double>(x.shape()[0]);
  }
  if (const std::string w = data.warning(); !w.empty()) std::fprintf(stderr, "%s\n", w.c_str());
  const Report r =
      quality.report(model.optimizer() ? std::optional(loss / static_cast<double>(quality.rows())) : std::nullopt);
  std::printf("%s on %s\n\n%s", a.model.c_str(), data.title.c_str(), r.text.c_str());
  if (!a.json.empty()) write_file_atomically(a.json, write_json(r.json, 2) + "\n");
  return kDone;
}

}  // namespace

void add_evaluate(CLI::App& app, Run& run) {
  CLI::App& c = *app.add_subcommand("evaluate", "Compare a model's predictions with the truth");
  const auto a = std::make_shared<EvaluateArgs>();
  c.add_option("model", a->model, "A .keras file")->required();
  a->data.add_sources(c, "CSV or .npz file with the truth, or a folder of IDX files (of these two the test part)");
  c.add_option("-t,--target", a->data.csv.target, "Column of the truth, if the model does not say")->group("Table");
  c.add_option("--threshold", a->threshold,
               "Probability from which on the second of two classes is predicted, or, as fraud=0.1, that class")
      ->check(threshold());
  c.add_option("--batch-size", a->batch_size, "Rows computed at a time")->capture_default_str()->check(whole_from(1));
  c.add_option("--json", a->json, "Also writes the report there");
  c.footer("Example:\n  cornu evaluate model.keras other_people.csv");
  c.callback([a, &run] { run = [a] { return evaluate(*a); }; });
}

}  // namespace cornu::cli
