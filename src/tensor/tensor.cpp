// Arrays: creation, access, conversion.
#include <cornu/tensor.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <ostream>

#include "tensor/convert.h"
#include "tensor/dispatch.h"
#include "tensor/storage.h"

namespace cornu {

static constexpr uint64_t kUnlimited = ~uint64_t{0};
static thread_local uint64_t g_left = kUnlimited;
StorageLimit::StorageLimit(uint64_t bytes) : outer_(g_left) { g_left = bytes; }
StorageLimit::~StorageLimit() { g_left = outer_; }
bool storage_limited() { return g_left != kUnlimited; }

Storage::Storage(size_t n) : bytes(n) {
  if (g_left != kUnlimited) {
    if (n > g_left) throw ConfigError("model", text("asks for {} bytes more than its file can fill", n - g_left));
    g_left -= n;
  }
  const size_t rounded = (n + kAlignment - 1) / kAlignment * kAlignment + kAlignment;
  // Not aligned_alloc, which splits and joins blocks: for small arrays that takes longer than most operations.
  size_t room = rounded + kAlignment;
  own_ = data = std::malloc(room);
  if (!data) throw std::bad_alloc();
  std::align(kAlignment, rounded, data, room);
  std::memset(static_cast<char*>(data) + n, 0, rounded - n);
}
void Storage::own() {
  if (!owner) return;
  Storage copy(bytes);
  std::memcpy(copy.data, data, bytes);
  data = copy.data;
  std::swap(own_, copy.own_);
  owner.reset();
}
Storage::~Storage() { std::free(own_); }

static std::shared_ptr<TensorImpl> new_impl(const Shape& shape, DType dtype) {
  if (!shape.known()) throw ShapeError("Tensor", text("every dimension must be known, got {}", shape));
  if (shape.size() > (int64_t{1} << 56)) throw ShapeError("Tensor", text("{} is too large", shape));
  auto impl = std::make_shared<TensorImpl>();
  impl->dtype = dtype;
  impl->shape = shape;
  impl->storage = std::make_shared<Storage>(static_cast<size_t>(shape.size()) * size_of(dtype));
  return impl;
}

Tensor unwritten(const Shape& shape, DType dtype) { return Tensor(new_impl(shape, dtype)); }

Tensor::Tensor(const Shape& shape, DType dtype) : impl_(new_impl(shape, dtype)) {
  std::memset(impl_->storage->data, 0, impl_->storage->bytes);
}

Tensor::Tensor(const Shape& shape, std::initializer_list<float> values)
    : Tensor(shape, values.begin(), values.size(), DType::f32) {}

Tensor::Tensor(const Shape& shape, const void* values, size_t count, DType dtype) : impl_(new_impl(shape, dtype)) {
  if (static_cast<int64_t>(count) != shape.size())
    throw ShapeError("Tensor", text("shape {} needs {} values, got {}", shape, shape.size(), count));
  if (count) std::memcpy(impl_->storage->data, values, impl_->storage->bytes);
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  Tensor t(new_impl(shape, dtype));
  with_type(dtype, [&]<class T>() {
    T* p = static_cast<T*>(t.raw());
    std::fill(p, p + shape.size(), element_of<T>(value));
  });
  return t;
}
Tensor Tensor::scalar(double value, DType dtype) { return full({}, value, dtype); }

static const TensorImpl& need(const std::shared_ptr<TensorImpl>& impl) {
  if (!impl) throw CallError("Tensor", "must hold a value, got an empty handle");
  return *impl;
}
bool Tensor::symbolic() const { return impl_ && !impl_->storage; }
DType Tensor::dtype() const { return need(impl_).dtype; }
const Shape& Tensor::shape() const { return need(impl_).shape; }

/// Whether a mask of this shape says something of each place along the leading axes.
static bool covers(const Shape& mask, const Shape& shape) {
  if (mask.rank() < 1 || mask.rank() > shape.rank()) return false;
  for (int i = 0; i < mask.rank(); ++i)
    if (!compatible(mask.dim(i), shape.dim(i))) return false;
  return true;
}

Tensor Tensor::with_mask(const Tensor& mask) const {
  auto impl = std::make_shared<TensorImpl>(need(impl_));
  if (mask.defined() && mask.dtype() != DType::boolean)
    throw DTypeError("with_mask", text("expected a mask of type bool, got {}", mask.dtype()));
  if (mask.defined() && !covers(mask.shape(), shape()))
    throw ShapeError("with_mask",
                     text("expected a mask of the leading axes of {}, got shape {}", shape(), mask.shape()));
  impl->mask = mask.impl_;
  return Tensor(std::move(impl));
}
Tensor Tensor::mask() const { return Tensor(need(impl_).mask); }

const void* Tensor::values_for(const char* what, const char* instead) const {
  const TensorImpl& i = need(impl_);
  if (!i.storage)
    throw TraceError("Tensor", text("has no values while the function is traced, so that {}; use {}", what, instead),
                     {{"tensor", text("{} {}", i.shape, i.dtype)}});
  return static_cast<const char*>(i.storage->data) + i.offset;
}
const void* Tensor::raw() const {
  return values_for("none can be read", "ops::where for what depends on one, or run_eagerly to look at them");
}
void* Tensor::raw() { return const_cast<void*>(static_cast<const Tensor*>(this)->raw()); }

const void* Tensor::checked_data(DType dtype) const {
  if (dtype != need(impl_).dtype) throw DTypeError("Tensor", text("must be read as {}, got {}", impl_->dtype, dtype));
  return raw();
}

std::vector<double> Tensor::to_doubles() const {
  raw();  // what is traced has no value to read
  const int64_t n = size();
  std::vector<double> out(static_cast<size_t>(n));
  with_type(dtype(), [&]<class T>() {
    const T* p = static_cast<const T*>(raw());
    for (int64_t i = 0; i < n; ++i) out[static_cast<size_t>(i)] = static_cast<double>(p[i]);
  });
  return out;
}

double Tensor::item() const {
  if (size() != 1) throw ShapeError("Tensor", text("item() needs a tensor of one element, got shape {}", shape()));
  return with_type(dtype(), [&]<class T>() { return static_cast<double>(*static_cast<const T*>(raw())); });
}

Tensor Tensor::to(DType to) const {
  if (to == dtype()) return *this;
  values_for("to() cannot convert them", "ops::cast(x, dtype)");
  Tensor out(new_impl(shape(), to));
  convert_elements(dtype(), raw(), to, out.raw(), size());
  return out;
}

Tensor Tensor::reshaped(const Shape& shape) const {
  values_for("reshaped() cannot view them", "ops::reshape(x, shape)");
  if (shape.elements() != size()) throw ShapeError("Tensor", text("cannot view shape {} as {}", this->shape(), shape));
  auto impl = std::make_shared<TensorImpl>(*impl_);
  impl->shape = shape;
  if (impl->mask && !covers(impl->mask->shape, shape)) impl->mask = nullptr;
  return Tensor(impl);
}

Tensor Tensor::rows(int64_t from, int64_t to) const {
  values_for("rows() cannot view them", "ops::slice(x, 0, from, to)");
  if (rank() < 1 || from < 0 || to < from || to > shape()[0])
    throw ShapeError("Tensor", text("rows [{}, {}) are not inside shape {}", from, to, shape()));
  auto impl = std::make_shared<TensorImpl>(*impl_);
  const int64_t row = shape()[0] ? size() / shape()[0] : 0;
  impl->shape[0] = to - from;
  impl->offset += static_cast<size_t>(from * row) * size_of(dtype());
  if (impl->mask) impl->mask = mask().rows(from, to).impl_;
  return Tensor(impl);
}

Tensor Tensor::clone() const {
  values_for("clone() cannot copy them", "the tensor itself, which nothing changes");
  Tensor out(new_impl(shape(), dtype()));
  std::memcpy(out.raw(), raw(), out.impl_->storage->bytes);
  return out;
}

std::string Tensor::str() const {
  if (!impl_) return "Tensor(empty)";
  std::string out = "Tensor" + shape().str() + " " + to_string(dtype());
  if (symbolic()) return out + " (symbolic)";
  out += " [";
  const std::vector<double> v = rank() && shape()[0] > 12 ? rows(0, 1).to_doubles() : to_doubles();
  for (size_t i = 0; i < std::min<size_t>(v.size(), 12); ++i) out += (i ? ", " : "") + Arg(v[i]).text;
  return out + (size() > static_cast<int64_t>(std::min<size_t>(v.size(), 12)) ? ", ...]" : "]");
}
std::ostream& operator<<(std::ostream& out, const Tensor& t) { return out << t.str(); }

}  // namespace cornu
