// Every formula of formulas.inl against values that NumPy and SciPy computed (tests/golden/formulas.json): the
// reference kernels share the formulas with the fast ones, so that comparing the two shows no wrong formula.
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "nn/golden.h"
#include "ops/emit.h"
#include "runtime/step.h"
#include "runtime/tile.h"

namespace cornu {
namespace {

/// Roundings to halves have no operation of their own: casts use them.
Tensor row_of(const std::string& op, const Tensors& in) {
  if (!op.starts_with("nearest_")) return emit(op_row(op), in);
  return ops::cast(ops::cast(in[0], dtype_from_string(op.substr(8))), in[0].dtype());
}
Tensor result(const std::string& op, const Tensors& in, const CompileOptions& options) {
  std::vector<TypeShape> types;
  for (const Tensor& t : in) types.push_back({t.dtype(), t.shape()});
  Trace trace;
  Tensors symbols;
  for (const TypeShape& t : types) symbols.push_back(trace.input(t.dtype, t.shape));
  return Step(trace.finish({row_of(op, symbols)}), types, options).call(in)[0];
}

void expect_digits(const Tensor& got, const Tensor& want, const Tensors& in, double tolerance,
                   const std::string& what) {
  ASSERT_EQ(got.shape(), want.shape()) << what;
  const std::vector<double> a = got.to_doubles(), b = want.to_doubles();
  for (size_t i = 0; i < b.size(); ++i) {
    std::string at = what + " of";
    for (const Tensor& t : in) at += text(" {}", t.to_doubles()[i]);
    if (std::isfinite(b[i]))
      EXPECT_NEAR(a[i], b[i], tolerance * std::fabs(b[i])) << at;
    else
      EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) << at << " is " << a[i] << ", not " << b[i];
  }
}

TEST(Formulas, AreThoseOfNumPy) {
  for (const testing::GoldenCase& c : testing::golden_cases("formulas")) {
    Tensors in;
    for (const auto& [name, x] : c.inputs) in.push_back(x);
    expect_digits(result(c.name, in, {.only_kernels = "ref"}), c.output("y"), in, 4e-15, c.name + " reference");
  }
}

TEST(Formulas, NoneIsLeftOut) {
  std::set<std::string> recorded;
  for (const testing::GoldenCase& c : testing::golden_cases("formulas")) recorded.insert(c.name);
  const std::set<std::string> all = {
#define CORNU_TILE_OP(name, arity, formula) #name,
#include "ops/formulas.inl"
#undef CORNU_TILE_OP
  };
  EXPECT_EQ(recorded, all);
}

}  // namespace
}  // namespace cornu
