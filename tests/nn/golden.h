// Reads results recorded from Keras (tests/golden/*.json) and compares tensors with them.
#pragma once
#include <cornu/describe.h>
#include <cornu/tensor.h>
#include <cornu/value.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/json.h"

namespace cornu::testing {

/// From {"shape", "dtype", "data"}; numbers that are not finite are strings.
inline Tensor golden_tensor(const Value& v) {
  std::vector<double> values;
  for (const Value& x : v.at("data").as_array()) {
    if (x.is_bool()) {
      values.push_back(x.as_bool());
    } else if (x.is_string()) {
      const double inf = std::numeric_limits<double>::infinity();
      values.push_back(x.as_string() == "inf" ? inf : x.as_string() == "-inf" ? -inf : std::nan(""));
    } else {
      values.push_back(x.as_double());
    }
  }
  const Tensor t(Codec<Shape>::from_value(v.at("shape")), values);
  const std::string& dtype = v.at("dtype").as_string();
  return t.to(dtype == "uint32" ? DType::i64 : dtype_from_string(dtype));
}

struct GoldenCase {
  std::string name, dtype;
  Value config, all;  ///< `all` is the whole case, for keys that only some families have.
  std::map<std::string, Tensor> inputs, outputs;

  /// Undefined if the case has no input of that name.
  Tensor input(const std::string& key) const {
    const auto found = inputs.find(key);
    return found == inputs.end() ? Tensor() : found->second;
  }
  const Tensor& output(const std::string& key) const { return outputs.at(key); }
  /// "MeanSquaredError_none float32", for messages.
  std::string title() const { return name + " " + dtype; }
};

/// The cases of a family: "losses" for tests/golden/losses.json. Loaded once.
inline const std::vector<GoldenCase>& golden_cases(const std::string& family) {
  static std::map<std::string, std::vector<GoldenCase>> loaded;
  auto [at, fresh] = loaded.try_emplace(family);
  if (!fresh) return at->second;
  const std::string file = family + ".json";
  const Value v = parse_json(read_file(std::string(CORNU_TEST_DATA) + "/golden/" + file), file);
  for (const Value& one : v.at("cases").as_array()) {
    GoldenCase c;
    c.all = one;
    c.name = one.at("name").as_string();
    if (const Value* dtype = one.find("dtype")) c.dtype = dtype->as_string();
    if (const Value* config = one.find("config")) c.config = *config;
    for (auto [key, to] : {std::pair{"inputs", &c.inputs}, std::pair{"outputs", &c.outputs}})
      if (const Value* tensors = one.find(key))
        for (const auto& [name, tensor] : tensors->as_object()) (*to)[name] = golden_tensor(tensor);
    at->second.push_back(std::move(c));
  }
  return at->second;
}

/// Shapes equal, and |got - want| <= tolerance * max|want| everywhere; what is not finite must be the same.
inline void expect_close(const Tensor& got, const Tensor& want, const std::string& what, double tolerance = 1e-5) {
  ASSERT_TRUE(got.defined()) << what;
  ASSERT_EQ(got.shape().str(), want.shape().str()) << what;
  const std::vector<double> a = got.to_doubles(), b = want.to_doubles();
  double largest = 0;
  for (double x : b)
    if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  for (size_t i = 0; i < a.size(); ++i) {
    const bool same = std::isfinite(b[i]) ? std::abs(a[i] - b[i]) <= tolerance * largest
                                          : a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    ASSERT_TRUE(same) << what << ": element " << i << " is " << a[i] << ", expected " << b[i] << "\n  got      "
                      << got.str() << "\n  expected " << want.str();
  }
}

/// The value with the members of all objects in alphabetical order, and whole numbers as integers.
inline Value sorted(const Value& v) {
  if (v.is_array()) {
    Value out = Value::array();
    for (const Value& x : v.as_array()) out.push_back(sorted(x));
    return out;
  }
  if (v.is_number() && v.as_double() == std::floor(v.as_double())) return static_cast<int64_t>(v.as_double());
  if (!v.is_object()) return v;
  Value::Object members;
  for (const auto& [key, x] : v.as_object()) members.emplace_back(key, sorted(x));
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return members;
}

/// What Keras wrote and what we write for the same object are equal up to the order of keys.
inline void expect_same_config(const Value& ours, const Value& theirs, const std::string& what) {
  EXPECT_EQ(write_json(sorted(ours)), write_json(sorted(theirs))) << what;
}

}  // namespace cornu::testing
