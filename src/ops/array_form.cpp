// Arrays as files of models have them: numbers in nested lists.
#include "ops/array_form.h"

#include <cornu/describe.h>

#include <charconv>

#include "tensor/dispatch.h"

namespace cornu {
namespace {

constexpr int kDeepest = 32;

template <class E>
Value lists_of(const E* values, const Shape& shape, int axis) {
  if (axis == shape.rank()) {
    if constexpr (kIsFloating<E>)
      return static_cast<double>(*values);
    else
      return *values;
  }
  const int64_t step = shape.slice(axis + 1).size();
  Value out = Value::array();
  for (int64_t i = 0; i < shape.dim(axis); ++i) out.push_back(lists_of(values + i * step, shape, axis + 1));
  return out;
}

template <class E>
void read(const Value& v, const Shape& shape, int axis, E*& to) {
  if (axis < shape.rank()) {
    if (!v.is_array() || static_cast<int64_t>(v.size()) != shape.dim(axis))
      throw ConfigError("numbers", "all lists of one depth must be of the same length");
    for (const Value& x : v.as_array()) read(x, shape, axis + 1, to);
  } else if (v.is_bool()) {
    *to++ = static_cast<E>(v.as_bool() ? 1.0f : 0.0f);
  } else if (v.is_int() && kIsInteger<E>) {
    *to++ = static_cast<E>(v.as_int());
  } else {
    *to++ = converted<E>(v.as_double());
  }
}

}  // namespace

Value nested_numbers(const Tensor& t) {
  return with_type(t.dtype(), [&]<class E>() { return lists_of(t.data<E>().data(), t.shape(), 0); });
}

Tensor array_of_numbers(const Value& lists, DType dtype) {
  Shape shape;
  for (const Value* at = &lists; at->is_array(); at = &at->at(size_t{0})) {
    if (shape.rank() == kDeepest)
      throw ConfigError("numbers", text("lists must be at most {} deep, got more", kDeepest));
    shape = shape.append(static_cast<int64_t>(at->size()));
    if (at->size() == 0) break;
  }
  Tensor out(shape, dtype);
  with_type(dtype, [&]<class E>() {
    E* to = out.mutable_data<E>().data();
    read(lists, shape, 0, to);
  });
  return out;
}

Value number_form(const Tensor& t) {
  if (t.dtype() != DType::f32) return nested_numbers(t);
  char digits[32];
  const float value = static_cast<float>(t.item());
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  double shortest = value;
  std::from_chars(digits, end, shortest);
  return shortest;
}

Value array_form(const Tensor& t) {
  Value config = Value::object(), out = Value::object();
  config["value"] = nested_numbers(t);
  config["dtype"] = to_string(t.dtype());
  out["class_name"] = "__numpy__";
  out["config"] = std::move(config);
  return out;
}
bool is_array_form(const Value& v) {
  const Value* kind = v.is_object() ? v.find("class_name") : nullptr;
  return kind && kind->is_string() && (kind->as_string() == "__numpy__" || kind->as_string() == "__tensor__");
}
Tensor array_of_form(const Value& form) {
  const Value& config = form.at("config");
  return array_of_numbers(config.at("value"), Codec<DType>::from_value(config.at("dtype")));
}

}  // namespace cornu
