// Reports on predictions.
#include "cli/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/command.h"
#include "io/utf8.h"

namespace cornu::cli {

std::string short_number(double v) {
  if (std::fabs(v) >= 10000 && std::fabs(v) < 1e15) return grouped(std::llround(v));
  char out[40];
  std::snprintf(out, sizeof out, "%.4g", v);
  return out;
}

std::string aligned(const Lines& lines) {
  size_t width = 0;
  for (const Line& l : lines) width = std::max(width, utf8_width(l.name));
  std::string out;
  for (const auto& [name, value] : lines)
    out += "  " + name + std::string(width - utf8_width(name) + 3, ' ') + value + "\n";
  return out;
}

std::string listed(const std::vector<std::string>& names, size_t width) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (width && i > 0 && utf8_width(out) + utf8_width(names[i]) > width)
      return out + text(" and {} more", names.size() - i);
    out += (i ? ", " : "") + names[i];
  }
  return out;
}

}  // namespace cornu::cli
