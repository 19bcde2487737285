// The table of a model's layers, as Keras prints it.
#include <fmt/format.h>

#include <set>

#include "nn/functional.h"

namespace cornu {
namespace {

std::string grouped(int64_t n) {
  std::string digits = std::to_string(n);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string bytes_text(double bytes) {
  const char* unit = "B";
  for (const char* next : {"KB", "MB", "GB", "TB"}) {
    if (bytes < 1024) break;
    bytes /= 1024;
    unit = next;
  }
  return fmt::format("{:.2f} {}", bytes, unit);
}

struct Size {
  int64_t count = 0, bytes = 0;
  void add(const Variable& v) {
    count += v.shape().size();
    bytes += v.shape().size() * static_cast<int64_t>(size_of(v.dtype()));
  }
  std::string line(const char* what) const {
    return fmt::format(" {} params: {} ({})\n", what, grouped(count), bytes_text(static_cast<double>(bytes)));
  }
};

/// Words of `text` in lines of at most `width` characters; longer words are cut.
std::vector<std::string> wrapped(const std::string& text, size_t width) {
  std::vector<std::string> lines;
  std::string rest = text;
  while (rest.size() > width) {
    size_t cut = rest.rfind(' ', width);
    if (cut == std::string::npos || cut == 0) cut = width;
    lines.push_back(rest.substr(0, cut));
    rest = rest.substr(rest[cut] == ' ' ? cut + 1 : cut);
  }
  lines.push_back(rest);
  return lines;
}

std::string rule(const char* left, const char* line, const char* mid, const char* right,
                 const std::vector<int>& widths) {
  std::string out = left;
  for (size_t i = 0; i < widths.size(); ++i) {
    for (int k = 0; k < widths[i]; ++k) out += line;
    out += i + 1 < widths.size() ? mid : right;
  }
  return out + "\n";
}

std::string row(const char* bar, const std::vector<std::string>& cells, const std::vector<int>& widths) {
  std::vector<std::vector<std::string>> lines;
  size_t height = 1;
  for (size_t i = 0; i < cells.size(); ++i) {
    lines.push_back(wrapped(cells[i], static_cast<size_t>(widths[i] - 2)));
    height = std::max(height, lines.back().size());
  }
  std::string out;
  for (size_t h = 0; h < height; ++h) {
    out += bar;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string text = h < lines[i].size() ? lines[i][h] : "";
      const int width = widths[i] - 2;
      const bool number = i == 2;  // of weights
      out += number ? fmt::format(" {:>{}} ", text, width) : fmt::format(" {:<{}} ", text, width);
      out += bar;
    }
    out += "\n";
  }
  return out;
}

/// "(None, 3)", or those of several outputs in brackets.
std::string text_of(const Tree<Shape>& shapes) {
  if (shapes.is_leaf()) return shapes.leaf().str();
  std::string out;
  shapes.each([&](const Shape& s) { out += (out.empty() ? "" : ", ") + s.str(); });
  return "[" + out + "]";
}
/// Of the last call.
std::string shapes_of(const std::vector<std::shared_ptr<const CallRecord>>& calls) {
  return text_of(calls.back()->outputs.map([](const TypeShape& t) { return t.shape; }));
}
/// "dense[0][0], dense[1][0]": what the calls of a layer take.
std::string connected_to(const LayerImpl& layer, const CallNumbers& numbers) {
  std::string out;
  for (const auto& call : numbers.calls(layer))
    call->inputs.each([&](const Tensor& x) {
      if (!in_graph_of_layers(x)) return;
      const CallRecord& from = *x.impl()->record;
      out += fmt::format("{}{}[{}][{}]", out.empty() ? "" : ", ", from.layer->name, numbers.of(from), x.impl()->output);
    });
  return out.empty() ? "-" : out;
}

void collect(const LayerImpl& layer, Size& size) {
  for (const Weight& w : weights_of(layer, false)) size.add(w.variable);
}

}  // namespace

std::string Model::summary(int line_length) const {
  ModelImpl& m = model();
  constexpr int kNarrowest = 20;
  if (line_length < kNarrowest)
    throw ConfigError("summary", text("line_length must be at least {}, got {}", kNarrowest, line_length));
  m.build_if_possible();
  const auto* functional = dynamic_cast<const FunctionalImpl*>(&m);
  std::vector<int> widths = {line_length * 45 / 100 - 1, line_length * 35 / 100 - 2, line_length * 20 / 100 - 1};
  std::vector<std::string> titles = {"Layer (type)", "Output Shape", "Param #"};
  if (functional) {
    widths = {line_length * 30 / 100 - 1, line_length * 25 / 100 - 1, line_length * 175 / 1000 - 1};
    widths.push_back(line_length - 5 - widths[0] - widths[1] - widths[2]);
    titles.push_back("Connected to");
  }
  std::string out = fmt::format("Model: \"{}\"\n", m.name);
  out += rule("┏", "━", "┳", "┓", widths);
  out += row("┃", titles, widths);
  out += rule("┡", "━", "╇", "┩", widths);
  std::vector<Layer> all = layers();
  std::optional<CallNumbers> numbers;
  if (functional) {  // operations are rows too
    all.assign(functional->graph().layers.begin(), functional->graph().layers.end());
    numbers.emplace(functional->graph());
  }
  for (size_t i = 0; i < all.size(); ++i) {
    Size size;
    collect(*all[i], size);
    const bool built = numbers || all[i]->built();
    const std::string shape = numbers ? shapes_of(numbers->calls(*all[i])) : text_of(all[i]->output_shapes());
    std::vector<std::string> cells = {fmt::format("{} ({})", all[i]->name, all[i]->class_name()), built ? shape : "?",
                                      built ? grouped(size.count) : "0 (unbuilt)"};
    if (numbers) cells.push_back(connected_to(*all[i], *numbers));
    out += row("│", cells, widths);
    out += i + 1 < all.size() ? rule("├", "─", "┼", "┤", widths) : rule("└", "─", "┴", "┘", widths);
  }
  Size total, trainable, fixed, optimizer_size;
  for (const Variable& v : weights()) total.add(v);
  for (const Variable& v : trainable_weights()) trainable.add(v);
  for (const Variable& v : non_trainable_weights()) fixed.add(v);
  if (const Optimizer o = optimizer(); o && o->built()) {
    for (const Variable& v : o->variables()) optimizer_size.add(v);
    total.count += optimizer_size.count, total.bytes += optimizer_size.bytes;
  }
  out += total.line("Total") + trainable.line("Trainable") + fixed.line("Non-trainable");
  if (optimizer_size.count) out += optimizer_size.line("Optimizer");
  return out;
}

}  // namespace cornu
