// Element types and shapes.
#pragma once
#include <cornu/half.h>
#include <cornu/text.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cornu {

/// The types of elements. Small ones (halves, integers of 8 and 16 bits) are how numbers are stored: they are computed
/// with in 32 bits, and each result is rounded or wrapped to its type.
enum class DType : uint8_t { f32, f64, i32, i64, u8, boolean, u32, f16, bf16, i8, i16, u16, u64 };
constexpr int kDTypeCount = 13;

CORNU_API size_t size_of(DType dtype);
/// Keras' name: "float32", "bool", ...
CORNU_API std::string to_string(DType dtype);
/// Inverse of to_string; throws DTypeError on an unknown name.
CORNU_API DType dtype_from_string(TextView name);
/// The floating type of what is told none: layers and their weights, inputs, initial values, random numbers, metrics,
/// losses, and what keras.ops makes of a shape alone. float32, unless this process set another one; what exists keeps
/// its own. Tensors made of numbers are float32 in any case, and so are quotients and roots of integers.
CORNU_API DType floatx();
/// float16, bfloat16, float32 or float64; DTypeError for others.
CORNU_API void set_floatx(DType dtype);
constexpr bool is_half(DType d) { return d == DType::f16 || d == DType::bf16; }
constexpr bool is_floating(DType d) { return d == DType::f32 || d == DType::f64 || is_half(d); }
constexpr bool is_integer(DType d) { return !is_floating(d) && d != DType::boolean; }
constexpr bool is_unsigned(DType d) { return d == DType::u8 || d == DType::u16 || d == DType::u32 || d == DType::u64; }
/// The type of an arithmetic result on two operands; as Keras (JAX) promotes. See docs/numbers.md.
CORNU_API DType promote(DType a, DType b);

/// The element type of a C++ type.
template <class T>
struct DTypeOf;
namespace detail {
template <DType dtype>
struct ElementType {
  static constexpr DType value = dtype;
};
}  // namespace detail
template <>
struct DTypeOf<float> : detail::ElementType<DType::f32> {};
template <>
struct DTypeOf<double> : detail::ElementType<DType::f64> {};
template <>
struct DTypeOf<float16> : detail::ElementType<DType::f16> {};
template <>
struct DTypeOf<bfloat16> : detail::ElementType<DType::bf16> {};
template <>
struct DTypeOf<int8_t> : detail::ElementType<DType::i8> {};
template <>
struct DTypeOf<int16_t> : detail::ElementType<DType::i16> {};
template <>
struct DTypeOf<int32_t> : detail::ElementType<DType::i32> {};
template <>
struct DTypeOf<int64_t> : detail::ElementType<DType::i64> {};
template <>
struct DTypeOf<uint8_t> : detail::ElementType<DType::u8> {};
template <>
struct DTypeOf<uint16_t> : detail::ElementType<DType::u16> {};
template <>
struct DTypeOf<uint32_t> : detail::ElementType<DType::u32> {};
template <>
struct DTypeOf<uint64_t> : detail::ElementType<DType::u64> {};
template <>
struct DTypeOf<bool> : detail::ElementType<DType::boolean> {};

/// Up to 8 dimensions; -1 is a size not known before the batch is. A value: copies are independent, and different
/// objects may be used by different threads.
///
/// `shape[i]`, `size()` and loops over a shape give numbers to compute with. Where one is unknown, as the number of
/// rows is while a layer's `call` is traced, asking for it ends the trace and starts another one with the rows known,
/// for batches of that size alone; where it cannot become known, a ShapeError says so. `dim(i)` and `elements()` give
/// -1 instead, which every operation takes: `ops::reshape(x, {x.shape().dim(0), 4, 2})` serves all batches.
class CORNU_API Shape {
 public:
  static constexpr int kMaxRank = 8;
  /// One size of a shape that may be written to.
  class Axis {
   public:
    operator int64_t() const { return std::as_const(shape_)[axis_]; }
    Axis& operator=(int64_t size) {
      shape_.dim(axis_) = size;
      return *this;
    }
    Axis& operator=(const Axis& o) { return *this = static_cast<int64_t>(o); }
    Axis(const Axis&) = default;

   private:
    friend class Shape;
    Axis(Shape& shape, int axis) : shape_(shape), axis_(axis) {}
    Shape& shape_;
    int axis_;
  };

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : Shape(dims.begin(), dims.size()) {}
  Shape(const std::vector<int64_t>& dims) : Shape(dims.data(), dims.size()) {}
  Shape(const int64_t* dims, size_t rank);

  int rank() const { return rank_; }
  /// Negative indices count from the end. ShapeError if it is out of range or the size is unknown.
  int64_t operator[](int axis) const {
    const int64_t n = dim(axis);
    if (n < 0) unknown(axis);
    return n;
  }
  Axis operator[](int axis) { return Axis(*this, checked(axis)); }
  /// The same, -1 for an unknown size.
  int64_t dim(int axis) const { return dims_[static_cast<size_t>(checked(axis))]; }
  int64_t& dim(int axis) { return dims_[static_cast<size_t>(checked(axis))]; }
  /// The sizes; ShapeError if one is unknown.
  const int64_t* begin() const;
  const int64_t* end() const { return begin() + rank_; }
  /// The sizes, -1 where one is unknown.
  std::span<const int64_t> raw() const { return {dims_.data(), static_cast<size_t>(rank_)}; }
  /// Product of the dimensions; ShapeError if one is unknown.
  int64_t size() const;
  /// The same, -1 if one is unknown.
  int64_t elements() const;
  bool known() const;
  bool operator==(const Shape& o) const;
  bool operator!=(const Shape& o) const { return !(*this == o); }
  /// The dimensions [from, to); negative bounds count from the end.
  Shape slice(int from, int to) const;
  Shape slice(int from) const { return slice(from, rank_); }
  Shape append(int64_t dim) const;
  Shape append(const Shape& dims) const;
  /// -1 where one is unknown.
  std::vector<int64_t> dims() const { return {raw().begin(), raw().end()}; }
  /// "(None, 64)"
  std::string str() const;

 private:
  int checked(int axis) const;
  [[noreturn]] void unknown(int axis) const;
  std::array<int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

/// As str().
CORNU_API std::ostream& operator<<(std::ostream& out, const Shape& shape);
/// As to_string().
CORNU_API std::ostream& operator<<(std::ostream& out, DType dtype);

/// True if the sizes can be equal: equal, or one is unknown.
constexpr bool compatible(int64_t a, int64_t b) { return a == b || a < 0 || b < 0; }

}  // namespace cornu
