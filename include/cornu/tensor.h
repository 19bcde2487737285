// Tensor: a handle to an array, or to a value of a graph that is being traced.
#pragma once
#include <cornu/shape.h>

#include <concepts>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cornu {

struct TensorImpl;
struct Storage;

/// Handle to an array of one element type in row-major order, or, while a function is traced, to a value that has only
/// a shape and a type. Copies share the array, which lives as long as one of them. Threads may read one array at once;
/// who writes to it (mutable_data) must be alone with it. All operations are in <cornu/ops.h>.
class CORNU_API Tensor {
 public:
  Tensor() = default;
  /// A new array, filled with zeros.
  explicit Tensor(const Shape& shape, DType dtype = DType::f32);
  /// A copy of `values` (row-major); their number must be shape.size().
  template <class T>
  Tensor(const Shape& shape, std::span<const T> values)
      : Tensor(shape, values.data(), values.size(), DTypeOf<T>::value) {}
  template <class T>
  Tensor(const Shape& shape, const std::vector<T>& values) : Tensor(shape, std::span<const T>(values)) {}
  Tensor(const Shape& shape, std::initializer_list<float> values);
  /// A scalar of the given type.
  static Tensor scalar(double value, DType dtype = DType::f32);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32);

  bool defined() const { return impl_ != nullptr; }
  /// True while it stands for a value of a traced graph.
  bool symbolic() const;
  DType dtype() const;
  const Shape& shape() const;
  int rank() const { return shape().rank(); }
  /// Number of elements; see Shape::size for what holds while a function is traced.
  int64_t size() const { return shape().size(); }

  /// The elements; DTypeError if T is not the tensor's type, TraceError for a symbolic tensor.
  template <class T>
  std::span<const T> data() const {
    return {static_cast<const T*>(checked_data(DTypeOf<T>::value)), static_cast<size_t>(size())};
  }
  template <class T>
  std::span<T> mutable_data() {
    return {static_cast<T*>(const_cast<void*>(checked_data(DTypeOf<T>::value))), static_cast<size_t>(size())};
  }
  /// The elements converted to double, whatever the type.
  std::vector<double> to_doubles() const;
  /// The single element of a tensor of size 1.
  double item() const;
  /// Converted copy (or the same handle if the type is right). Concrete tensors only; in a trace use ops::cast.
  Tensor to(DType dtype) const;
  /// The same elements under another shape of equal size; shares the array. Keeps the mask where the axes that it
  /// covers stay as they are.
  Tensor reshaped(const Shape& shape) const;
  /// Rows [from, to) of the first axis; shares the array. Keeps the mask of these rows.
  Tensor rows(int64_t from, int64_t to) const;
  Tensor clone() const;
  /// The same elements with a mask: bool, of the shape of the leading axes, false where a position does not count;
  /// ShapeError or DTypeError for any other. An undefined one takes the mask away. Layers hand it on to their output,
  /// to the loss and to metrics. Views (rows, reshaped) keep what still fits; operations and copies neither see nor
  /// keep it.
  Tensor with_mask(const Tensor& mask) const;
  /// Undefined if there is none.
  Tensor mask() const;
  /// Shape, type and the first elements.
  std::string str() const;

  // For the engine. A template, so that the 0 of Tensor({0, 4}) is a size and no null pointer.
  template <std::same_as<std::shared_ptr<TensorImpl>> Impl>
  explicit Tensor(Impl impl) : impl_(std::move(impl)) {}
  const std::shared_ptr<TensorImpl>& impl() const { return impl_; }
  const void* raw() const;
  void* raw();

 private:
  Tensor(const Shape& shape, const void* values, size_t count, DType dtype);
  const void* checked_data(DType dtype) const;
  const void* values_for(const char* what, const char* instead) const;
  std::shared_ptr<TensorImpl> impl_;
};

/// As str().
CORNU_API std::ostream& operator<<(std::ostream& out, const Tensor& t);

}  // namespace cornu
