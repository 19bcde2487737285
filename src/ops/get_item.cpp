// x[key] as NumPy has it, made of slices, gathers and reshapes.
#include <cornu/indexing.h>

#include <algorithm>

#include "ops/array_form.h"
#include "ops/function_table.h"
#include "ops/rules.h"
#include "tensor/storage.h"

namespace cornu {
namespace {

using ops::Index;

bool is_array(const Index& i) { return std::holds_alternative<Tensor>(i); }
bool is_slice(const Index& i) { return std::holds_alternative<ops::Slice>(i); }

class Indexer {
 public:
  explicit Indexer(const Tensor& x) : t(x) {}

  Tensor all(const std::vector<Index>& key) {
    if (!takes_group(key)) each(key, 0, key.size());
    return t;
  }

 private:
  Tensor t;
  int axis = 0;
  int gone = 0;  ///< Axes of x before `axis` that t has not, less those that it has besides.

  void each(const std::vector<Index>& key, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      const auto later = std::count_if(key.begin() + static_cast<int64_t>(i) + 1, key.end(),
                                       [](const Index& k) { return !std::holds_alternative<ops::NewAxis>(k); });
      one(key[i], static_cast<int>(later));
    }
  }
  /// `later`: the axes of x that what follows in the key is for.
  void one(const Index& index, int later) {
    if (std::holds_alternative<ops::NewAxis>(index)) {
      t = ops::expand_dims(t, axis++);
      --gone;
    } else if (std::holds_alternative<ops::Ellipsis>(index)) {
      axis = t.rank() - later;
    } else if (axis >= t.rank()) {
      throw ShapeError("get_item", text("the key is for more axes than the {} of {}", t.rank(), t.shape()));
    } else if (const auto* slice = std::get_if<ops::Slice>(&index)) {
      take_slice(*slice);
      ++axis;
    } else if (const auto* i = std::get_if<int64_t>(&index)) {
      place(*i);
    } else {
      take(std::get<Tensor>(index));
    }
  }
  void place(int64_t i) {
    const int64_t n = t.shape().dim(axis);
    if (n >= 0 && (i >= n || i < -n))
      throw ShapeError("get_item", text("index {} is out of range for axis {} of size {}", i, axis + gone, n));
    t = i == -1 ? ops::slice(t, axis, -1) : ops::slice(t, axis, i, i + 1);
    if (t.shape().dim(axis) == 1) {
      t = ops::squeeze(t, axis);
      ++gone;
    } else {  // whether it is there will be seen when the step runs
      take(Tensor::scalar(0, DType::i32));
    }
  }
  void take(const Tensor& indices) {
    if (indices.dtype() == DType::boolean)
      throw CallError("get_item", "the size of a choice by a boolean mask is not known to a compiled step; use where");
    if (is_floating(indices.dtype()))
      throw DTypeError("get_item", text("indices must be whole numbers, got {}", indices.dtype()));
    t = ops::take(t, indices, axis);
    axis += indices.rank();
    gone += 1 - indices.rank();
  }
  void take_slice(const ops::Slice& s) {
    if (!s.start && !s.stop && !s.step) return;
    const int64_t by = s.step.value_or(1), n = t.shape().dim(axis);
    if (by == 0) throw ConfigError("get_item", "the step of a slice must not be 0");
    if (by == 1) {
      t = ops::slice(t, axis, s.start.value_or(0), s.stop);
      return;
    }
    if (n < 0) throw CallError("get_item", text("a step of {} needs an axis of known size", by));
    // As Python has it: where it walks down, it begins at the end and stops before the place -1.
    const int64_t low = by > 0 ? 0 : -1, high = by > 0 ? n : n - 1;
    const auto at = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + n : i, low, high); };
    const int64_t first = s.start ? at(*s.start) : by > 0 ? low : high;
    const int64_t last = s.stop ? at(*s.stop) : by > 0 ? high : low;
    std::vector<int32_t> places;
    for (int64_t i = first; by > 0 ? i < last : i > last; i += by) places.push_back(static_cast<int32_t>(i));
    t = ops::take(t, Tensor(Shape{static_cast<int64_t>(places.size())}, places), axis);
  }
  /// Several arrays of indices beside each other pick elements together: their axes become one. False if there are
  /// less than two.
  bool takes_group(const std::vector<Index>& key) {
    size_t first = key.size(), last = 0, count = 0;
    for (size_t i = 0; i < key.size(); ++i)
      if (is_array(key[i])) first = std::min(first, i), last = i, ++count;
    if (count < 2) return false;
    for (size_t i = 0; i < key.size(); ++i) {
      const bool inside = i >= first && i <= last, number = std::holds_alternative<int64_t>(key[i]);
      if (inside ? !is_array(key[i]) && !number : number || (i < first && !is_slice(key[i])))
        throw CallError("get_item",
                        "while a model is traced, several arrays of indices must stand beside each other, with "
                        "slices around them; use ops.take for one axis after another");
    }
    each(key, 0, first);
    Tensor where;  // its place in the axes as one
    std::vector<int64_t> merged(t.shape().raw().begin(), t.shape().raw().begin() + axis);
    int64_t size = 1;
    for (size_t i = first; i <= last; ++i) {
      const int64_t n = t.shape().dim(axis + static_cast<int>(i - first));
      if (n < 0 && i > first)
        throw CallError("get_item", "of axes that are indexed together only the first may be unknown");
      const auto* number = std::get_if<int64_t>(&key[i]);
      Tensor index = number ? Tensor::scalar(static_cast<double>(*number), DType::i32)
                            : ops::cast(std::get<Tensor>(key[i]), DType::i32);
      const Tensor zero = Tensor::scalar(0, DType::i32);
      if (n >= 0) index = ops::where(index < zero, index + Tensor::scalar(static_cast<double>(n), DType::i32), index);
      where = where.defined() ? where * Tensor::scalar(static_cast<double>(n), DType::i32) + index : index;
      size = n < 0 || size < 0 ? -1 : size * n;
    }
    merged.push_back(size);
    for (int i = axis + static_cast<int>(last - first) + 1; i < t.rank(); ++i) merged.push_back(t.shape().dim(i));
    t = ops::reshape(t, Shape(merged));
    take(where);
    each(key, last + 1, key.size());
    return true;
  }
};

}  // namespace

