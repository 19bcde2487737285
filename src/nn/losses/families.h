// Registration of the families of losses.
#pragma once
#include <cornu/losses.h>

namespace cornu {

void add_probabilistic_losses(Registry<LossImpl>& r);

}  // namespace cornu
