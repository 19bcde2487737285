// The workloads of the README's table, through the public interface: one line of JSON for each.
// usage: steps [workload ...]   (small, medium, large, convnet, predict, all)
#include <cornu/cornu.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>

using namespace cornu;

namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Tensor noise(const Shape& shape, unsigned seed) {
  std::mt19937 gen(seed);
  std::uniform_real_distribution<float> u(0, 1);
  Tensor t(shape);
  for (float& x : t.mutable_data<float>()) x = u(gen);
  return t;
}

struct Workload {
  const char* name;
  Sequential model;
  Tensor x, y;
  int64_t batch;
};

/// Median and best seconds per step of `epochs` epochs of fit, shuffling and metrics included.
void time_fit(Workload& w, int64_t epochs, int repeats) {
  const double steps = static_cast<double>(epochs * ((w.x.shape()[0] + w.batch - 1) / w.batch));
  const auto fit = [&] { w.model.fit(w.x, w.y, {.batch_size = w.batch, .epochs = epochs, .verbose = 0}); };
  fit();
  std::vector<double> times;
  for (int r = 0; r < repeats; ++r) {
    const double start = seconds_now();
    fit();
    times.push_back((seconds_now() - start) / steps);
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"workload\": \"%s\", \"median_us\": %.4f, \"best_us\": %.4f}\n", w.name, times[times.size() / 2] * 1e6,
              times[0] * 1e6);
  std::fflush(stdout);
}

Tensor labels(int64_t rows, int64_t classes) {
  Tensor y({rows}, DType::i32);
  std::mt19937 gen(1);
  for (int32_t& v : y.mutable_data<int32_t>()) v = static_cast<int32_t>(gen() % static_cast<unsigned>(classes));
  return y;
}

Workload small() {
  Sequential m{Input({8}), Dense(10, {.activation = "relu"}), Dense(8, {.activation = "relu"}),
               Dense(1, {.activation = "sigmoid"})};
  m.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  return {"8-10-8-1 batch 10", m, noise({1000, 8}, 1), labels(1000, 2).to(DType::f32).reshaped({1000, 1}), 10};
}
Workload medium() {
  Sequential m{Input({784}), Dense(32, {.activation = "relu"}), Dense(10, {.activation = "softmax"})};
  m.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return {"784-32-10 batch 32", m, noise({6400, 784}, 1), labels(6400, 10), 32};
}
Workload large() {
  Sequential m{Input({784}), Dense(512, {.activation = "relu"}),  Dropout(0.2), Dense(512, {.activation = "relu"}),
               Dropout(0.2), Dense(10, {.activation = "softmax"})};
  m.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return {"784-512-512-10 batch 128", m, noise({12800, 784}, 1), labels(12800, 10), 128};
}

Workload convnet() {
  Sequential m{Input({28, 28, 1}),
               Conv2D(32, 3, {.activation = "relu"}),
               MaxPooling2D(),
               Conv2D(64, 3, {.activation = "relu"}),
               MaxPooling2D(),
               Flatten(),
               Dense(10, {.activation = "softmax"})};
  m.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  return {"convnet 28x28x1 batch 128", m, noise({2560, 28, 28, 1}, 1), labels(2560, 10), 128};
}

void time_predict(const char* name, const Sequential& model) {
  Predictor predict(model, 1);
  const Tensor x = noise({100, predict.input_size()}, 3);
  std::vector<float> y(static_cast<size_t>(predict.output_size()));
  std::vector<double> times;
  for (int r = 0; r < 31; ++r) {
    const double start = seconds_now();
    for (int i = 0; i < 1000; ++i) predict(x.data<float>().data() + (i % 90) * predict.input_size(), y.data());
    times.push_back((seconds_now() - start) / 1000);
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"workload\": \"predict %s\", \"median_us\": %.4f, \"best_us\": %.4f}\n", name, times[15] * 1e6,
              times[0] * 1e6);
}

bool wanted(int argc, char** argv, const char* name) {
  if (argc < 2) return true;
  for (int i = 1; i < argc; ++i)
    if (!std::strcmp(argv[i], name) || !std::strcmp(argv[i], "all")) return true;
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (wanted(argc, argv, "small")) {
    Workload w = small();
    time_fit(w, 20, 61);
    if (std::getenv("CORNU_EXPLAIN")) std::printf("%s", w.model.explain_step(2000).c_str());
  }
  if (wanted(argc, argv, "medium")) {
    Workload w = medium();
    time_fit(w, 1, 11);
    if (std::getenv("CORNU_EXPLAIN")) std::printf("%s", w.model.explain_step(200).c_str());
  }
  if (wanted(argc, argv, "large")) {
    Workload w = large();
    time_fit(w, 1, 7);
    if (std::getenv("CORNU_EXPLAIN")) std::printf("%s", w.model.explain_step(20).c_str());
  }
  if (wanted(argc, argv, "convnet")) {
    Workload w = convnet();
    time_fit(w, 1, 5);
    if (std::getenv("CORNU_EXPLAIN")) std::printf("%s", w.model.explain_step(20).c_str());
  }
  if (wanted(argc, argv, "predict")) {
    time_predict("8-10-8-1", small().model);
    time_predict("784-32-10", medium().model);
  }
}
