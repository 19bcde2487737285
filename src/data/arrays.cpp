// Arrays in files as tensors.
#include <cornu/data.h>

#include <cstring>

#include "io/file.h"
#include "io/idx.h"
#include "io/npy.h"

namespace cornu {
namespace {

Tensor to_tensor(const Array& a, const std::string& who) {
  const Shape shape(a.dims);
  DType dtype;
  try {
    dtype = dtype_from_string(a.dtype);
  } catch (const DTypeError&) {
    throw FileError(who, text("holds {}, which no tensor has", a.dtype));
  }
  Tensor t(shape, dtype);
  std::memcpy(t.raw(), a.bytes.data(), a.bytes.size());
  return t;
}

Array to_array(const Tensor& t, const std::string& who) {
  if (t.dtype() == DType::bf16)
    throw FileError(who, "NPY files have no bfloat16: cast the tensor to float32, got bfloat16");
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
void save_npy(const Text& path, const Tensor& t) { write_file_atomically(path, write_npy(to_array(t, path))); }
void save_npz(const Text& path, const std::map<std::string, Tensor>& arrays) {
  std::vector<std::pair<std::string, Array>> list;
  for (const auto& [name, t] : arrays) list.emplace_back(name, to_array(t, path + ":" + name));
  write_file_atomically(path, write_npz(list));
}

}  // namespace cornu
