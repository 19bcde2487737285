// A dense network on the 60,000 images of Fashion-MNIST, from files to a saved model and a report.
// usage: fashion_mnist [folder of the four IDX files] [output folder]
#include <cornu/cornu.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

using namespace cornu;

int main(int argc, char** argv) try {
  const std::string data = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  const std::string out = argc > 2 ? argv[2] : "demo-output";
  std::filesystem::create_directories(out);
  const Tensor x_train = load_idx(data + "/train-images-idx3-ubyte.gz"),
               y_train = load_idx(data + "/train-labels-idx1-ubyte.gz");
  const Tensor x_test = load_idx(data + "/t10k-images-idx3-ubyte.gz"),
               y_test = load_idx(data + "/t10k-labels-idx1-ubyte.gz");

  set_random_seed(1);
  Sequential model{Input({28, 28}), Rescaling(1.0 / 255),
                   Flatten(),       Dense(512, {.activation = "relu"}),
                   Dropout(0.3),    Dense(256, {.activation = "relu"}),
                   Dropout(0.3),    Dense(10, {.activation = "softmax"})};
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  std::printf("%s", model.summary().c_str());

  const auto start = std::chrono::steady_clock::now();
  model.fit(x_train, y_train, {.batch_size = 128, .epochs = 15, .validation_split = 0.05});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Logs test = model.evaluate(x_test, y_test, {.batch_size = 1000});
  std::printf("trained in %.1f s; test accuracy %.4f, loss %.4f\n", seconds, test["accuracy"], test["loss"]);
  return 0;
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
