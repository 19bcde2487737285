// What layers that leave elements out share.
#pragma once
#include <cornu/tensor.h>

namespace cornu {

/// x where `kept` is true, as much larger as keeps its mean, and zeros elsewhere. `rate`: the share left out, below 1.
Tensor dropped(const Tensor& x, const Tensor& kept, double rate);

}  // namespace cornu
