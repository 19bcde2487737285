// A whole process: 100 epochs of 1,000 rows at batch 10 of the network 8-10-8-1, then exit. Time it from outside.
#include <cornu/cornu.h>

#include <cstdio>

int main() {
  using namespace cornu;
  set_random_seed(1);
  Tensor x({1000, 8}), y({1000, 1});
  for (size_t i = 0; i < 8000; ++i) x.mutable_data<float>()[i] = static_cast<float>(i * 7919 % 1000) / 1000;
  for (size_t i = 0; i < 1000; ++i) y.mutable_data<float>()[i] = x.data<float>()[8 * i] > 0.5f ? 1.0f : 0.0f;
  Sequential model{Input({8}), Dense(10, {.activation = "relu"}), Dense(8, {.activation = "relu"}),
                   Dense(1, {.activation = "sigmoid"})};
  model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  const History h = model.fit(x, y, {.batch_size = 10, .epochs = 100, .verbose = 0});
  std::printf("loss %.4f, accuracy %.4f\n", h["loss"].back(), h["accuracy"].back());
}
