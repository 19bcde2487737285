// Operands that fused programs read where they lie: transposed, cut, and repeated along any axes.
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/check_op.h"
#include "runtime/step.h"

namespace cornu {
namespace {

namespace o = ops;
using In = const std::vector<Tensor>&;

/// Whole numbers of [-60, 60], which all types but bool hold exactly.
Tensor numbers(const Shape& shape, DType dtype, int64_t seed) {
  std::vector<double> v;
  for (int64_t i = 0; i < shape.size(); ++i) v.push_back(static_cast<double>((i * 37 + seed * 11) % 121 - 60));
  const Tensor t(shape, v);
  return dtype == DType::boolean ? o::cast(t > 0, dtype) : t.to(dtype);
}

struct Case {
  const char* what;
  OpFn run;
  std::vector<Shape> shapes;
  int copies = 0;  ///< Nodes that move elements and stay: the last axis is another one, rows are short.
};
const Case kCases[] = {
    {"transposed", [](In x) { return x[0] * o::transpose(x[1]) + x[0]; }, {{37, 61}, {61, 37}}, 1},
    {"permuted",
     [](In x) {
       return o::transpose(x[0], {1, 0, 2}) - x[1];
     },
     {{5, 6, 70}, {6, 5, 70}}},
    {"permuted, four axes",
     [](In x) {
       return o::transpose(x[0], {2, 1, 0, 3}) * x[1] + x[1];
     },
     {{2, 3, 4, 50}, {4, 3, 2, 50}}},
    {"permuted and large",
     [](In x) {
       return o::relu(o::transpose(x[0], {1, 0, 2}) + x[1]);
     },
     {{30, 40, 300}, {40, 30, 300}}},
    {"permuted, the last axis too",
     [](In x) {
       return o::transpose(x[0], {2, 0, 1}) - x[1];
     },
     {{5, 6, 7}, {7, 5, 6}},
     1},
    {"cut along the last axis", [](In x) { return o::slice(x[0], 1, 3, 40) + x[1]; }, {{33, 50}, {33, 37}}},
    {"cut along the first axis", [](In x) { return o::slice(x[0], 0, 2, 9) + x[1]; }, {{11, 50}, {7, 50}}},
    {"cut twice", [](In x) { return o::slice(o::slice(x[0], 0, 2, 9), 1, 9, 700) + x[1]; }, {{11, 777}, {7, 691}}},
    {"the first of all", [](In x) { return o::slice(x[0], 0, 0, 7) + x[1]; }, {{11, 50}, {7, 50}}},
    {"rows too short", [](In x) { return o::slice(x[0], 1, 3, 9) + x[1]; }, {{33, 50}, {33, 6}}, 1},
    {"a part of what is permuted",
     [](In x) {
       return o::slice(o::transpose(x[0], {1, 0, 2}), 0, 3, 20) * x[1] + 1;
     },
     {{4, 23, 60}, {17, 4, 60}}},
    {"repeated along middle axes", [](In x) { return x[0] * x[1] + x[2]; }, {{4, 5, 6, 7}, {4, 1, 1, 7}, {1, 5, 1, 7}}},
    {"repeated along the outer axes", [](In x) { return x[0] + x[1]; }, {{4, 5, 6, 7}, {1, 5, 6, 1}}},
    {"a row of parts", [](In x) { return x[0] - o::slice(x[1], 0, 1, 2); }, {{31, 19}, {3, 19}}},
    {"through a reshape",
     [](In x) {
       return o::reshape(o::transpose(x[0], {1, 0, 2}), {1, 6, 5, 20}) + x[1];
     },
     {{5, 6, 20}, {4, 6, 5, 20}}},
    {"a reshape that joins what was moved",
     [](In x) {
       return o::reshape(o::transpose(x[0], {1, 0, 2}), {30, 20}) + x[1];
     },
     {{5, 6, 20}, {30, 20}},
     1},
    {"the same twice",
     [](In x) {
       return x[0] + o::transpose(x[0], {1, 0, 2}) * o::transpose(x[0], {1, 0, 2});
     },
     {{9, 9, 40}}},
    {"of what is computed before it",
     [](In x) {
       const Tensor y = o::square(x[0]);
       return y + o::transpose(y, {1, 0, 2});
     },
     {{9, 9, 40}}},
    {"halves", [](In x) { return o::maximum(o::slice(x[0], 1, 0, 512), o::slice(x[0], 1, 512, 1024)); }, {{21, 1024}}},
};

Graph traced(const Case& c, const Tensors& in) {
  Trace trace;
  Tensors symbols;
  for (const Tensor& t : in) symbols.push_back(trace.input(t.dtype(), t.shape()));
  return trace.finish({c.run(symbols)});
}
std::vector<TypeShape> types_of(const Tensors& in) {
  std::vector<TypeShape> out;
  for (const Tensor& t : in) out.push_back({t.dtype(), t.shape()});
  return out;
}

TEST(TileView, EveryWayGivesTheSame) {
  for (const Case& c : kCases)
    for (const DType d : {DType::f32, DType::bf16, DType::f16, DType::i32, DType::u8, DType::i16}) {
      Tensors in;
      for (const Shape& s : c.shapes) in.push_back(numbers(s, d, static_cast<int64_t>(in.size())));
      const double tolerance = d == DType::bf16 ? 1.6e-2 : d == DType::f16 ? 2e-3 : is_floating(d) ? 2e-6 : 0;
      check_op({"fused", std::string(c.what) + " " + to_string(d), c.run, in, tolerance, false, false});
      // Whole numbers: whatever is computed one operation at a time, without programs, is exact.
      if (d == DType::f32) {
        const Tensor fused = Step(traced(c, in), types_of(in)).call(in)[0];
        const Tensor plain = Step(traced(c, in), types_of(in), {.fuse = false, .only_kernels = "ref"}).call(in)[0];
        EXPECT_EQ(fused.to_doubles(), plain.to_doubles()) << c.what;
      }
    }
}

/// What nothing else needs is not copied before it is read.
TEST(TileView, NothingIsCopied) {
  for (const Case& c : kCases) {
    Tensors in;
    for (const Shape& s : c.shapes) in.push_back(numbers(s, DType::f32, 1));
    const Step step(traced(c, in), types_of(in));
    const std::vector<Node>& nodes = step.graph().nodes;
    const auto copies = std::count_if(nodes.begin(), nodes.end(), [](const Node& n) {
      return n.is("transpose") || n.is("slice") || n.is("broadcast_to");
    });
    EXPECT_EQ(copies, c.copies) << c.what;
  }
}

/// A variable's new value that is made of its old one in another order is not written where the old one is still read.
TEST(TileView, VariablesAreReadBeforeTheyAreWritten) {
  const Tensor start = numbers({9, 9, 50}, DType::f32, 1);
  const Variable v(start.clone(), "v");
  Graph g;
  {
    Trace trace;
    Variable(v).assign(v.value() * 2.0 + o::transpose(v.value(), {1, 0, 2}));
    g = trace.finish({});
  }
  Step(g, {}).call({});
  EXPECT_EQ(v.numpy().to_doubles(), (start * 2.0 + o::transpose(start, {1, 0, 2})).to_doubles());
}

/// Masks of bool, repeated along a middle axis, choose.
TEST(TileView, MasksAlongMiddleAxes) {
  const Tensor mask = numbers({6, 1, 9}, DType::boolean, 3), x = numbers({6, 5, 9}, DType::f32, 1);
  check_op({"select",
            "",
            [](In in) { return o::where(in[0], in[1] * 2.0, o::like_scalar(0, in[1])); },
            {mask, x},
            0,
            false});
}

}  // namespace
}  // namespace cornu
