// What flags take, checked before anything is read.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "cli/command.h"

namespace cornu::cli {
namespace {

std::optional<double> number_of(const std::string& given) {
  char* end = nullptr;
  const double n = std::strtod(given.c_str(), &end);
  return !given.empty() && !*end && std::isfinite(n) ? std::optional(n) : std::nullopt;
}

/// Decimal digits alone: with a zero before them they would be taken for octal ones.
template <class T>
std::optional<T> whole_of(const std::string& given) {
  T n = 0;
  const char* const end = given.data() + given.size();
  const auto r = std::from_chars(given.data(), end, n);
  if (r.ec != std::errc() || r.ptr != end || (given.size() > 1 && given[0] == '0')) return std::nullopt;
  return n;
}

/// The sentence is empty if the value is right.
CLI::Validator validator(std::function<bool(const std::string&)> right, std::string what) {
  return CLI::Validator(
      [right = std::move(right), what = std::move(what)](std::string& given) {
        return right(given) ? std::string() : text("must be {}, got '{}'", what, given);
      },
      "");
}

}  // namespace

CLI::Validator whole_from(int64_t least) {
  return validator(
      [least](const std::string& given) {
        const auto n = whole_of<int64_t>(given);
        return n && *n >= least;
      },
      text("a whole number from {} on", least));
}

CLI::Validator seed_number() {
  return validator([](const std::string& given) { return whole_of<uint64_t>(given).has_value(); },
                   text("a whole number from 0 to {}", UINT64_MAX));
}

CLI::Validator from_zero() {
  return validator(
      [](const std::string& given) {
        const auto n = number_of(given);
        return n && *n >= 0;
      },
      "a number from 0 on");
}

CLI::Validator above_zero() {
  return validator(
      [](const std::string& given) {
        const auto n = number_of(given);
        return n && *n > 0;
      },
      "a number above 0");
}

CLI::Validator threshold() {
  return validator(
      [](const std::string& given) {
        const size_t equals = given.rfind('=');
        const auto p = number_of(equals == given.npos ? given : given.substr(equals + 1));
        return p && *p > 0 && *p < 1;
      },
      "in (0, 1)");
}

}  // namespace cornu::cli
