// Initializers: how weights start. Names, defaults and distributions are Keras'; the random streams are our own.
#pragma once
#include <cornu/configurable.h>
#include <cornu/tensor.h>

namespace cornu {

/// Base of every initializer. It has no state but its config, so several threads may use one.
class CORNU_API InitializerImpl : public Configurable {
 public:
  static constexpr const char* kModule = "keras.initializers";
  /// A concrete tensor of that shape.
  virtual Tensor call(const Shape& shape, DType dtype) const = 0;
};
using Initializer = Handle<InitializerImpl>;
template <>
CORNU_API Registry<InitializerImpl>& registry<InitializerImpl>();

/// Seeds everything random that follows: initial weights, shuffling, dropout, splits.
CORNU_API void set_random_seed(uint64_t seed);
/// A new seed, drawn from the one given to set_random_seed.
CORNU_API uint64_t next_seed();

/// Inputs and outputs of one unit: all but the last axis are inputs, and kernel axes count for both sides.
struct Fans {
  int64_t in = 1, out = 1;
};
CORNU_API Fans compute_fans(const Shape& shape);

namespace initializers {

struct NoConfig {};
/// 0 everywhere.
struct CORNU_API Zeros : Initializer {
  explicit Zeros(NoConfig config = {});
};
/// 1 everywhere.
struct CORNU_API Ones : Initializer {
  explicit Ones(NoConfig config = {});
};
struct ConstantConfig {
  double value = 0;
};
/// The same number everywhere.
struct CORNU_API Constant : Initializer {
  explicit Constant(ConstantConfig config = {});
};
struct IdentityConfig {
  double gain = 1;
};
/// gain on the diagonal of a matrix, 0 elsewhere.
struct CORNU_API Identity : Initializer {
  explicit Identity(IdentityConfig config = {});
};

struct STFTConfig {
  Text side = "real";                       ///< Or "imag".
  std::optional<Text> window = "hann";      ///< By SciPy's name; nothing: all ones.
  std::optional<Text> scaling = "density";  ///< By the window's L2 norm; "spectrum": by its sum; nothing: not.
  bool periodic = false;
};
/// The real or imaginary part of a short-time Fourier transform, as the kernel (time, 1, frequency) of a convolution.
struct CORNU_API STFT : Initializer {
  explicit STFT(STFTConfig config = {});
};

// Without a seed each call draws a new one; with a seed each call gives the same values.
struct RandomNormalConfig {
  double mean = 0, stddev = 0.05;
  std::optional<int64_t> seed{};
};
/// Normal of that mean and deviation.
struct CORNU_API RandomNormal : Initializer {
  explicit RandomNormal(RandomNormalConfig config = {});
};
/// RandomNormal without what lies beyond two standard deviations: such values are drawn again.
struct CORNU_API TruncatedNormal : Initializer {
  explicit TruncatedNormal(RandomNormalConfig config = {});
};
struct RandomUniformConfig {
  double minval = -0.05, maxval = 0.05;
  std::optional<int64_t> seed{};
};
/// Uniform in [minval, maxval).
struct CORNU_API RandomUniform : Initializer {
  explicit RandomUniform(RandomUniformConfig config = {});
};
struct VarianceScalingConfig {
  double scale = 1;
  Text mode = "fan_in";                    ///< or "fan_out", "fan_avg"
  Text distribution = "truncated_normal";  ///< or "untruncated_normal", "uniform"
  std::optional<int64_t> seed{};
  std::optional<std::vector<int64_t>> input_axes{}, output_axes{};  ///< Whose sizes make the fans; both or none.
};
/// Variance scale / fan.
struct CORNU_API VarianceScaling : Initializer {
  explicit VarianceScaling(VarianceScalingConfig config = {});
};
struct SeedConfig {
  std::optional<int64_t> seed{};
  std::optional<std::vector<int64_t>> input_axes{}, output_axes{};
};
/// Variance 1 / fan_avg; normals are truncated.
struct CORNU_API GlorotUniform : Initializer {
  explicit GlorotUniform(SeedConfig config = {});
};
/// Truncated normal of variance 2 / (inputs + outputs).
struct CORNU_API GlorotNormal : Initializer {
  explicit GlorotNormal(SeedConfig config = {});
};
/// Variance 1 / fan_in.
struct CORNU_API LecunUniform : Initializer {
  explicit LecunUniform(SeedConfig config = {});
};
/// Truncated normal of variance 1 / inputs.
struct CORNU_API LecunNormal : Initializer {
  explicit LecunNormal(SeedConfig config = {});
};
/// Variance 2 / fan_in.
struct CORNU_API HeUniform : Initializer {
  explicit HeUniform(SeedConfig config = {});
};
/// Truncated normal of variance 2 / inputs.
struct CORNU_API HeNormal : Initializer {
  explicit HeNormal(SeedConfig config = {});
};
struct OrthogonalConfig {
  double gain = 1;
  std::optional<int64_t> seed{};
};
/// gain times a matrix (all axes but the last are rows) whose shorter side is orthonormal.
struct CORNU_API Orthogonal : Initializer {
  explicit Orthogonal(OrthogonalConfig config = {});
};

}  // namespace initializers

}  // namespace cornu
