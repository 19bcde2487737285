// The main job on real images: a dense network on the 60,000 of Fashion-MNIST, from files to a saved model and a
// report. usage: fashion_mnist [folder of the four IDX files] [output folder]
#include <cornu/cornu.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace cornu;

static const std::vector<std::string> kClasses = {"T-shirt", "trouser", "pullover", "dress", "coat",
                                                  "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};

int main(int argc, char** argv) try {
  const std::string data = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const std::string out = argc > 2 ? argv[2] : "demo-output";
  const Tensor x_train = load_idx(data + "/train-images-idx3-ubyte.gz");
  const Tensor y_train = load_idx(data + "/train-labels-idx1-ubyte.gz");
  const Tensor x_test = load_idx(data + "/t10k-images-idx3-ubyte.gz");
  const Tensor y_test = load_idx(data + "/t10k-labels-idx1-ubyte.gz");

  constexpr int64_t kEpochs = 18, kBatch = 128;
  set_random_seed(1);
  Sequential model{Input({28, 28}), Rescaling(1.0 / 255),
                   Flatten(),       Dense(512, {.activation = "relu"}),
                   Dropout(0.25),   Dense(256, {.activation = "relu"}),
                   Dropout(0.25),   Dense(10, {.activation = "softmax"})};
  const int64_t steps = kEpochs * (x_train.shape()[0] * 95 / 100 / kBatch);
  const schedules::CosineDecay rate({.initial_learning_rate = 1e-3, .decay_steps = steps});
  model.compile({.optimizer = optimizers::Adam({.learning_rate = LearningRate(rate)}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  std::printf("%s", model.summary().c_str());

  const auto start = std::chrono::steady_clock::now();
  model.fit(x_train, y_train, {.batch_size = kBatch, .epochs = kEpochs, .validation_split = 0.05});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  const Tensor predicted = model.predict(x_test, {.batch_size = 1000});
  const std::string confusion = confusion_matrix(y_test, predicted).text(kClasses);
  const std::string report = classification_report(y_test, predicted, kClasses).text();
  const Logs test = model.evaluate(x_test, y_test, {.batch_size = 1000});
  std::printf("\n%s\n%s\ntrained in %.1f s; test accuracy %.4f, loss %.4f\n", confusion.c_str(), report.c_str(),
              seconds, test["accuracy"], test["loss"]);

  std::filesystem::create_directories(out);
  Value names = Value::array();
  for (const std::string& name : kClasses) names.push_back(name);
  model.metadata()["classes"] = names;
  model.save(out + "/fashion_mnist.keras");
  std::ofstream(out + "/report.txt") << confusion << "\n" << report;
  std::printf("saved %s/fashion_mnist.keras and report.txt\n", out.c_str());
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
