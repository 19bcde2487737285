// Registration of the families of losses.
#pragma once
#include <cornu/losses/loss.h>

namespace cornu {

void add_probabilistic_losses(Registry<LossImpl>& r);
void add_focal_losses(Registry<LossImpl>& r);
void add_regression_losses(Registry<LossImpl>& r);
void add_similarity_losses(Registry<LossImpl>& r);
void add_ctc_loss(Registry<LossImpl>& r);
void add_losses_by_shape(Registry<LossImpl>& r);

}  // namespace cornu
