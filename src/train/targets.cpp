// Checks of targets.
#include "train/targets.h"

#include <cmath>

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
  if (targets == LossImpl::Targets::like_output && !like_output(y, p)) {
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

void check_class_numbers(const std::string& who, const ModelImpl& model, const ArrayData& data) {
  const LossImpl* loss = model.compiled ? model.compiled->loss.impl().get() : nullptr;
  const Shape& output = model.output_shape();
  if (!loss || !data.y.defined() || loss->targets() != LossImpl::Targets::class_numbers || !output.rank()) return;
  const Value config = loss->get_config();
  const Value* ignored = config.find("ignore_class");
  const double classes = static_cast<double>(output.dim(-1));
  const double free = ignored && ignored->is_number() ? ignored->as_double() : 0;
  with_type(data.y.dtype(), [&]<class T>() {
    const std::span<const T> y = data.y.data<T>();
    for (size_t i = 0; i < y.size(); ++i) {
      const double c = static_cast<double>(y[i]);
      if ((c >= 0 && c < classes && c == std::floor(c)) || c == free) continue;
      const int64_t row = static_cast<int64_t>(i) / std::max<int64_t>(1, data.y.size() / data.rows());
      throw ConfigError(who,
                        text("y must hold class numbers from 0 to {} for an output of {} classes, got {} in row {}",
                             output.dim(-1) - 1, output.dim(-1), c, row));
    }
  });
}

}  // namespace cornu
