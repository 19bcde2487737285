// Checking and converting the arrays given to fit, evaluate and predict.
#include "train/batches.h"

#include <cornu/ops.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/philox.h"
#include "tensor/dispatch.h"

namespace cornu {

static Tree<TypeShape> samples_of(const Tree<Tensor>& tensors) {
  if (tensors.is_none()) return {};
  return tensors.map([](const Tensor& t) { return TypeShape{t.dtype(), t.shape().slice(1)}; });
}
BatchSpec ArrayData::spec() const { return {samples_of(x), samples_of(y), samples_of(weight)}; }

ArrayData ArrayData::slice(int64_t from, int64_t to) const {
  const auto part = [&](const Tensor& t) { return t.rows(from, to); };
  return {x.map(part), y.map(part), weight.map(part)};
}

void ArrayData::bind(Step& step, size_t first) const {
  for (const Tree<Tensor>* part : {&x, &y, &weight}) part->each([&](const Tensor& t) { step.bind(first++, t.raw()); });
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

/// x, where rows that do not count are zeros if they are not finite; only these are looked at.
template <class T>
static Tensor cleared(const Tensor& x, const std::vector<bool>& counts) {
  const size_t width = static_cast<size_t>(x.size()) / counts.size();
  const std::span<const T> values = x.data<T>();
  Tensor out;
  for (size_t r = 0; r < counts.size(); ++r) {
    if (counts[r] || all_finite(values.subspan(r * width, width))) continue;
    if (!out.defined()) out = x.clone();
    std::ranges::fill(out.mutable_data<T>().subspan(r * width, width), T{0});
  }
  return out.defined() ? out : x;
}

/// The rows whose weights are 0, for all outputs, are cleared.
static void clear_unweighted(ArrayData& d) {
  if (d.weight.is_none()) return;
  std::vector<bool> counts(static_cast<size_t>(d.rows()), false);
  d.weight.each([&](const Tensor& w) {
    const size_t steps = static_cast<size_t>(w.size()) / counts.size();
    with_type(w.dtype(), [&]<class T>() {
      const std::span<const T> weights = w.data<T>();
      for (size_t r = 0; r < counts.size(); ++r)
        for (size_t i = 0; i < steps && !counts[r]; ++i) counts[r] = weights[r * steps + i] != T(0);
    });
  });
  if (std::find(counts.begin(), counts.end(), false) == counts.end()) return;
  d.x = d.x.map([&](const Tensor& x) {
    return x.dtype() == DType::f32   ? cleared<float>(x, counts)
           : x.dtype() == DType::f64 ? cleared<double>(x, counts)
                                     : x;  // integers are finite
  });
}

/// The weights of the rows of one output, or of the steps of its targets, if there are any.
static Tensor weights_for(const std::string& who, const Tensor& weights, int64_t rows, const Tensor* y, DType floats) {
  const Tensor w = weights.to(floats);
  if (w.size() == rows) return w.reshaped({rows});
  if (!y || !starts_with(y->shape(), w.shape()))
    throw ShapeError(who, text("sample_weight must have one number per row, or one for each step of a row of y, got "
                               "shape {}{}",
                               w.shape(), y ? text(" for y of {}", y->shape()) : ""));
  return w;
}

/// The targets of several outputs as the model has these: by its names, or in its order.
static Tree<Tensor> targets_for(const std::string& who, const ModelImpl& model, const char* what,
                                const Tree<Tensor>& given) {
  if (!given.is_fields()) return given;
  const std::vector<std::string> names = model.output_names();
  if (names.empty()) return given;
  std::vector<Tree<Tensor>> out;
  for (const std::string& name : names) {
    const Tree<Tensor>* found = given.find(name);
    if (!found) return given;  // perhaps by the names of a structure of outputs
    out.push_back(*found);
  }
  if (given.size() != names.size())
    throw CallError(who, text("{} must be for the outputs {}, got {}", what, Arg(names).text, Arg(given.names()).text));
  return out.size() == 1 ? out[0] : Tree<Tensor>(std::move(out));
}

ArrayData make_data(const std::string& who, const ModelImpl& model, const Tree<Tensor>& x_given,
                    const Tree<Tensor>& y_given, const Tree<Tensor>& weight_given) {
  const Tree<Tensor> x = without_empty(x_given), y = targets_for(who, model, "y", without_empty(y_given)),
                     weight = targets_for(who, model, "sample_weight", without_empty(weight_given));
  const int64_t rows = rows_of(x);
  if (rows < 0) throw CallError(who, "needs an array of samples for x");
  if (rows == 0) throw CallError(who, text("x must have at least one row, got shape {}", x.leaves()[0].shape()));
  const DType floats = is_half(model.dtype) ? DType::f32 : model.dtype;  // layers of halves round by themselves
  const auto in_floats = [&](const Tensor& t) { return as_floats(t, floats); };
  ArrayData d{model.arranged(x).map(in_floats), y.map(in_floats), {}};
  const auto same_rows = [&](const char* name, const Tensor& t) {
    if (t.rank() < 1 || t.shape().dim(0) != rows)
      throw ShapeError(who, text("{} must have as many rows as x, {}, got shape {}", name, rows, t.shape()));
  };
  x.each([&](const Tensor& t) { same_rows("each input of x", t); });
  y.each([&](const Tensor& t) { same_rows("y", t); });
  if (weight.is_none()) return d;
  weight.each([&](const Tensor& t) { same_rows("sample_weight", t); });
  const Tensors targets = d.y.leaves();
  size_t n = 0;
  d.weight = weight.map([&](const Tensor& w) {
    const Tensor* of = weight.is_leaf()     ? (targets.empty() ? nullptr : &targets[0])
                       : n < targets.size() ? &targets[n]
                                            : nullptr;
    ++n;
    return weights_for(who, w, rows, of, floats);
  });
  clear_unweighted(d);
  return d;
}

void weight_classes(const std::string& who, ArrayData& d, const std::map<int64_t, double>& class_weight) {
  if (class_weight.empty()) return;
  for (const auto& [label, weight] : class_weight)
    if (!std::isfinite(weight))
      throw ConfigError(who, text("class_weight must be finite numbers, got {} for class {}", weight, label));
  if (d.y.is_none()) throw CallError(who, "class_weight needs y");
  if (d.y.leaf_count() != 1)
    throw CallError(who,
                    text("class_weight is for models of one output, got y of {}", to_string(d.y.kind(), d.y.size())));
  Tensor weight = d.weight.is_none() ? Tensor() : d.weight.only();
  if (weight.defined() && weight.rank() > 1)
    throw CallError(who, text("class_weight needs one sample_weight per row, got shape {}", weight.shape()));
  std::vector<double> weights =
      weight.defined() ? weight.to_doubles() : std::vector<double>(static_cast<size_t>(d.rows()), 1);
  const std::vector<int64_t> classes = classes_of(d.y.only());
  for (size_t i = 0; i < classes.size(); ++i) {
    const auto found = class_weight.find(classes[i]);
    if (found != class_weight.end()) weights[i] *= found->second;
  }
  const bool wide = weight.defined() ? weight.dtype() == DType::f64 : d.x.leaves()[0].dtype() == DType::f64;
  d.weight = Tensor({d.rows()}, weights).to(wide ? DType::f64 : DType::f32);
  clear_unweighted(d);
}

Tree<Tensor> concatenated(const std::string& who, const std::vector<Tree<Tensor>>& parts) {
  if (parts.size() == 1) return parts[0];
  std::vector<Tensors> by_output(parts.at(0).leaf_count());
  for (const Tree<Tensor>& part : parts) {
    if (!part.same_structure(parts[0]))
      throw CallError(who, "the model must give the same structure of outputs for all batches");
    size_t n = 0;
    part.each([&](const Tensor& t) { by_output[n++].push_back(t); });
  }
  size_t n = 0;
  return parts[0].map([&](const Tensor&) { return ops::concatenate(by_output[n++], 0); });
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
