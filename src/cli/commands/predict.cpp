// cornu predict: what a model says about new data.
#include <cornu/saving.h>

#include <cstdio>
#include <iterator>

#include "cli/command.h"
#include "cli/dataset.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/json.h"

namespace cornu::cli {
namespace {

struct PredictArgs {
  std::string model, out;
  DataArgs data;
  int64_t batch_size = 1024;
  double threshold = 0;
};

/// Numbers as float32 holds them.
std::string number(float v) {
  char out[32];
  for (int digits = 6; digits <= 9; ++digits) {
    std::snprintf(out, sizeof out, "%.*g", digits, static_cast<double>(v));
    if (std::strtof(out, nullptr) == v) break;
  }
  return out;
}

std::string table_text(const ModelInfo& info, const Tensor& output) {
  const std::span<const float> v = output.data<float>();
  const size_t rows = static_cast<size_t>(output.shape()[0]), width = rows ? v.size() / rows : 1;
  std::vector<std::string> line{"prediction"};
  if (info.classifies()) {
    for (const std::string& name : info.class_names) line.push_back("p(" + name + ")");
  } else if (width > 1) {
    line.clear();
    for (size_t i = 0; i < width; ++i) line.push_back("prediction_" + std::to_string(i));
  }
  std::string out = csv_line(line);
  const Tensor classes = info.classifies() ? predicted_classes(info, output) : Tensor();
  for (size_t r = 0; r < rows; ++r) {
    const float* row = v.data() + r * width;
    line.clear();
    if (info.classifies()) {
      const size_t k = static_cast<size_t>(classes.data<int32_t>()[r]);
      line.push_back(k < info.class_names.size() ? info.class_names[k] : std::to_string(k));
      if (info.task == Task::binary && width == 1) line.push_back(number(1 - row[0]));
    }
    for (size_t i = 0; i < width; ++i) line.push_back(number(row[i]));
    out += csv_line(line);
  }
  return out;
}

int predict(PredictArgs& a) {
  need_model(a.model);
  const bool npy = a.out.size() > 4 && a.out.substr(a.out.size() - 4) == ".npy";
  if (!a.out.empty()) check_writable(a.out);
  Model model = load_model(a.model, {.compile = false});
  Dataset data = load_for_model(a.data, model, false);
  if (a.threshold > 0) data.info.threshold = a.threshold;
  const Tensor output = model.predict(data.x, {.batch_size = a.batch_size});
  if (npy) {
    save_npy(a.out, output);
  } else {
    const std::string page = table_text(data.info, output.to(DType::f32));
    if (a.out.empty())
      std::fwrite(page.data(), 1, page.size(), stdout);
    else
      write_file_atomically(a.out, page);
  }
  if (!a.out.empty()) std::printf("Wrote %s predictions to %s.\n", grouped(output.shape()[0]).c_str(), a.out.c_str());
  return kDone;
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  CLI::App& c = *app.add_subcommand("predict", "Use a model on new data");
  const auto a = std::make_shared<PredictArgs>();
  c.add_option("model", a->model, "A .keras file")->required();
  a->data.add_sources(c, "CSV, .npy, .npz or IDX file; raw data, as the model was trained with");
  c.add_option("-o,--out", a->out,
               "A .csv file with classes and probabilities, or .npy with the plain output; else the terminal");
  c.add_option("--threshold", a->threshold, "Probability from which on the second of two classes is predicted")
      ->check(probability());
  c.add_option("--batch-size", a->batch_size, "Rows computed at a time")->capture_default_str()->check(positive());
  c.footer(
      "Examples:\n"
      "  cornu predict model.keras new_people.csv\n"
      "  cornu predict model.keras images.npy -o probabilities.npy");
  c.callback([a, &run] { run = [a] { return predict(*a); }; });
}

}  // namespace cornu::cli
