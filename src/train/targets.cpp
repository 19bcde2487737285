// Checks of targets.
#include "train/targets.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "nn/layer_call.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

bool same(const Shape& a, const Shape& b) {
  bool fits = a.rank() == b.rank();
  for (int i = 0; fits && i < a.rank(); ++i) fits = compatible(a.dim(i), b.dim(i));
  return fits;
}

/// y and the output, or either with another last axis of size 1, as Keras squeezes them.
bool like_output(const Shape& y, const Shape& p) {
  return same(y, p) || (y.rank() && y.dim(-1) == 1 && same(y.slice(0, -1), p)) ||
         (p.rank() && p.dim(-1) == 1 && same(y, p.slice(0, -1)));
}

}  // namespace

void check_target_shape(const ModelImpl& model, const LossImpl& loss, const Shape& y, const Shape& p) {
  const auto fail = [&](const std::string& expected, const std::string& hint) {
    throw ShapeError(text("{} '{}'", model.class_name(), model.name),
                     text("the loss {} expects y of {}, got {}{}", loss.class_name(), expected, y, hint), {},
                     model.where);
  };
  const auto targets = loss.targets();
  using Targets = LossImpl::Targets;
  const bool like = targets == Targets::like_output || targets == Targets::probabilities || targets == Targets::signs;
  if (like && !like_output(y, p)) {
    const bool numbers = p.rank() == 2 && (y.rank() == 1 || (y.rank() == 2 && y.dim(-1) == 1));
    const bool by_class = loss.class_name().starts_with("Categorical");
    fail(text("the output's shape {}", p),
         numbers && by_class ? "; for class numbers use SparseCategoricalCrossentropy" : "");
  }
  if (targets == LossImpl::Targets::class_numbers && p.rank()) {
    const Shape numbers = p.slice(0, -1);
    if (!same(y, numbers) && !same(y, numbers.append(1)))
      fail(text("shape {} or {} for an output of shape {}", numbers, numbers.append(1), p),
           same(y, p) ? "; for one-hot rows use CategoricalCrossentropy" : "");
  }
}

/// The targets of one output, and the weights of its rows or steps, if there are any.
struct Target {
  Tensor y, weight;
  int64_t rows;
  /// Whether element i of y has a weight other than 0.
  bool counts(size_t i) const {
    if (!weight.defined()) return true;
    const size_t each = static_cast<size_t>(std::max<int64_t>(1, y.size() / std::max<int64_t>(1, weight.size())));
    return with_type(weight.dtype(), [&]<class W>() { return weight.data<W>()[i / each] != W(0); });
  }
  int64_t row_of(size_t i) const { return static_cast<int64_t>(i) / std::max<int64_t>(1, y.size() / rows); }
};

/// What labels outside [0, 1] may be meant for.
static std::string way_out(const std::set<double>& labels) {
  if (std::all_of(labels.begin(), labels.end(), [](double v) { return v == -1 || v == 1; }))
    return "; write -1 as 0, or use Hinge, which takes -1 and 1";
  if (labels.size() == 2 && *labels.begin() == 1 && *labels.rbegin() == 2) return "; subtract 1 from them";
  if (std::all_of(labels.begin(), labels.end(), [](double v) { return v == std::floor(v) && v >= 0; }))
    return "; for class numbers use SparseCategoricalCrossentropy";
  return "; for numbers to predict use MeanSquaredError";
}

static void check_values(const std::string& who, const LossImpl* loss, const Shape& output, const Target& data) {
  if (loss->targets() == LossImpl::Targets::probabilities)
    return with_type(data.y.dtype(), [&]<class T>() {
      const std::span<const T> y = data.y.data<T>();
      // NaN is no label, and shows in the loss.
      const auto outside = [&](size_t i) { return (y[i] < T(0) || y[i] > T(1)) && data.counts(i); };
      size_t first = 0;
      while (first < y.size() && !outside(first)) ++first;
      if (first == y.size()) return;
      std::set<double> labels;
      for (size_t i = 0; i < y.size() && labels.size() < 7; ++i)
        if (y[i] == y[i] && data.counts(i)) labels.insert(static_cast<double>(y[i]));
      constexpr size_t kShown = 6;
      const bool more = labels.size() > kShown;
      std::string shown;
      size_t number = 0;
      for (const double label : labels) {
        if (number == kShown) break;
        const bool last = ++number == labels.size();
        shown += (number == 1 ? "" : last ? " and " : ", ") + Arg(label).text;
      }
      throw ConfigError(
          who, text("the loss {} expects y from 0 to 1, got {} in row {} (the labels are {}{}){}", loss->class_name(),
                    static_cast<double>(y[first]), data.row_of(first), shown, more ? ", ..." : "", way_out(labels)));
    });
  if (loss->targets() != LossImpl::Targets::class_numbers) return;
  const Value config = loss->get_config();
  const Value* ignored = config.find("ignore_class");
  const double classes = static_cast<double>(output.dim(-1));
  const double free = ignored && ignored->is_number() ? ignored->as_double() : 0;
  with_type(data.y.dtype(), [&]<class T>() {
    const std::span<const T> y = data.y.data<T>();
    for (size_t i = 0; i < y.size(); ++i) {
      const double c = static_cast<double>(y[i]);
      if ((c >= 0 && c < classes && c == std::floor(c)) || c == free || !data.counts(i)) continue;
      throw ConfigError(who,
                        text("y must hold class numbers from 0 to {} for an output of {} classes, got {} in row {}",
                             output.dim(-1) - 1, output.dim(-1), c, data.row_of(i)));
    }
  });
}

void check_target_values(const std::string& who, const ModelImpl& model, const ArrayData& data) {
  const Tree<Shape> shapes = output_shapes_of(model);
  if (!model.compiled || data.y.is_none() || shapes.is_none() || model.masks_output() || model.defines_loss()) return;
  const std::vector<Shape> outputs = shapes.leaves();
  const Tensors targets = data.y.leaves(), weights = data.weight.leaves();
  if (targets.size() != outputs.size()) return;  // of which the first step speaks
  const CompileConfig& c = *model.compiled;
  for (const Objective& one : objectives_of(outputs_of(model, shapes), c.loss, c.loss_weights)) {
    const size_t i = one.output;
    if (!one.of_one() || outputs[i].rank() == 0) continue;
    check_values(who, one.loss.impl().get(), outputs[i], {targets[i], weight_of(weights, i), data.rows()});
  }
}

}  // namespace cornu
