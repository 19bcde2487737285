// Blocks and places that values name: reading and writing them.
#pragma once
#include <cornu/describe.h>
#include <cornu/ops.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cornu::ops {

/// The parts of x along `axis` at those places; the axes of `indices` stand where it was. Else as `take(x, indices)`.
CORNU_API Tensor take(const Tensor& x, const Tensor& indices, int axis);

/// NumPy's `start:stop:step` along one axis: negative places count from the end, and what is left out reaches as far as
/// there is something.
struct Slice {
  std::optional<int64_t> start, stop, step;
};
/// NumPy's None in a key: an axis of size 1.
struct NewAxis {};
/// NumPy's `...` in a key: the axes that the rest of it leaves over, whole.
struct Ellipsis {};
/// What a key says of an axis: one place, some, or, as a tensor of integers, those that it holds.
using Index = std::variant<int64_t, Slice, NewAxis, Ellipsis, Tensor>;

/// NumPy's `x[key]`, as in `get_item(x, {Slice{}, Slice{1, 3}, -1})`. Several tensors beside each other pick together,
/// and their axes become one. ShapeError for a place that is not there, CallError for what a compiled step cannot know:
/// a choice by booleans, a step along an axis of unknown size.
CORNU_API Tensor get_item(const Tensor& x, const std::vector<Index>& key);

/// The block of that shape that begins at `start_indices` (rank,), which are brought to where it fits; a size of -1 is
/// all the rest of an axis.
CORNU_API Tensor slice(const Tensor& inputs, const Tensor& start_indices, const Shape& shape);
/// `inputs` with the block `updates` put in there.
CORNU_API Tensor slice_update(const Tensor& inputs, const Tensor& start_indices, const Tensor& updates);
/// `inputs` with `updates` at the places `indices` (..., k) in its first k axes; `reduction` says how they meet what is
/// there: "update" (of several the last one stays), "add", "max", "min" or "mul". Places outside do nothing.
CORNU_API Tensor scatter_update(const Tensor& inputs, const Tensor& indices, const Tensor& updates,
                                const std::string& reduction = "update");
/// Zeros of that shape with `values` added at `indices` (..., k).
CORNU_API Tensor scatter(const Tensor& indices, const Tensor& values, const Shape& shape);

}  // namespace cornu::ops

namespace cornu {

/// As Keras' files have the parts of a key: a number, null, {"class_name": "__slice__", ...}, and so on.
template <>
struct CORNU_API Codec<ops::Index> {
  static Value to_value(const ops::Index& v);
  static ops::Index from_value(const Value& v);
};

/// A key of one part is that part.
template <>
struct CORNU_API Codec<std::vector<ops::Index>> {
  static Value to_value(const std::vector<ops::Index>& v);
  static std::vector<ops::Index> from_value(const Value& v);
};

}  // namespace cornu
