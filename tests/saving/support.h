// What the tests of files share: golden files with their JSON, small nets, folders that vanish.
#pragma once
#include <cornu/cornu.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "nn/golden.h"

namespace cornu::testing {

namespace fs = std::filesystem;

inline std::string golden_file(const std::string& name) {
  return std::string(CORNU_TEST_DATA) + "/golden/files/" + name;
}
inline Value golden_json(const std::string& name) { return parse_json(read_file(golden_file(name)), name); }

/// A folder of this test alone.
struct Folder {
  fs::path path;
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "cornu-test-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code none;
    fs::remove_all(path, none);
  }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

/// Numbers in [-1, 1) that are the same everywhere.
inline Tensor numbers(const Shape& shape, uint64_t seed) {
  Tensor t(shape);
  uint64_t state = seed * 2654435761u + 12345;
  for (float& x : t.mutable_data<float>()) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    x = static_cast<float>(static_cast<double>(state >> 40) / (1 << 23) - 1);
  }
  return t;
}

/// 1 where the sum of a row is positive.
inline Tensor labels_of(const Tensor& x) {
  const int64_t width = x.size() / x.shape()[0];
  Tensor y({x.shape()[0], 1});
  for (int64_t r = 0; r < x.shape()[0]; ++r) {
    float sum = 0;
    for (int64_t k = 0; k < width; ++k) sum += x.data<float>()[static_cast<size_t>(r * width + k)];
    y.mutable_data<float>()[static_cast<size_t>(r)] = sum > 0;
  }
  return y;
}

inline void expect_same_bits(const Tensor& got, const Tensor& want, const std::string& what) {
  ASSERT_EQ(got.shape().str(), want.shape().str()) << what;
  ASSERT_EQ(to_string(got.dtype()), to_string(want.dtype())) << what;
  EXPECT_EQ(std::memcmp(got.raw(), want.raw(), static_cast<size_t>(want.size()) * size_of(want.dtype())), 0)
      << what << "\n  got  " << got.str() << "\n  want " << want.str();
}
inline void expect_same_bits(const std::vector<Tensor>& got, const std::vector<Tensor>& want, const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) expect_same_bits(got[i], want[i], text("{} {}", what, i));
}

/// Losses of `count` more batches, rows in order and again from the start.
inline std::vector<double> next_losses(Model model, const Tensor& x, const Tensor& y, int64_t size, size_t count) {
  std::vector<double> out;
  for (int64_t at = 0; out.size() < count; at = at + size >= x.shape()[0] ? 0 : at + size) {
    const int64_t end = std::min(at + size, x.shape()[0]);
    out.push_back(model.train_on_batch(x.rows(at, end), y.rows(at, end))["loss"]);
  }
  return out;
}

inline Value array_value(const Tensor& t) {
  Value v = Value::object();
  v["shape"] = Codec<Shape>::to_value(t.shape());
  v["dtype"] = to_string(t.dtype());
  v["data"] = Value::array();
  for (double x : t.to_doubles()) v["data"].push_back(x);
  return v;
}

/// What tools/check_keras_files.py compares a model with that Keras has read.
inline Value about_file(Model model, const Tensor& x) {
  Value about = Value::object();
  about["input"] = array_value(x);
  about["prediction"] = array_value(model.predict(x));
  about["weights"] = about["optimizer_variables"] = Value::array();
  for (const Tensor& w : model.get_weights()) about["weights"].push_back(array_value(w));
  if (model.optimizer())
    for (const Variable& v : model.optimizer()->variables())
      about["optimizer_variables"].push_back(array_value(v.numpy()));
  return about;
}

/// The error's text; empty if nothing was thrown.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace cornu::testing