namespace ops {

Tensor take(const Tensor& x, const Tensor& indices, int axis) {
  const int a = normal_axis("take", axis, x.rank());
  if (a == 0) return take(x, indices);
  // The axes of the indices come first and go to the place of `axis`.
  const Tensor y = take(move_axis(x, a, 0), indices);
  std::vector<int> p;
  for (int i = 0; i < a; ++i) p.push_back(indices.rank() + i);
  for (int i = 0; i < indices.rank(); ++i) p.push_back(i);
  for (int i = indices.rank() + a; i < y.rank(); ++i) p.push_back(i);
  return transpose(y, p);
}

Tensor get_item(const Tensor& x, const std::vector<Index>& key) {
  const auto in_graph = [](const Tensor& t) { return t.defined() && t.impl()->record; };
  const auto known = [&](const Index& i) { return !is_array(i) || !in_graph(std::get<Tensor>(i)); };
  if (current_trace() || !in_graph(x) || !std::all_of(key.begin(), key.end(), known)) return Indexer(x).all(key);
  const Argument arguments[] = {x, Codec<std::vector<Index>>::to_value(key)};
  return note_function(*op_functions().find("get_item"), arguments).leaf();
}

}  // namespace ops

static Value named_form(const char* name, Value config) {
  Value out = Value::object();
  out["class_name"] = name;
  out["config"] = std::move(config);
  return out;
}
Value Codec<Index>::to_value(const Index& v) {
  using Number = Codec<std::optional<int64_t>>;
  if (const auto* i = std::get_if<int64_t>(&v)) return *i;
  if (std::holds_alternative<ops::NewAxis>(v)) return {};
  if (std::holds_alternative<ops::Ellipsis>(v)) return named_form("__ellipsis__", Value::object());
  if (const auto* t = std::get_if<Tensor>(&v)) return array_form(*t);
  const auto& s = std::get<ops::Slice>(v);
  Value config = Value::object();
  config["start"] = Number::to_value(s.start);
  config["stop"] = Number::to_value(s.stop);
  config["step"] = Number::to_value(s.step);
  return named_form("__slice__", std::move(config));
}
Index Codec<Index>::from_value(const Value& v) {
  using Number = Codec<std::optional<int64_t>>;
  if (v.is_null()) return ops::NewAxis{};
  if (v.is_array()) return array_of_numbers(v, DType::i32);
  if (is_array_form(v)) return array_of_form(v);
  if (!v.is_object()) return v.as_int();
  const std::string& name = v.at("class_name").as_string();
  if (name == "__ellipsis__") return ops::Ellipsis{};
  if (name != "__slice__") throw ConfigError("get_item", text("a key cannot hold '{}'", name));
  const Value& config = v.at("config");
  return ops::Slice{Number::from_value(config.at("start")), Number::from_value(config.at("stop")),
                    Number::from_value(config.at("step"))};
}

Value Codec<std::vector<Index>>::to_value(const std::vector<Index>& v) {
  if (v.size() == 1) return Codec<Index>::to_value(v[0]);
  Value out = Value::array();
  for (const Index& one : v) out.push_back(Codec<Index>::to_value(one));
  return out;
}
std::vector<Index> Codec<std::vector<Index>>::from_value(const Value& v) {
  std::vector<Index> out;
  if (!v.is_array()) return {Codec<Index>::from_value(v)};
  for (const Value& one : v.as_array()) out.push_back(Codec<Index>::from_value(one));
  return out;
}

}  // namespace cornu
