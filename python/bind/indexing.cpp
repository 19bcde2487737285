// t[...] as NumPy has it, on values that are known and on those that are traced.
#include "bind.h"
#include "ops/emit.h"

namespace cornu::python {
namespace {

struct Indexer {
  Tensor t;
  int axis = 0;

  void one(nb::handle index, int following) {
    if (index.is_none()) {
      t = ops::expand_dims(t, axis++);
    } else if (index.ptr() == Py_Ellipsis) {
      axis = t.rank() - following;
    } else if (PySlice_Check(index.ptr())) {
      take_slice(index);
      ++axis;
    } else if (PyLong_Check(index.ptr()) && !PyBool_Check(index.ptr())) {
      const auto i = nb::cast<int64_t>(index);
      const int64_t n = t.shape().dim(axis);
      if (n >= 0 && (i >= n || i < -n))
        throw nb::index_error(text("index {} is out of range for axis {} of size {}", i, axis, n).c_str());
      t = i == -1 ? ops::slice(t, axis, -1) : ops::slice(t, axis, i, i + 1);
      if (t.shape().dim(axis) == 1)
        t = ops::squeeze(t, axis);
      else  // whether it is there will be seen when the step runs
        take(Tensor::scalar(0, DType::i32));
    } else {
      take(to_tensor(index));
    }
  }
  static bool is_plain(nb::handle i) {
    return i.is_none() || i.ptr() == Py_Ellipsis || PySlice_Check(i.ptr()) ||
           (PyLong_Check(i.ptr()) && !PyBool_Check(i.ptr()));
  }
  /// Several arrays of indices beside each other pick elements together, as in NumPy: their axes become one. False if
  /// there are less than two.
  bool takes_group(const nb::tuple& all) {
    size_t first = all.size(), last = 0, count = 0;
    for (size_t i = 0; i < all.size(); ++i)
      if (!is_plain(all[i])) first = std::min(first, i), last = i, ++count;
    if (count < 2) return false;
    for (size_t i = 0; i < all.size(); ++i) {
      const bool inside = i >= first && i <= last, number = is_plain(all[i]) && PyLong_Check(all[i].ptr());
      if (inside ? is_plain(all[i]) && !number : number || (i < first && !PySlice_Check(all[i].ptr())))
        throw CallError("Tensor",
                        "while a model is traced, several arrays of indices must stand beside each other, with "
                        "slices around them; use ops.take for one axis after another");
    }
    for (size_t i = 0; i < first; ++i) one(all[i], static_cast<int>(all.size() - i) - 1);
    Tensor where;  // its place in the axes as one
    std::vector<int64_t> merged(t.shape().raw().begin(), t.shape().raw().begin() + axis);
    int64_t size = 1;
    for (size_t i = first; i <= last; ++i) {
      const int64_t n = t.shape().dim(axis + static_cast<int>(i - first));
      if (n < 0 && i > first)
        throw CallError("Tensor", "of axes that are indexed together only the first may be unknown");
      Tensor index = ops::cast(to_tensor(all[i]), DType::i32);
      const Tensor zero = Tensor::scalar(0, DType::i32);
      if (n >= 0) index = ops::where(index < zero, index + Tensor::scalar(static_cast<double>(n), DType::i32), index);
      where = where.defined() ? where * Tensor::scalar(static_cast<double>(n), DType::i32) + index : index;
      size = n < 0 || size < 0 ? -1 : size * n;
    }
    merged.push_back(size);
    for (int i = axis + static_cast<int>(last - first) + 1; i < t.rank(); ++i) merged.push_back(t.shape().dim(i));
    t = ops::reshape(t, Shape(merged));
    take(where);
    for (size_t i = last + 1; i < all.size(); ++i) one(all[i], static_cast<int>(all.size() - i) - 1);
    return true;
  }
  void take(const Tensor& indices) {
    if (indices.dtype() == DType::boolean)
      throw CallError("Tensor", "the size of a choice by a boolean mask is not known to a compiled step; use where");
    std::vector<Argument> args{t, indices, Value(axis)};
    t = std::get<Tensor>(op_functions().find("take")->call(args.data()));
    axis += indices.rank();
  }
  void take_slice(nb::handle index) {
    const nb::object start = index.attr("start"), stop = index.attr("stop"), step = index.attr("step");
    if (start.is_none() && stop.is_none() && step.is_none()) return;
    const int64_t by = step.is_none() ? 1 : nb::cast<int64_t>(step);
    if (by == 1) {
      const auto end = stop.is_none() ? std::optional<int64_t>() : nb::cast<int64_t>(stop);
      t = ops::slice(t, axis, start.is_none() ? 0 : nb::cast<int64_t>(start), end);
      return;
    }
    const int64_t n = t.shape().dim(axis);
    if (n < 0) throw CallError("Tensor", text("a step of {} needs an axis of known size", by));
    Py_ssize_t first, last, stride;
    if (PySlice_Unpack(index.ptr(), &first, &last, &stride) < 0) throw nb::python_error();
    const Py_ssize_t count = PySlice_AdjustIndices(n, &first, &last, stride);
    std::vector<int32_t> at;
    for (Py_ssize_t i = 0; i < count; ++i) at.push_back(static_cast<int32_t>(first + i * stride));
    const int here = axis;
    take(Tensor(Shape{static_cast<int64_t>(count)}, at));
    axis = here;
  }
};

}  // namespace

nb::object get_item(const Tensor& t, nb::handle index) {
  if (!t.symbolic() && !current_trace()) {  // NumPy knows every kind of index
    nb::object picked = give_bits(Tensor(t))[index];
    return nb::cast(from_bits(picked, t.dtype()));
  }
  Indexer indexer{t};
  if (PyTuple_Check(index.ptr())) {
    const auto all = nb::borrow<nb::tuple>(index);
    if (indexer.takes_group(all)) return nb::cast(indexer.t);
    for (size_t i = 0; i < all.size(); ++i) {
      int following = 0;
      for (size_t k = i + 1; k < all.size(); ++k) following += !all[k].is_none();
      indexer.one(all[i], following);
    }
  } else {
    indexer.one(index, 0);
  }
  return nb::cast(indexer.t);
}

}  // namespace cornu::python
