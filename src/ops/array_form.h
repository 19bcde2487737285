// Arrays as files of models have them: numbers in nested lists.
#pragma once
#include <cornu/tensor.h>
#include <cornu/value.h>

namespace cornu {

/// The elements in lists as deep as its rank: true and false, whole numbers, or others.
Value nested_numbers(const Tensor& t);
/// The other way; ConfigError for lists that are no array.
Tensor array_of_numbers(const Value& lists, DType dtype = DType::f32);

/// A scalar as somebody may have written it: 0.1, not the longer digits of the float32 nearest to that.
Value number_form(const Tensor& t);

/// {"class_name": "__numpy__", "config": {"value": ..., "dtype": ...}}, as Keras writes an array.
Value array_form(const Tensor& t);
bool is_array_form(const Value& v);
Tensor array_of_form(const Value& form);

}  // namespace cornu
