// Arrays in files as tensors.
#include <cornu/data.h>

#include <cstring>

#include "io/file.h"
#include "io/idx.h"
#include "io/npy.h"
#include "tensor/dispatch.h"

namespace cornu {
namespace {

/// Types that tensors do not have become the nearest wider one.
template <class From, class To>
Tensor widened(const Array& a, const Shape& shape) {
  Tensor t(shape, DTypeOf<To>::value);
  const std::span<To> out = t.mutable_data<To>();
  for (size_t i = 0; i < out.size(); ++i) {
    From v;
    std::memcpy(&v, a.bytes.data() + i * sizeof(From), sizeof(From));
    out[i] = static_cast<To>(v);
  }
  return t;
}

Tensor to_tensor(const Array& a, const std::string& who) {
  const Shape shape(a.dims);
  if (a.dtype == "int8") return widened<int8_t, int32_t>(a, shape);
  if (a.dtype == "int16") return widened<int16_t, int32_t>(a, shape);
  if (a.dtype == "uint16") return widened<uint16_t, int32_t>(a, shape);
  DType dtype;
  try {
    dtype = dtype_from_string(a.dtype);
  } catch (const DTypeError&) {
    throw FileError(who, text("holds {}, which is not supported yet", a.dtype));
  }
  Tensor t(shape, dtype);
  std::memcpy(t.raw(), a.bytes.data(), a.bytes.size());
  return t;
}

Array to_array(const Tensor& t) {
  const size_t n = static_cast<size_t>(t.size()) * size_of(t.dtype());
  return {to_string(t.dtype()), t.shape().dims(), std::string(static_cast<const char*>(t.raw()), n)};
}

}  // namespace

Tensor load_idx(const Text& path) { return to_tensor(read_idx(path), path); }
Tensor load_npy(const Text& path) { return to_tensor(read_npy(path), path); }
std::map<std::string, Tensor> load_npz(const Text& path) {
  NpzReader reader = NpzReader::open(path);
  std::map<std::string, Tensor> out;
  for (const std::string& name : reader.names()) out.emplace(name, to_tensor(reader.read(name), path + ":" + name));
  return out;
}
void save_npy(const Text& path, const Tensor& t) { write_file_atomically(path, write_npy(to_array(t))); }
void save_npz(const Text& path, const std::map<std::string, Tensor>& arrays) {
  std::vector<std::pair<std::string, Array>> list;
  for (const auto& [name, t] : arrays) list.emplace_back(name, to_array(t));
  write_file_atomically(path, write_npz(list));
}

}  // namespace cornu
