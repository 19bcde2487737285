// The memory planner on programs drawn at random, with two sizes that are known only when they are compiled.
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

#include "passes/check_memory.h"
#include "passes/pass.h"
#include "runtime/step.h"

namespace cornu {
namespace {

constexpr int64_t kK = 5;

/// A program over values of these forms: "mn", "nm", "m", "flat" (m n elements), "mk", "kk", "k", "1"; m and n are
/// unknown while it is traced.
struct Drawn {
  explicit Drawn(unsigned seed) : gen(seed) {
    const auto variable = [&](const char* form, const Shape& shape) {
      variables.emplace_back(form, Variable(random(shape), text("v{}", variables.size())));
    };
    variable("kk", {kK, kK}), variable("kk", {kK, kK}), variable("k", {kK}), variable("k", {kK}), variable("1", {});
  }

  Graph trace() {
    Trace trace;
    pool["mn"] = {trace.input(DType::f32, {-1, -1}), trace.input(DType::f32, {-1, -1})};
    pool["mk"] = {trace.input(DType::f32, {-1, kK})};
    pool["m"] = {ops::sum(pool["mn"][0], {1})};
    pool["nm"] = {ops::transpose(pool["mn"][1])};
    pool["flat"] = {ops::reshape(pool["mn"][1], {-1})};
    for (const auto& [form, v] : variables) pool[form].push_back(v.value());
    for (int i = 0; i < 40; ++i) step();
    Tensors outputs;
    for (int i = 0; i < 4; ++i) outputs.push_back(any(one_of({"mn", "nm", "m", "flat", "mk", "kk", "k", "1"})));
    return trace.finish(outputs);
  }

  Tensors inputs(int64_t m, int64_t n) { return {random({m, n}), random({m, n}), random({m, kK})}; }

 private:
  Tensor random(const Shape& shape) {
    std::normal_distribution<float> draw;
    Tensor t(shape);
    for (float& x : t.mutable_data<float>()) x = draw(gen);
    return t;
  }
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(gen); }
  std::string one_of(const std::vector<std::string>& forms) { return forms[below(forms.size())]; }
  /// Mostly one of the last, so that lives are of all lengths.
  Tensor any(const std::string& form) {
    const Tensors& of = pool[form];
    return of[below(2) ? of.size() - 1 : below(of.size())];
  }
  void add(const std::string& form, const Tensor& t) { pool[form].push_back(t); }

  Tensor elementwise(const Tensor& a, const Tensor& b) {
    switch (below(9)) {
      case 0:
        return ops::relu(a);
      case 1:
        return ops::tanh(a);
      case 2:
        return a + b;
      case 3:
        return a * ops::sigmoid(b);
      case 4:
        return ops::where(a > b, a, ops::negative(b));
      case 5:
        return ops::cast(ops::cast(a, DType::f64) + ops::cast(b, DType::f64), DType::f32);
      case 6:
        return ops::cast(ops::cast(a, DType::i32) + 3, DType::f32);  // as wide as what it came from
      case 7:
        return ops::cast(ops::less(a, b), DType::f32) - a;
      default:
        return ops::maximum(a, 0.5 * b);
    }
  }

  void step() {
    const std::string form = one_of({"mn", "mn", "nm", "m", "flat", "mk", "mk", "kk", "k", "1"});
    switch (below(16)) {
      case 0:
        return add("nm", ops::transpose(any("mn")));
      case 1:
        return add("mn", ops::transpose(any("nm")));
      case 2:
        return add("flat", ops::reshape(any(one_of({"mn", "nm"})), {-1}));
      case 3:
        return add("mn", ops::reshape_like(any("flat"), any("mn")));
      case 4:
        return add("nm", ops::reshape_like(any("mn"), any("nm")));
      case 5:
        return add("m", ops::sum(any(one_of({"mn", "mk"})), {1}));
      case 6:
        return add("mn", any("mn") * ops::expand_dims(any("m"), 1));
      case 7:
        return add("mk", ops::tanh(ops::matmul(any("mk"), any("kk")) + any("k")));
      case 8:
        return add("mk", ops::concatenate({ops::slice(any("mk"), 1, 2), ops::slice(any("mk"), 1, 0, 2)}, 1));
      case 9:
        return add("mk", ops::softmax(ops::matmul(ops::matmul(any("mn"), any("nm")), any("mk"))));
      case 10:
        return add("1", ops::sum(any(form)) * 0.1);
      case 11:
        return add("k", ops::sum(any(one_of({"mk", "kk"})), {0}));
      case 12:
        return add(form, any(form) + any("1"));
      case 13: {
        auto& [of, v] = variables[below(variables.size())];
        const Tensor old = v.value();
        v.assign(below(4) ? elementwise(old, any(of)) : any(of));
        return add(of, below(2) ? v.value() : old);
      }
      default:
        return add(form, elementwise(any(form), any(form)));
    }
  }

