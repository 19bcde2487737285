// A layer whose call has arguments of its own, described by a struct: called by name, in graphs and in files.
#include <cornu/call_inputs.h>
#include <cornu/cornu.h>
#include <gtest/gtest.h>

#include "message_of.h"
#include "own_path.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

struct LookUpConfig {
  int64_t units = 2;
  CORNU_LAYER_FIELDS;
};
struct LookUpInputs {
  Tensor query{}, value{};
  Tensor query_mask{};
  Tree<Tensor> extra{};
  bool return_scores = false;
  double scale = 1;
};

}  // namespace

template <>
struct cornu::Describe<LookUpConfig> {
  using T = LookUpConfig;
  static constexpr auto fields = std::tuple_cat(layer_fields<T>(), std::tuple{field("units", &T::units)});
};
template <>
struct cornu::Describe<LookUpInputs> {
  using T = LookUpInputs;
  static constexpr auto fields = std::tuple{required("query", &T::query),
                                            required("value", &T::value),
                                            field("query_mask", &T::query_mask),
                                            field("extra", &T::extra),
                                            field("return_scores", &T::return_scores),
                                            field("scale", &T::scale)};
};

namespace {

struct LookUpLayer final : WithCallInputs<LookUpLayer, LookUpConfig, LookUpInputs> {
  static constexpr const char* kName = "LookUp";
  using WithCallInputs::WithCallInputs;
  Variable kernel;
  void build_inputs(const Tree<Shape>& inputs) override {
    const Shape query = shape_of(inputs, "query"), value = shape_of(inputs, "value");
    require(query.rank() == 2 && value.rank() == 2, "needs a query and a value of 2 axes, got {} and {}", query, value);
    kernel = add_weight("kernel", {query.dim(-1), config.units}, initializers::Constant({.value = 0.5}));
  }
  Tree<Tensor> call_with(const LookUpInputs& in, const CallContext& context) {
    Tensor scores = ops::matmul(in.query, kernel.value()) * in.scale;
    if (const Tensor mask = mask_of(context, "query", in.query_mask); mask.defined())
      scores = scores * ops::expand_dims(ops::cast(mask, scores.dtype()), -1);
    Tensor y = scores + ops::sum(in.value, {-1}, true);
    in.extra.each([&](const Tensor& t) { y = y + t; });
    if (!in.return_scores) return y;
    return Tree<Tensor>{y, scores};
  }
};
struct LookUp : LayerOf<LookUpInputs> {
  explicit LookUp(LookUpConfig config = {}, CallSite at = here())
      : LayerOf(make_layer<LookUpLayer>(std::move(config), at)) {}
};
const Tensor kQuery({2, 2}, {1, 2, 3, 4}), kValue({2, 3}, {1, 1, 1, 2, 2, 2});

TEST(CallInputs, AreGivenByName) {
  const LookUp layer;
  const Tree<Tensor> y = layer({.query = kQuery, .value = kValue});
  EXPECT_EQ(y.leaf().to_doubles(), (std::vector<double>{4.5, 4.5, 9.5, 9.5}));
  const Tree<Tensor> both = layer({.query = kQuery, .value = kValue, .return_scores = true, .scale = 2});
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[1].leaf().to_doubles(), (std::vector<double>{3, 3, 7, 7}));
  const Tree<Tensor> more = layer({.query = kQuery, .value = kValue, .extra = {kQuery, kQuery}});
  EXPECT_EQ(more.leaf().to_doubles(), (std::vector<double>{6.5, 8.5, 15.5, 17.5}));
}

TEST(CallInputs, HaveTheirMasks) {
  const LookUp layer;
  Tensor mask({2}, DType::boolean);
  mask.mutable_data<bool>()[1] = true;
  const std::vector<double> expected = {3, 3, 9.5, 9.5};
  EXPECT_EQ(layer({.query = kQuery.with_mask(mask), .value = kValue}).leaf().to_doubles(), expected);
  EXPECT_EQ(layer({.query = kQuery, .value = kValue, .query_mask = mask}).leaf().to_doubles(), expected);
}

TEST(CallInputs, StandInGraphsAndFiles) {
  registry<LayerImpl>().add<LookUpLayer>({}, "calls");
  const Tensor a = Input({2}), b = Input({3});
  const Tree<Tensor> y = LookUp({.units = 4})({.query = a, .value = b, .return_scores = true, .scale = 3});
  const Model m({a, b}, y);
  const Tree<Tensor> expected = m(Tree<Tensor>{kQuery, kValue});
  ASSERT_EQ(expected.size(), 2u);
  EXPECT_EQ(expected[1].leaf().to_doubles(), (std::vector<double>{4.5, 4.5, 4.5, 4.5, 10.5, 10.5, 10.5, 10.5}));
  const std::string path = own_path("call_inputs.keras");
  m.save(path);
  const Tree<Tensor> got = load_model(path)(Tree<Tensor>{kQuery, kValue});
  ASSERT_TRUE(got.same_structure(expected));
  EXPECT_EQ(got[0].leaf().to_doubles(), expected[0].leaf().to_doubles());
  EXPECT_EQ(got[1].leaf().to_doubles(), expected[1].leaf().to_doubles());
  std::remove(path.c_str());
}

TEST(CallInputs, SayWhatIsMissing) {
  const LookUp layer({.name = "find"});
  EXPECT_NE(message_of([&] { layer({.query = kQuery}); }).find("LookUp 'find': needs a query and a value"),
            std::string::npos);
  (void)layer({.query = kQuery, .value = kValue});
  EXPECT_NE(
      message_of([&] { layer({.query = kQuery}); }).find("LookUp 'find': its call needs 'value', got query alone"),
      std::string::npos);
}

}  // namespace
