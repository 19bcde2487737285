// What the classes of optimizers are made with, and the registration of their families.
#pragma once
#include <cornu/ops.h>
#include <cornu/optimizers.h>

namespace cornu {

/// 1 - beta, where Keras rounds beta to the variable's type before it subtracts: 1e-5 off for beta = 0.999.
double one_minus(double beta, DType dtype);
/// 1 - beta^t, exact to a few roundings also where beta^t is near 1; as Keras does, beta is rounded to t's type first.
Tensor one_minus_power(double beta, const Tensor& t);

/// The value before anything that follows assigns to it.
Tensor kept_value(const Variable& v);

/// What a MultiOptimizer consists of, and is made with; CallError for other optimizers.
const std::vector<Optimizer>& optimizers_of(const OptimizerImpl& multi);
const OptimizerMap& optimizer_map_of(const OptimizerImpl& multi);

void add_descent_optimizers(Registry<OptimizerImpl>& r);
void add_adam_optimizers(Registry<OptimizerImpl>& r);
void add_scaled_optimizers(Registry<OptimizerImpl>& r);
void add_recent_optimizers(Registry<OptimizerImpl>& r);
void add_wrapping_optimizers(Registry<OptimizerImpl>& r);

}  // namespace cornu
