// Element types and shapes: names, sizes, promotion.
#include <cornu/shape.h>

#include <algorithm>

namespace cornu {
namespace {

struct DTypeRow {
  DType dtype;
  const char* name;
  size_t size;
};
constexpr DTypeRow kRows[kDTypeCount] = {
    {DType::f32, "float32", 4}, {DType::f64, "float64", 8},  {DType::i32, "int32", 4}, {DType::i64, "int64", 8},
    {DType::u8, "uint8", 1},    {DType::boolean, "bool", 1}, {DType::u32, "uint32", 4}};

}  // namespace

size_t size_of(DType dtype) { return kRows[static_cast<size_t>(dtype)].size; }
std::string to_string(DType dtype) { return kRows[static_cast<size_t>(dtype)].name; }

DType dtype_from_string(std::string_view name) {
  for (const DTypeRow& row : kRows)
    if (name == row.name) return row.dtype;
  throw DTypeError("dtype", text("must be one of float32, float64, int32, int64, uint8, uint32, bool, got '{}'", name));
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (is_floating(a) || is_floating(b)) return a == DType::f64 || b == DType::f64 ? DType::f64 : DType::f32;
  if (a == DType::boolean) return b;
  if (b == DType::boolean) return a;
  if (a == DType::u8) return b;
  if (b == DType::u8) return a;
  return a == DType::i64 || b == DType::i64 ? DType::i64 : DType::i32;  // of i32 and u32 too, as JAX without 64 bits
}

Shape::Shape(const int64_t* dims, size_t rank) {
  if (rank > static_cast<size_t>(kMaxRank))
    throw ShapeError("shape", text("may have at most {} dimensions, got {}", kMaxRank, rank));
  std::copy(dims, dims + rank, dims_.begin());
  rank_ = static_cast<int>(rank);
}

int Shape::checked(int axis) const {
  const int a = axis < 0 ? axis + rank_ : axis;
  if (a < 0 || a >= rank_) throw ShapeError("shape", text("axis {} is out of range for {}", axis, *this));
  return a;
}

int64_t Shape::size() const {
  int64_t n = 1;
  for (int64_t d : *this) {
    if (d < 0) return -1;
    if (__builtin_mul_overflow(n, d, &n)) n = INT64_MAX;  // Larger than anything: shapes of files may be nonsense.
  }
  return n;
}

bool Shape::known() const {
  return std::all_of(begin(), end(), [](int64_t d) { return d >= 0; });
}

bool Shape::operator==(const Shape& o) const { return rank_ == o.rank_ && std::equal(begin(), end(), o.begin()); }

Shape Shape::slice(int from, int to) const {
  const int a = std::clamp(from < 0 ? from + rank_ : from, 0, rank_);
  const int b = std::clamp(to < 0 ? to + rank_ : to, a, rank_);
  return Shape(begin() + a, static_cast<size_t>(b - a));
}

Shape Shape::append(int64_t dim) const { return append(Shape{dim}); }

Shape Shape::append(const Shape& dims) const {
  std::vector<int64_t> all(begin(), end());
  all.insert(all.end(), dims.begin(), dims.end());
  return Shape(all);
}

std::string Shape::str() const {
  std::string out = "(";
  for (int i = 0; i < rank_; ++i) {
    if (i) out += ", ";
    out += dims_[static_cast<size_t>(i)] < 0 ? "None" : std::to_string(dims_[static_cast<size_t>(i)]);
  }
  return out + (rank_ == 1 ? ",)" : ")");
}

}  // namespace cornu
