// How good a model is on data: a page of text and the same as JSON.
#pragma once
#include "cli/task.h"

namespace cornu::cli {

struct Report {
  std::string text;
  Value json = Value::object();
  void append(const std::string& title, const std::string& body) { text += title + "\n" + body + "\n"; }
};

/// Lines of "name   value".
struct Line {
  std::string name, value;
};
using Lines = std::vector<Line>;
std::string aligned(const Lines& lines);
/// "a, b and 40 more": as many as fit into about that many characters, all if that is 0.
std::string listed(const std::vector<std::string>& names, size_t width);
/// Four figures, or a whole number if it is large.
std::string short_number(double v);

}  // namespace cornu::cli
