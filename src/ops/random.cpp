// Random numbers as pure functions of a (seed, counter) pair.
#include "ops/rules.h"

namespace cornu {
namespace {

Types infer_random(const InferCall& c) {
  c.require(c.in[0].dtype == DType::i32 && c.in[0].shape == Shape{2}, "the seed must be int32 (2,), got {} {}",
            c.in[0].dtype, c.in[0].shape);
  c.require(is_floating(c.in[1].dtype), "numbers are drawn of a floating type, got {}", c.in[1].dtype);
  return TypeShape{c.in[1].dtype, c.in[1].shape};
}
const OpDef kRandom{.name = "random",
                    .kind = OpKind::random,
                    .arity = 2,
                    .infer = infer_random,
                    .attrs = attrs_of<RandomAttrs>,
                    .shape_only = 2};

Tensor random(const char* kind, const Tensor& seed, const Tensor& like, double a, double b) {
  return emit(kRandom, {seed, like}, Attrs::of(RandomAttrs{kind, a, b, {}}));
}

}  // namespace

void add_random_ops(OpRegistry& r) { r.add(kRandom); }

namespace ops {

Tensor random_uniform(const Tensor& seed, const Tensor& like, double low, double high) {
  return random("uniform", seed, like, low, high);
}
Tensor random_normal(const Tensor& seed, const Tensor& like, double mean, double stddev) {
  return random("normal", seed, like, mean, stddev);
}

}  // namespace ops
}  // namespace cornu
