// cornu summary: what is in a model's file.
#include <cornu/saving.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/report.h"
#include "cli/task.h"
#include "data/number_style.h"

namespace cornu::cli {
namespace {

int summary(const std::string& path) {
  need_model(path);
  const Model model = load_model(path);
  std::printf("%s", model.summary().c_str());
  const ModelInfo info = ModelInfo::of(model);
  Lines rows{{"predicts", describe(info)}};
  if (const std::string t = threshold_text(info); !t.empty()) rows.push_back({"threshold", t});
  if (info.table) {
    rows.push_back({"target", info.table->target});
    for (const Column& c : info.table->columns) {
      const std::string how = c.category ? listed(c.levels, 100) : described(c.style);
      rows.push_back({"column", c.name + (how.empty() ? "" : " (" + how + ")")});
    }
  }
  if (const Optimizer o = model.optimizer()) rows.push_back({"optimizer", o->class_name()});
  std::printf("\n%s", aligned(rows).c_str());
  return kDone;
}

}  // namespace

void add_summary(CLI::App& app, Run& run) {
  CLI::App& c = *app.add_subcommand("summary", "Show the layers of a model and what it expects");
  const auto path = std::make_shared<std::string>();
  c.add_option("model", *path, "A .keras file")->required();
  c.footer("Example:\n  cornu summary model.keras");
  c.callback([path, &run] { run = [path] { return summary(*path); }; });
}

}  // namespace cornu::cli
