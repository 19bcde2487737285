// Element types and shapes: names, sizes, promotion.
#include <cornu/shape.h>

#include <algorithm>
#include <atomic>
#include <ostream>

#include "base/unknown_size.h"

namespace cornu {
namespace {

struct DTypeRow {
  DType dtype;
  const char* name;
  size_t size;
};
/// In the order of DType.
constexpr DTypeRow kRows[kDTypeCount] = {
    {DType::f32, "float32", 4},   {DType::f64, "float64", 8},  {DType::i32, "int32", 4},  {DType::i64, "int64", 8},
    {DType::u8, "uint8", 1},      {DType::boolean, "bool", 1}, {DType::u32, "uint32", 4}, {DType::f16, "float16", 2},
    {DType::bf16, "bfloat16", 2}, {DType::i8, "int8", 1},      {DType::i16, "int16", 2},  {DType::u16, "uint16", 2},
    {DType::u64, "uint64", 8}};
constexpr bool in_order() {
  for (int i = 0; i < kDTypeCount; ++i)
    if (static_cast<int>(kRows[i].dtype) != i) return false;
  return true;
}
static_assert(in_order());

/// Of Keras' names that no element of a tensor has.
const char* why_not(std::string_view name) {
  if (name.starts_with("float8")) return "; floats of 8 bits are no elements of tensors here";
  if (name.starts_with("complex")) return "; there are no complex numbers";
  return name == "string" ? "; texts are no elements of tensors" : "";
}

}  // namespace

size_t size_of(DType dtype) { return kRows[static_cast<size_t>(dtype)].size; }
std::string to_string(DType dtype) { return kRows[static_cast<size_t>(dtype)].name; }

DType dtype_from_string(TextView name) {
  for (const DTypeRow& row : kRows)
    if (name == row.name) return row.dtype;
  throw DTypeError("dtype",
                   text("must be one of bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, "
                        "bfloat16, float32, float64, got '{}'{}",
                        name, why_not(name)));
}

static std::atomic<DType> g_floatx{DType::f32};
DType floatx() { return g_floatx.load(std::memory_order_relaxed); }
void set_floatx(DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError("set_floatx", text("must be float16, bfloat16, float32 or float64, got {}", dtype));
  g_floatx.store(dtype, std::memory_order_relaxed);
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

static thread_local uint64_t g_asked = 0;
uint64_t unknown_sizes_asked() { return g_asked; }

void Shape::unknown(int axis) const {
  ++g_asked;
  throw ShapeError("shape",
                   text("the size of axis {} of {} is not known here, so that nothing can be computed with it; "
                        "take dim({}), which is -1 and fits into other shapes, or ops::dim, a tensor",
                        axis, *this, axis));
}

const int64_t* Shape::begin() const {
  for (int i = 0; i < rank_; ++i)
    if (dims_[static_cast<size_t>(i)] < 0) unknown(i);
  return dims_.data();
}

int64_t Shape::size() const {
  const int64_t n = elements();
  return n < 0 ? (begin(), n) : n;
}

int64_t Shape::elements() const {
  int64_t n = 1;
  for (int64_t d : raw()) {
    if (d < 0) return -1;
    if (__builtin_mul_overflow(n, d, &n)) n = INT64_MAX;  // Larger than anything: shapes of files may be nonsense.
  }
  return n;
}

bool Shape::known() const {
  return std::all_of(dims_.begin(), dims_.begin() + rank_, [](int64_t d) { return d >= 0; });
}

bool Shape::operator==(const Shape& o) const { return std::ranges::equal(raw(), o.raw()); }

Shape Shape::slice(int from, int to) const {
  const int a = std::clamp(from < 0 ? from + rank_ : from, 0, rank_);
  const int b = std::clamp(to < 0 ? to + rank_ : to, a, rank_);
  return Shape(dims_.data() + a, static_cast<size_t>(b - a));
}

Shape Shape::append(int64_t dim) const { return append(Shape{dim}); }

Shape Shape::append(const Shape& dims) const {
  std::vector<int64_t> all = this->dims();
  all.insert(all.end(), dims.raw().begin(), dims.raw().end());
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

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.str(); }
std::ostream& operator<<(std::ostream& out, DType dtype) { return out << to_string(dtype); }

}  // namespace cornu
