// The workloads of the README's table, through the public interface: one line of JSON for each.
// usage: steps [workload ...]   (small, medium, large, large_bfloat16, convnet, predict, threads, all)
#include <cornu/cornu.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>

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
/// The same with bfloat16 in products and activations, float32 in weights; its figure is read beside that of `large`.
Workload large_bfloat16() {
  const DTypePolicy before = dtype_policy();
  set_dtype_policy("mixed_bfloat16");
  Workload w = large();
  set_dtype_policy(before);
  w.name = "784-512-512-10 batch 128 mixed_bfloat16";
  return w;
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

/// A functional model of two inputs.
Model two_inputs() {
  const Tensor a = Input({8}), b = Input({4});
  const Tensor left = Dense(10, {.activation = "relu"})(a), right = Dense(6, {.activation = "relu"})(b);
  return Model({a, b}, Dense(1, {.activation = "sigmoid"})(Concatenate()({left, right}).only()));
}

/// Microseconds of f(), called 1000 times for each of 31 rounds.
template <class F>
void time_calls(const char* name, F f) {
  std::vector<double> times;
  for (int r = 0; r < 31; ++r) {
    const double start = seconds_now();
    for (int i = 0; i < 1000; ++i) f();
    times.push_back((seconds_now() - start) * 1e3);
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"workload\": \"%s\", \"median_us\": %.4f, \"best_us\": %.4f}\n", name, times[15], times[0]);
}

void time_two_inputs() {
  const Model model = two_inputs();
  const Tensor a = noise({1, 8}, 3), b = noise({1, 4}, 4);
  Predictor predictor(model, 1);
  float out = 0;
  const float* const in[] = {a.data<float>().data(), b.data<float>().data()};
  float* const to[] = {&out};
  time_calls("Predictor, two inputs", [&] { predictor(in, to); });
  const Tree<Tensor> row{a, b};
  Model m = model;
  time_calls("predict of a row, two inputs", [&] { m.predict(row); });
  time_calls("model(x), two inputs", [&] { m(row); });
}

/// Batches that several threads predict with one model, beside what one thread does; each is work for one core.
void time_threads() {
  Workload w = medium();
  const int64_t rows = 32;
  const Tensor x = w.x.rows(0, rows);
  w.model.predict(x, {.batch_size = rows});
  const int most = static_cast<int>(std::thread::hardware_concurrency());
  double one = 0;
  for (int threads = 1; threads <= most; threads *= 2) {
    std::vector<double> rates;
    for (int r = 0; r < 7; ++r) {
      std::vector<std::thread> all;
      const double start = seconds_now();
      for (int t = 0; t < threads; ++t)
        all.emplace_back([&] {
          for (int i = 0; i < 2000; ++i) w.model.predict(x, {.batch_size = rows});
        });
      for (std::thread& t : all) t.join();
      rates.push_back(2000.0 * threads / (seconds_now() - start));
    }
    std::sort(rates.begin(), rates.end());
    if (threads == 1) one = rates.back();
    std::printf("{\"workload\": \"%d threads predict with one model\", \"batches_per_s\": %.0f, \"of_one\": %.2f}\n",
                threads, rates.back(), rates.back() / one);
  }
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
  if (wanted(argc, argv, "large_bfloat16")) {
    Workload w = large_bfloat16();
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
    time_two_inputs();
  }
  if (wanted(argc, argv, "threads")) time_threads();
}
