// Classes of users next to Keras': names in files, and names that both have.
#include "nn/registry.h"

#include <cornu/cornu.h>
#include <gtest/gtest.h>

namespace cornu {

struct TwiceConfig {
  CORNU_LAYER_FIELDS;
};
template <>
struct Describe<TwiceConfig> {
  static constexpr auto fields = layer_fields<TwiceConfig>();
};

namespace {

struct Twice final : WithLayerConfig<Twice, TwiceConfig> {
  static constexpr const char* kName = "Twice";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override { return x * 2.0; }
};
struct First final : WithLayerConfig<First, TwiceConfig> {
  static constexpr const char* kName = "Dense";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};
struct OtherDense final : WithLayerConfig<OtherDense, TwiceConfig> {
  static constexpr const char* kName = "Dense";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override { return x; }
};

TEST(Registry, ClassesOfUsersAreNamedWithTheirPackage) {
  Registry<LayerImpl> r;
  r.add<Twice>({"double"}, "mine");
  for (const char* name : {"mine>Twice", "Twice", "double"}) {
    ASSERT_TRUE(r.find(name)) << name;
    const auto made = (*r.find(name))(Value::object());
    EXPECT_EQ(r.registered_name(*made), "mine>Twice");
  }
  const Twice direct(TwiceConfig{});  // also of objects that no registry made
  EXPECT_EQ(r.registered_name(direct), "mine>Twice");
  const Value form = keras_form(LayerImpl::kModule, direct, r.registered_name(direct));
  EXPECT_TRUE(form.at("module").is_null());
  EXPECT_EQ(form.at("registered_name").as_string(), "mine>Twice");
  EXPECT_EQ(class_of(LayerImpl::kModule, form), "mine>Twice");
}

TEST(Registry, AClassOfUsersDoesNotReplaceOneOfKeras) {
  Registry<LayerImpl> r;
  r.add<First>();
  r.add<OtherDense>({}, "mine");
  EXPECT_TRUE(dynamic_cast<First*>((*r.find("Dense"))(Value::object()).get()));
  EXPECT_TRUE(dynamic_cast<OtherDense*>((*r.find("mine>Dense"))(Value::object()).get()));
  EXPECT_EQ(r.registered_name(First(TwiceConfig{})), "");
}

}  // namespace
}  // namespace cornu
