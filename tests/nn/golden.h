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

/// The whole file of a family: "losses" for tests/golden/losses.json.
inline Value golden_family(const std::string& family) {
  const std::string file = family + ".json";
  return parse_json(read_file(std::string(CORNU_TEST_DATA) + "/golden/" + file), file);
}

/// Numbers that are not finite are strings.
inline double golden_number(const Value& v) {
  if (!v.is_string()) return v.is_bool() ? v.as_bool() : v.as_double();
  const double inf = std::numeric_limits<double>::infinity();
  return v.as_string() == "inf" ? inf : v.as_string() == "-inf" ? -inf : std::nan("");
}

/// From {"shape", "dtype", "data"}.
inline Tensor golden_tensor(const Value& v) {
  std::vector<double> values;
  for (const Value& x : v.at("data").as_array()) values.push_back(golden_number(x));
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

/// "MeanSquaredError_none float32" of a case that is still a value.
inline std::string title(const Value& c) { return c.at("name").as_string() + " " + c.at("dtype").as_string(); }

/// The cases of a family. Loaded once.
inline const std::vector<GoldenCase>& golden_cases(const std::string& family) {
  static std::map<std::string, std::vector<GoldenCase>> loaded;
  auto [at, fresh] = loaded.try_emplace(family);
  if (!fresh) return at->second;
  const Value all = golden_family(family);
  for (const Value& one : all.at("cases").as_array()) {
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

/// The value with whole numbers as integers and, unless in order, the members of all objects in alphabetical order.
inline Value comparable(const Value& v, bool in_order) {
  if (v.is_array()) {
    Value out = Value::array();
    for (const Value& x : v.as_array()) out.push_back(comparable(x, in_order));
    return out;
  }
  if (v.is_number() && v.as_double() == std::floor(v.as_double())) return static_cast<int64_t>(v.as_double());
  if (!v.is_object()) return v;
  Value::Object members;
  for (const auto& [key, x] : v.as_object()) members.emplace_back(key, comparable(x, in_order));
  if (!in_order)
    std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return members;
}

/// What Keras wrote and what we write for the same object are equal; also in the order of keys if `in_order`.
inline void expect_same_config(const Value& ours, const Value& theirs, const std::string& what, bool in_order = false) {
  EXPECT_EQ(write_json(comparable(ours, in_order)), write_json(comparable(theirs, in_order))) << what;
}

/// Counts what a test ran and what it left out, and says so at its end.
struct Tally {
  explicit Tally(const char* f) : family(f) {}
  ~Tally() {
    std::printf("%s: %d cases", family, ran);
    for (size_t i = 0; i < skipped.size(); ++i) std::printf("%s[%s]", i ? " " : ", skipped ", skipped[i].c_str());
    std::printf("\n");
  }
  const char* family;
  int ran = 0;
  std::vector<std::string> skipped;
};

}  // namespace cornu::testing
