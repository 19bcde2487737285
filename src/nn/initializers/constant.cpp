// Initializers without random numbers; and the registry.
#include "nn/initializers/families.h"
#include "nn/registry.h"
#include "tensor/dispatch.h"

namespace cornu {

using namespace initializers;

template <>
struct Describe<NoConfig> {
  static constexpr auto fields = std::tuple{};
};
template <>
struct Describe<ConstantConfig> {
  static constexpr auto fields = std::tuple{field("value", &ConstantConfig::value)};
};
template <>
struct Describe<IdentityConfig> {
  static constexpr auto fields = std::tuple{field("gain", &IdentityConfig::gain)};
};

namespace {

struct ZerosInitializer final : WithConfig<ZerosInitializer, InitializerImpl, NoConfig> {
  static constexpr const char* kName = "Zeros";
  using WithConfig::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override { return Tensor(shape, dtype); }
};

struct OnesInitializer final : WithConfig<OnesInitializer, InitializerImpl, NoConfig> {
  static constexpr const char* kName = "Ones";
  using WithConfig::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override { return Tensor::full(shape, 1, dtype); }
};

struct ConstantInitializer final : WithConfig<ConstantInitializer, InitializerImpl, ConstantConfig> {
  static constexpr const char* kName = "Constant";
  static constexpr bool kTakesNaN = true;
  using WithConfig::WithConfig;
  Tensor call(const Shape& shape, DType dtype) const override { return Tensor::full(shape, config.value, dtype); }
};

struct IdentityInitializer final : WithConfig<IdentityInitializer, InitializerImpl, IdentityConfig> {
  static constexpr const char* kName = "Identity";
  using WithConfig::WithConfig;
  /// Keras forgets to write the gain; here it is written where it matters, which Keras reads.
  Value get_config() const override { return config.gain == 1 ? Value::object() : WithConfig::get_config(); }
  Tensor call(const Shape& shape, DType dtype) const override {
    if (shape.rank() != 2) throw ShapeError(kName, text("needs a matrix, got shape {}", shape));
    Tensor out(shape, dtype);
    with_type(dtype, [&]<class T>() {
      T* p = static_cast<T*>(out.raw());
      for (int64_t i = 0; i < std::min(shape.dim(0), shape.dim(1)); ++i)
        p[i * shape.dim(1) + i] = static_cast<T>(config.gain);
    });
    return out;
  }
};

}  // namespace

namespace initializers {
Zeros::Zeros(NoConfig c) : Initializer(std::make_shared<ZerosInitializer>(c)) {}
Ones::Ones(NoConfig c) : Initializer(std::make_shared<OnesInitializer>(c)) {}
Constant::Constant(ConstantConfig c) : Initializer(std::make_shared<ConstantInitializer>(c)) {}
Identity::Identity(IdentityConfig c) : Initializer(std::make_shared<IdentityInitializer>(c)) {}
}  // namespace initializers

void add_constant_initializers(Registry<InitializerImpl>& r) {
  r.add<ZerosInitializer>({"zeros", "zero"});
  r.add<OnesInitializer>({"ones", "one"});
  r.add<ConstantInitializer>({"constant"});
  r.add<IdentityInitializer>({"identity", "IdentityInitializer"});
}

template <>
Registry<InitializerImpl>& registry<InitializerImpl>() {
  static Registry<InitializerImpl>* r = [] {
    auto* made = new Registry<InitializerImpl>;
    add_constant_initializers(*made);
    add_stft_initializer(*made);
    add_random_initializers(*made);
    add_scaling_initializers(*made);
    return made;
  }();
  return *r;
}
template std::shared_ptr<InitializerImpl> make_configurable<InitializerImpl>(const Value&);
template Value serialize<InitializerImpl>(const InitializerImpl*);

}  // namespace cornu
