// Time to specialize, optimize, plan and prepare a training step, pass by pass.
#include <cornu/cornu.h>

#include <chrono>
#include <cstdio>

#include "train/trainer.h"

int main() {
  using namespace cornu;
  for (int depth : {2, 10, 20}) {
    std::vector<Layer> layers{Input({16})};
    for (int i = 0; i < depth; ++i) layers.push_back(Dense(16, {.activation = "relu"}));
    layers.push_back(Dense(1, {.activation = "sigmoid"}));
    Sequential model(layers);
    model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
    model.train_on_batch(Tensor({32, 16}), Tensor({32, 1}));
    ModelImpl& m = model.model();
    Step& step = *m.trainer->last_train_step;
    double total = 0;
    for (const PassTime& p : step.pass_times()) total += p.microseconds;
    std::printf("%d hidden layers: %zu nodes after the passes, %zu instructions, %.0f us:", depth,
                step.graph().nodes.size(), step.instruction_count(), total);
    for (const PassTime& p : step.pass_times()) std::printf(" %s %.0f", p.name.c_str(), p.microseconds);
    std::printf("\n");
  }
}
