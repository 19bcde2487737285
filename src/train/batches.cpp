// Checking and converting the arrays given to fit, evaluate and predict.
#include "train/batches.h"

#include <cornu/ops.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/philox.h"

namespace cornu {

BatchSpec ArrayData::spec() const {
  BatchSpec s;
  s.x = {x.dtype(), x.shape().slice(1)};
  s.has_y = y.defined();
  if (s.has_y) s.y = {y.dtype(), y.shape().slice(1)};
  s.weighted = weight.defined();
  if (s.weighted) s.weight = {weight.dtype(), weight.shape().slice(1)};
  return s;
}

ArrayData ArrayData::slice(int64_t from, int64_t to) const {
  return {x.rows(from, to), y.defined() ? y.rows(from, to) : Tensor(),
          weight.defined() ? weight.rows(from, to) : Tensor()};
}

void ArrayData::bind(Step& step, size_t first) const {
  step.bind(first++, x.raw());
  if (y.defined()) step.bind(first++, y.raw());
  if (weight.defined()) step.bind(first++, weight.raw());
}

static Tensor as_floats(const Tensor& t, DType floats) { return is_floating(t.dtype()) ? t.to(floats) : t; }

/// The class of each row: the number itself, or the place of the largest element of a one-hot row.
static std::vector<int64_t> classes_of(const Tensor& y) {
  const std::vector<double> v = y.to_doubles();
  const size_t rows = static_cast<size_t>(y.shape().dim(0)), width = rows ? v.size() / rows : 1;
  std::vector<int64_t> out(rows);
  for (size_t r = 0; r < rows; ++r) {
    const auto row = v.begin() + static_cast<std::ptrdiff_t>(r * width);
    out[r] = width == 1 ? std::llround(*row) : std::max_element(row, row + static_cast<std::ptrdiff_t>(width)) - row;
  }
  return out;
}

static bool starts_with(const Shape& whole, const Shape& part) {
  return part.rank() <= whole.rank() && whole.slice(0, part.rank()) == part;
}

template <class T>
static bool all_finite(std::span<const T> row) {
  return std::all_of(row.begin(), row.end(), [](T v) { return std::isfinite(v); });
}

/// The rows all of whose weights are 0; only their x is looked at.
template <class T>
static void clear_unweighted(ArrayData& d) {
  const size_t rows = static_cast<size_t>(d.rows());
  const size_t steps = static_cast<size_t>(d.weight.size()) / rows, width = static_cast<size_t>(d.x.size()) / rows;
  const std::span<const T> weights = std::as_const(d.weight).data<T>(), x = std::as_const(d.x).data<T>();
  Tensor cleared;
  for (size_t r = 0; r < rows; ++r) {
    const std::span<const T> of_row = weights.subspan(r * steps, steps);
    if (!std::all_of(of_row.begin(), of_row.end(), [](T w) { return w == 0; })) continue;
    if (all_finite(x.subspan(r * width, width))) continue;
    if (!cleared.defined()) cleared = d.x.clone();
    std::ranges::fill(cleared.mutable_data<T>().subspan(r * width, width), T{0});
  }
  if (cleared.defined()) d.x = cleared;
}

static void clear_unweighted(ArrayData& d) {
  if (!d.weight.defined() || d.weight.dtype() != d.x.dtype()) return;  // integers are finite
  if (d.x.dtype() == DType::f32) clear_unweighted<float>(d);
  if (d.x.dtype() == DType::f64) clear_unweighted<double>(d);
}

ArrayData make_data(const std::string& who, const ModelImpl& model, const Tensor& x, const Tensor& y,
                    const Tensor& sample_weight) {
  if (!x.defined() || x.rank() < 1) throw CallError(who, "needs an array of samples for x");
  if (x.shape().dim(0) == 0) throw CallError(who, text("x must have at least one row, got shape {}", x.shape()));
  const DType floats = model.dtype;
  ArrayData d{as_floats(model.of_input_rank(x), floats), y.defined() ? as_floats(y, floats) : Tensor(), {}};
  const auto same_rows = [&](const char* name, const Tensor& t) {
    if (t.rank() < 1 || t.shape().dim(0) != d.rows())
      throw ShapeError(who, text("{} must have as many rows as x, {}, got shape {}", name, d.rows(), t.shape()));
  };
  if (d.y.defined()) same_rows("y", d.y);
  if (sample_weight.defined()) {
    same_rows("sample_weight", sample_weight);
    d.weight = sample_weight.to(floats);
    if (sample_weight.size() == d.rows())
      d.weight = d.weight.reshaped({d.rows()});
    else if (!d.y.defined() || !starts_with(d.y.shape(), sample_weight.shape()))
      throw ShapeError(who, text("sample_weight must have one number per row, or one for each step of a row of y, got "
                                 "shape {}{}",
                                 sample_weight.shape(), d.y.defined() ? text(" for y of {}", d.y.shape()) : ""));
    clear_unweighted(d);
  }
  return d;
}

void weight_classes(const std::string& who, ArrayData& d, const std::map<int64_t, double>& class_weight) {
  if (class_weight.empty()) return;
  for (const auto& [label, weight] : class_weight)
    if (!std::isfinite(weight))
      throw ConfigError(who, text("class_weight must be finite numbers, got {} for class {}", weight, label));
  if (!d.y.defined()) throw CallError(who, "class_weight needs y");
  if (d.weight.defined() && d.weight.rank() > 1)
    throw CallError(who, text("class_weight needs one sample_weight per row, got shape {}", d.weight.shape()));
  std::vector<double> weights =
      d.weight.defined() ? d.weight.to_doubles() : std::vector<double>(static_cast<size_t>(d.rows()), 1);
  const std::vector<int64_t> classes = classes_of(d.y);
  for (size_t i = 0; i < classes.size(); ++i) {
    const auto found = class_weight.find(classes[i]);
    if (found != class_weight.end()) weights[i] *= found->second;
  }
  const DType floats = d.weight.defined() ? d.weight.dtype() : d.x.dtype() == DType::f64 ? DType::f64 : DType::f32;
  d.weight = Tensor({d.rows()}, weights).to(floats);
  clear_unweighted(d);
}

Shuffler::Shuffler(int64_t n, uint64_t seed) : order_({n}, DType::i32), seed_(seed) {
  const std::span<int32_t> o = order_.mutable_data<int32_t>();
  std::iota(o.begin(), o.end(), 0);
}

void Shuffler::shuffle(int64_t epoch) {
  const std::span<int32_t> o = order_.mutable_data<int32_t>();
  std::iota(o.begin(), o.end(), 0);
  const PhiloxBlock start = philox(seed_, 0x51ff1e, static_cast<uint64_t>(epoch));
  uint64_t state = (static_cast<uint64_t>(start[0]) << 32) | start[1] | 1;
  for (size_t i = o.size(); i-- > 1;) {  // Fisher and Yates, with xorshift64* for speed
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    const uint64_t word = (state * 0x2545F4914F6CDD1DULL) >> 32;
    std::swap(o[i], o[static_cast<size_t>(word * (i + 1) >> 32)]);
  }
}

}  // namespace cornu
