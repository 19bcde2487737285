// The checks behind check_op.
#include "ops/check_op.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "autodiff/gradient.h"
#include "base/cpu_info.h"
#include "base/parallel.h"
#include "runtime/step.h"

namespace cornu {
namespace {

std::vector<TypeShape> types_of(const Tensors& in) {
  std::vector<TypeShape> out;
  for (const Tensor& t : in) out.push_back({t.dtype(), t.shape()});
  return out;
}

Graph traced(const OpFn& f, const std::vector<TypeShape>& types) {
  Trace trace;
  Tensors in;
  for (const TypeShape& t : types) in.push_back(trace.input(t.dtype, t.shape));
  return trace.finish({f(in)});
}

Tensor compiled(const OpFn& f, const Tensors& in, const CompileOptions& options = {}) {
  return Step(traced(f, types_of(in)), types_of(in), options).call(in)[0];
}

void expect_same_bits(const Tensor& a, const Tensor& b, const std::string& what) {
  ASSERT_EQ(a.shape(), b.shape()) << what;
  ASSERT_EQ(a.dtype(), b.dtype()) << what;
  const size_t bytes = static_cast<size_t>(a.size()) * size_of(a.dtype());
  EXPECT_EQ(std::memcmp(a.raw(), b.raw(), bytes), 0) << what << "\n" << a.str() << "\n" << b.str();
}

void expect_near(const Tensor& got, const Tensor& want, double tolerance, const std::string& what) {
  ASSERT_EQ(got.shape(), want.shape()) << what;
  const std::vector<double> a = got.to_doubles(), b = want.to_doubles();
  double scale = 1e-6;
  for (double v : b)
    if (std::isfinite(v)) scale = std::max(scale, std::fabs(v));
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(b[i]) || std::isinf(b[i])) {
      EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) << what << " at " << i;
      continue;
    }
    EXPECT_NEAR(a[i], b[i], tolerance * scale) << what << " at " << i;
  }
}

/// A weighted sum of the result, whose gradient covers every element of it.
Tensor weighted(const Tensor& y) {
  const Tensor f = is_floating(y.dtype()) ? y : ops::cast(y, DType::f64);
  Tensor w(f.shape(), f.dtype());
  std::mt19937 gen(11);
  std::uniform_real_distribution<double> u(0.5, 1.5);
  std::vector<double> values;
  for (int64_t i = 0; i < w.size(); ++i) values.push_back(u(gen));
  w = Tensor(f.shape(), values).to(f.dtype());
  return ops::sum(f * w);
}

void check_gradient(const OpCase& c) {
  Tensors in, direction;
  std::mt19937 gen(5);
  std::normal_distribution<double> n;
  for (const Tensor& t : c.in) {
    in.push_back(is_floating(t.dtype()) ? t.to(DType::f64) : t);
    std::vector<double> d(static_cast<size_t>(t.size()));
    for (double& v : d) v = n(gen);
    direction.push_back(Tensor(t.shape(), d));
  }
  const OpFn loss = [&](const Tensors& x) { return weighted(c.run(x)); };
  const auto moved = [&](double h) {
    Tensors x;
    for (size_t i = 0; i < in.size(); ++i) {
      if (!is_floating(in[i].dtype())) {
        x.push_back(in[i]);
        continue;
      }
      std::vector<double> v = in[i].to_doubles();
      const std::vector<double> d = direction[i].to_doubles();
      for (size_t k = 0; k < v.size(); ++k) v[k] += h * d[k];
      x.push_back(Tensor(in[i].shape(), v));
    }
    return compiled(loss, x).item();
  };
  constexpr double kStep = 1e-6;
  const double numeric = (moved(kStep) - moved(-kStep)) / (2 * kStep);
  const OpFn along = [&](const Tensors& x) {
    Tensors floating;
    for (const Tensor& t : x)
      if (is_floating(t.dtype())) floating.push_back(t);
    const Tensors g = gradients(loss(x), floating);
    Tensor total;
    size_t k = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      if (!is_floating(x[i].dtype())) continue;
      const Tensor part = ops::sum(g[k++] * direction[i]);
      total = total.defined() ? total + part : part;
    }
    return total;
  };
  const double exact = compiled(along, in).item();
  EXPECT_NEAR(exact, numeric, 1e-4 * std::max(1.0, std::fabs(numeric))) << "gradient";
}

}  // namespace

void check_op(const OpCase& c) {
  SCOPED_TRACE(c.op + (c.what.empty() ? "" : " (" + c.what + ")"));
  const Tensor reference = compiled(c.run, c.in, {.only_kernels = "ref"});
  const Isa start = active_isa();
  // The levels above AVX-512 differ from it in products of bfloat16 alone.
  const auto bfloat16 = [](const Tensor& t) { return t.dtype() == DType::bf16; };
  const bool every_level = bfloat16(reference) || std::any_of(c.in.begin(), c.in.end(), bfloat16);
  for (Isa level : available_isas()) {
    if (level > Isa::avx512 && level != start && !every_level) continue;
    SCOPED_TRACE(isa_name(level));
    set_active_isa(level);
    const Tensor fused = compiled(c.run, c.in);
    expect_near(fused, reference, c.tolerance, "kernel against reference");
    expect_same_bits(compiled(c.run, c.in, {.fuse = false}), fused, "unfused against fused");
    const int threads = thread_count();
    for (int n : {1, 2, 3, 8}) {
      set_thread_count(n);
      expect_same_bits(compiled(c.run, c.in), fused, std::to_string(n) + " threads");
    }
    set_thread_count(threads);
    if (level == start) expect_same_bits(c.run(c.in), fused, "eager against compiled");
  }
  set_active_isa(start);
  if (c.unknown_batch) {
    std::vector<TypeShape> open = types_of(c.in);
    const int64_t rows = c.in[0].rank() ? c.in[0].shape()[0] : 0;
    for (TypeShape& t : open)
      if (t.shape.rank() && rows > 1 && t.shape[0] == rows) t.shape[0] = -1;
    expect_same_bits(Step(traced(c.run, open), types_of(c.in)).call(c.in)[0], compiled(c.run, c.in), "unknown batch");
  }
  if (c.differentiable) check_gradient(c);
}

}  // namespace cornu
