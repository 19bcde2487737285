// Trains a tiny network with an installed Cornu.
#include <cornu/cornu.h>

#include <cstdio>

int main() {
  using namespace cornu;
  set_random_seed(1);
  const Tensor x({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1}), y({4, 1}, {0, 1, 1, 0});
  Sequential model{Input({2}), Dense(8, {.activation = "tanh"}), Dense(1, {.activation = "sigmoid"})};
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.05}), .loss = "binary_crossentropy"});
  const History h = model.fit(x, y, {.batch_size = 4, .epochs = 300, .verbose = 0});
  std::printf("loss %.4f -> %.4f\n", h["loss"].front(), h["loss"].back());
  return h["loss"].back() < 0.1 ? 0 : 1;
}
