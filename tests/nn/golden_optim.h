// Cases recorded from Keras, as tensors, and how near a result must be to them.
#pragma once
#include <cornu/tensor.h>
#include <cornu/value.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "io/json.h"

namespace cornu::golden {

inline Value read(const std::string& family) {
  std::ifstream in(std::string(CORNU_TEST_DATA) + "/golden/" + family + ".json");
  std::stringstream s;
  s << in.rdbuf();
  return parse_json(s.str(), family);
}

inline double number(const Value& v) {
  if (!v.is_string()) return v.is_bool() ? v.as_bool() : v.as_double();
  if (v.as_string() == "nan") return std::numeric_limits<double>::quiet_NaN();
  return v.as_string() == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

inline Tensor tensor(const Value& v) {
  const Shape shape = Codec<Shape>::from_value(v.at("shape"));
  std::vector<double> data;
  for (const Value& x : v.at("data").as_array()) data.push_back(number(x));
  return Tensor(shape, data).to(dtype_from_string(v.at("dtype").as_string()));
}

inline std::string title(const Value& c) { return c.at("name").as_string() + " " + c.at("dtype").as_string(); }

/// |a - b| <= 1e-5 max|b|, over what is finite; the rest must be the same.
inline void expect_near(const Tensor& got, const Tensor& want, const std::string& what, double tolerance = 1e-5) {
  ASSERT_EQ(got.shape(), want.shape()) << what;
  const std::vector<double> a = got.to_doubles(), b = want.to_doubles();
  double largest = 0;
  for (double x : b)
    if (std::isfinite(x)) largest = std::max(largest, std::fabs(x));
  for (size_t i = 0; i < a.size(); ++i) {
    const bool same = std::isfinite(b[i]) ? std::fabs(a[i] - b[i]) <= tolerance * largest
                                          : (std::isnan(a[i]) && std::isnan(b[i])) || a[i] == b[i];
    EXPECT_TRUE(same) << what << " [" << i << "]: got " << shortest_text(a[i]) << ", Keras " << shortest_text(b[i]);
    if (!same) return;
  }
}

/// Equal, where an integer and a real of the same value count as equal.
inline bool same_value(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.as_double() == b.as_double();
  if (a.kind() != b.kind()) return false;
  if (a.is_array()) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
      if (!same_value(a.at(i), b.at(i))) return false;
    return true;
  }
  if (a.is_object()) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
      if (a.as_object()[i].first != b.as_object()[i].first ||
          !same_value(a.as_object()[i].second, b.as_object()[i].second))
        return false;
    return true;
  }
  return a == b;
}

inline void expect_same_config(const Value& got, const Value& want, const std::string& what) {
  EXPECT_TRUE(same_value(got, want)) << what << "\ngot   " << write_json(got) << "\nKeras " << write_json(want);
}

/// Counts what a test ran and what it left out, and says so at its end.
struct Tally {
  explicit Tally(const char* f) : family(f) {}
  ~Tally() {
    std::printf("%s: %d cases", family, ran);
    if (!skipped.empty()) std::printf(", skipped %zu:", skipped.size());
    for (const std::string& s : skipped) std::printf(" [%s]", s.c_str());
    std::printf("\n");
  }
  const char* family;
  int ran = 0;
  std::vector<std::string> skipped;
};

}  // namespace cornu::golden