  std::mt19937 gen;
  std::map<std::string, Tensors> pool;
  std::vector<std::pair<std::string, Variable>> variables;
};

std::vector<TypeShape> types_of(const Tensors& in) {
  std::vector<TypeShape> out;
  for (const Tensor& t : in) out.push_back({t.dtype(), t.shape()});
  return out;
}

Tensors values(const Graph& g) {
  Tensors out;
  for (const auto& cell : g.cells) out.push_back(cell->value.clone());
  return out;
}

bool same_bits(const Tensor& a, const void* b) {
  return a.size() == 0 || std::memcmp(a.raw(), b, static_cast<size_t>(a.size()) * size_of(a.dtype())) == 0;
}

TEST(RandomMemory, GivesTheBitsOfMemoryThatIsNeverUsedAgain) {
  const std::pair<int64_t, int64_t> sizes[] = {{3, 4}, {17, 9}, {0, 4}, {3, 0}, {1, 1}, {64, 33}, {3, 4}};
  uint64_t in_variables = 0, taken_over = 0, views = 0;
  for (unsigned seed = 0; seed < 60 && !testing::Test::HasFailure(); ++seed) {
    Drawn drawn(seed);
    const Graph open = drawn.trace();
    for (const auto& [m, n] : sizes) {
      SCOPED_TRACE(testing::Message() << "program " << seed << " for " << m << " x " << n);
      const Tensors in = drawn.inputs(m, n), before = values(open);
      std::vector<std::vector<char>> results[2];
      for (const bool fuse : {true, false}) {
        const Graph g = run_pipeline(open, {types_of(in), fuse});
        results[fuse] = check_replay(g, in);
        const MemoryPlan plan = plan_of(g);
        for (ValueId v = 0; v < g.types.size(); ++v) {
          in_variables += plan.places[v].kind == Place::variable && !g.producer(v).is("read");
          taken_over += plan.places[v].kind == Place::arena && plan.places[v].index == 1;
          views += plan.places[v].kind == Place::arena && g.producer(v).is("reshape");
        }
      }
      EXPECT_EQ(results[0], results[1]) << "fused and unfused";
      // As a compiled step does it; variables start from the same values in both.
      Tensors after;
      for (const bool fuse : {true, false}) {
        for (size_t i = 0; i < before.size(); ++i)
          std::memcpy(open.cells[i]->value.raw(), before[i].raw(), static_cast<size_t>(before[i].size()) * 4);
        Step step(open, types_of(in), CompileOptions{.fuse = fuse});
        const Tensors out = step.call(in);
        for (size_t i = 0; i < out.size(); ++i) EXPECT_TRUE(same_bits(out[i], results[0][i].data())) << "output " << i;
        if (after.empty()) after = values(open);
        for (size_t i = 0; i < after.size(); ++i)
          EXPECT_TRUE(same_bits(after[i], open.cells[i]->value.raw())) << "variable " << i;
      }
    }
  }
  // The programs do what they are drawn for.
  EXPECT_GT(in_variables, 100u);
  EXPECT_GT(taken_over, 1000u);
  EXPECT_GT(views, 100u);
}

}  // namespace
}  // namespace cornu
