// Activations against Keras: values, gradients (also where a function has a kink), and what is not finite.
#include <cornu/activations.h>

#include "nn/golden.h"

namespace cornu {
namespace {

double argument(const Value& c, const char* name, double missing) {
  const Value* v = c.at("arguments").find(name);
  return v && !v->is_null() ? cornu::testing::golden_number(*v) : missing;
}

/// The function with the arguments of a case.
Activation::Function function(const Value& c) {
  namespace a = activations;
  const std::string name = c.at("config").as_string();
  if (c.at("arguments").size() == 0) {
    const Activation f = name;
    return [f](const Tensor& x) { return f(x); };
  }
  const auto with = [](auto f, auto... args) { return [=](const Tensor& x) { return f(x, args...); }; };
  const int axis = static_cast<int>(argument(c, "axis", -1));
  if (name == "relu")
    return with(a::relu, argument(c, "negative_slope", 0), argument(c, "max_value", -1), argument(c, "threshold", 0));
  if (name == "leaky_relu") return with(a::leaky_relu, argument(c, "negative_slope", 0.2));
  if (name == "elu") return with(a::elu, argument(c, "alpha", 1));
  if (name == "celu") return with(a::celu, argument(c, "alpha", 1));
  if (name == "gelu") return with(a::gelu, argument(c, "approximate", 0) != 0);
  if (name == "hard_shrink") return with(a::hard_shrink, argument(c, "threshold", 0.5));
  if (name == "soft_shrink") return with(a::soft_shrink, argument(c, "threshold", 0.5));
  if (name == "squareplus") return with(a::squareplus, argument(c, "b", 4));
  if (name == "threshold") return with(a::threshold, argument(c, "threshold", 0), argument(c, "default_value", 0));
  if (name == "softmax") return with(a::softmax, axis);
  if (name == "log_softmax") return with(a::log_softmax, axis);
  if (name == "sparsemax") return with(a::sparsemax, axis);
  if (name == "glu") return with(a::glu, axis);
  return nullptr;
}

}  // namespace

TEST(Activations, AreThoseOfKeras) {
  const Value file = cornu::testing::golden_family("activations");
  cornu::testing::Tally tally("activations");
  for (const Value& c : file.at("cases").as_array()) {
    const std::string what = cornu::testing::title(c);
    const Activation::Function f = function(c);
    ASSERT_TRUE(f) << what << " " << write_json(c.at("arguments"));
    const Tensor x = cornu::testing::golden_tensor(c.at("inputs").at("x")),
                 y = cornu::testing::golden_tensor(c.at("outputs").at("y"));
    const auto compiled = ops::jit([&](const std::vector<Tensor>& in) { return std::vector<Tensor>{f(in[0])}; });
    cornu::testing::expect_close(compiled({x})[0], y, what);
    cornu::testing::expect_close(f(x), y, what + " at once");
    if (const Value* dx = c.at("outputs").find("dx")) {
      const Tensor w = cornu::testing::golden_tensor(c.at("inputs").at("w"));
      const auto gradient =
          ops::grad([&](const std::vector<Tensor>& in) { return std::vector<Tensor>{ops::sum(f(in[0]) * in[1])}; });
      cornu::testing::expect_close(gradient({x, w})[0], cornu::testing::golden_tensor(*dx), what + " dx");
    }
    ++tally.ran;
  }
}

}  // namespace cornu
