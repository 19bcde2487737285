// Initializers: how weights start. Names, defaults and distributions are Keras'; the random streams are our own.
#pragma once
#include <cornu/configurable.h>
#include <cornu/tensor.h>

namespace cornu {

class CORNU_API InitializerImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.initializers";
  /// A concrete tensor of that shape.
  virtual Tensor call(const Shape& shape, DType dtype) const = 0;
};
using Initializer = Handle<InitializerImpl>;

/// Seeds everything random that follows: initial weights, shuffling, dropout, splits.
CORNU_API void set_random_seed(uint64_t seed);
/// A new seed, drawn from the one given to set_random_seed.
CORNU_API uint64_t next_seed();

}  // namespace cornu
