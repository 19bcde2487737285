// cornu predict: what a model says about new data.
#include <cornu/saving.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "cli/command.h"
#include "cli/dataset.h"
#include "cli/interrupt.h"
#include "cli/output_head.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/npy.h"

namespace cornu::cli {
namespace {

struct PredictArgs {
  std::string model, out;
  DataArgs data;
  int64_t batch_size = 1024;
  std::string threshold;
};

/// Numbers as float32 holds them: the fewest digits that read back as the same.
std::string number(float v) {
  const float size = std::fabs(v);
  const bool plain = size == 0 || (size >= 1e-4f && size < 1e9f);
  char out[48];
  return {
      out,
      std::to_chars(out, out + sizeof out, v, plain ? std::chars_format::fixed : std::chars_format::scientific).ptr};
}

std::string header(const ModelInfo& info, int64_t width) {
  std::vector<std::string> line{"prediction"};
  if (info.classifies()) {
    for (const std::string& name : info.class_names) line.push_back("p(" + name + ")");
  } else if (width > 1) {
    line.clear();
    for (int64_t i = 0; i < width; ++i) line.push_back("prediction_" + std::to_string(i));
  }
  return csv_line(line);
}

std::string lines(const ModelInfo& info, const Tensor& plain) {
  const Tensor output = probabilities(info, plain);
  const std::span<const float> v = output.data<float>();
  const size_t rows = static_cast<size_t>(output.shape()[0]), width = v.size() / rows;
  const Tensor classes = info.classifies() ? predicted_classes(info, output) : Tensor();
  std::vector<std::string> line;
  std::string out;
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

/// With its loss if nothing else tells what the output is; losses that there is no class for are no hindrance.
Model load_for_use(const std::string& path) {
  const Model model = load_model(path, {.compile = false});
  if (model.metadata().has("task")) return model;
  try {
    return load_model(path);
  } catch (const Error&) {
    return model;
  }
}

bool ends_with(const std::string& s, const char* end) { return s.size() > 4 && std::string_view(s).ends_with(end); }

int predict(PredictArgs& a) {
  need_model(a.model);
  for (const char* other : {".npz", ".json", ".xlsx", ".parquet", ".keras", ".h5"})
    if (ends_with(a.out, other)) throw UsageError(text("--out must be a .csv or .npy file, got '{}'", a.out));
  const bool npy = ends_with(a.out, ".npy");
  if (a.out == "-") a.out.clear();
  if (!a.out.empty()) {
    std::vector<std::string> inputs = a.data.files();
    inputs.push_back(a.model);
    check_not_input("--out", a.out, inputs);
    check_writable(a.out);
  }
  Model model = load_for_use(a.model);
  ModelData data = load_for_model(a.data, model, false);
  set_threshold(data.info, a.threshold);
  std::optional<AtomicFile> file;
  if (!a.out.empty()) file.emplace(a.out);
  const auto put = [&](std::string_view bytes) {
    if (file) return file->write(bytes);
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    if (std::ferror(stdout)) throw UsageError(text("the output could not be written: {}", std::strerror(errno)));
  };
  int64_t rows = 0;
  Shape shape;
  const InterruptScope scope;
  for (DataSource::Block b; data.next(b);) {
    if (interrupt_asked()) {
      std::fprintf(stderr, "cornu: stopped after %s%s\n", counted(rows, "prediction").c_str(),
                   file ? text("; '{}' was not written", a.out).c_str() : "");
      return kInterrupted;
    }
    Tensor output = model.predict(b.x.only(), {.batch_size = a.batch_size});
    if (!npy) output = output.to(DType::f32);
    if (rows == 0) {
      shape = output.shape();
      put(npy ? npy_header(to_string(output.dtype()), shape.dims()) : header(data.info, output.size() / shape[0]));
    }
    rows += output.shape()[0];
    const size_t bytes = static_cast<size_t>(output.size()) * size_of(output.dtype());
    put(npy ? std::string_view(static_cast<const char*>(output.raw()), bytes) : lines(data.info, output));
    if (npy && rows != shape[0]) {
      shape[0] = rows;
      file->write_at(0, npy_header(to_string(output.dtype()), shape.dims()));
    }
  }
  if (file) file->commit();
  if (const std::string w = data.warning(); !w.empty()) std::fprintf(stderr, "%s\n", w.c_str());
  if (file) std::printf("Wrote %s to %s.\n", counted(rows, "prediction").c_str(), a.out.c_str());
  return kDone;
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  CLI::App& c = *app.add_subcommand("predict", "Use a model on new data");
  const auto a = std::make_shared<PredictArgs>();
  c.add_option("model", a->model, "A .keras file")->required();
  a->data.add_sources(
      c,
      "CSV, .npy, .npz or IDX file, or a folder of IDX files (of these two the test part); raw data, as the model "
      "was trained with",
      false);
  c.add_option(
      "-o,--out", a->out,
      "A .csv file with classes and probabilities, or .npy with what the model itself gives; else, as with -, the "
      "standard output gets the .csv");
  c.add_option("--threshold", a->threshold,
               "Probability from which on the second of two classes is predicted, or, as fraud=0.1, that class")
      ->check(threshold());
  c.add_option("--batch-size", a->batch_size, "Rows computed at a time")->capture_default_str()->check(whole_from(1));
  c.footer(
      "Examples:\n"
      "  cornu predict model.keras new_people.csv\n"
      "  cornu predict model.keras images.npy -o probabilities.npy");
  c.callback([a, &run] { run = [a] { return predict(*a); }; });
}

}  // namespace cornu::cli
