// The table of a model's layers, as Keras prints it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/path_patterns.h"
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

/// `centred`: the number of the column whose text is in its middle.
std::string row(const char* bar, const std::vector<std::string>& cells, const std::vector<int>& widths,
                size_t centred) {
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
      out += i == centred ? fmt::format(" {:^{}} ", text, width)
             : number     ? fmt::format(" {:>{}} ", text, width)
                          : fmt::format(" {:<{}} ", text, width);
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

/// The widths of the columns, borders apart.
std::vector<int> column_widths(const SummaryConfig& c, int line_length, bool connections) {
  std::vector<double> ends = c.positions;
  if (ends.empty()) {
    ends = connections ? std::vector<double>{0.3, 0.55, 0.725, 1} : std::vector<double>{0.45, 0.8, 1};
  } else if (ends.size() != (connections ? 4u : 3u)) {
    throw ConfigError(
        "summary", text("positions must be the ends of {} columns, got {} numbers", connections ? 4 : 3, ends.size()));
  }
  if (ends.back() > 1)
    for (double& end : ends) end /= line_length;
  if (c.show_trainable) {
    for (double& end : ends) end *= 0.9;
    ends.push_back(1);
  }
  std::vector<int> widths;
  int from = 0;
  for (size_t i = 0; i < ends.size(); ++i) {
    const bool last = i + 1 == ends.size();
    // A border before each column, and one at the end.
    const int to =
        last && c.positions.empty() ? line_length - 1 : static_cast<int>(ends[i] * line_length + 1e-9) - last;
    const int rounded = !last && i > 0 && c.positions.empty() && !connections && !c.show_trainable ? 1 : 0;
    widths.push_back(to - from - 1 - rounded);
    if (widths.back() < 4)
      throw ConfigError("summary",
                        text("Insufficient console width to print summary: expected at least 4 characters for "
                             "each of {} columns, got {} for number {}",
                             ends.size(), widths.back(), i + 1));
    from += widths.back() + 1;
  }
  return widths;
}

/// The layers from the first that begins as the one expression says to the last that does as the other.
std::pair<size_t, size_t> range_of(const std::vector<Layer>& all, const std::vector<std::string>& range) {
  if (range.empty()) return {0, all.size()};
  if (range.size() != 2)
    throw ConfigError("summary",
                      text("layer_range must be the names of 2 layers, the first and the last, got {}", range));
  std::vector<size_t> of[2];
  for (size_t k = 0; k < 2; ++k) {
    for (size_t i = 0; i < all.size(); ++i)
      if (begins_as(all[i].name(), range[k], "summary: layer_range")) of[k].push_back(i);
    if (of[k].empty())
      throw ConfigError("summary",
                        text("Passed layer_names do not match the layer names in the model: expected the name "
                             "of one of {} layers in layer_range, got '{}'",
                             all.size(), range[k]));
  }
  if (of[0].front() > of[1].back()) std::swap(of[0], of[1]);
  return {of[0].front(), of[1].back() + 1};
}

/// Rows of layers, with those of nested models below them.
struct Table {
  const SummaryConfig& config;
  std::vector<int> widths;
  std::optional<CallNumbers> numbers;  ///< Of a functional model's calls.
  std::vector<std::string> rows;

  size_t centred() const { return config.show_trainable ? widths.size() - 1 : widths.size(); }

  void add(const LayerImpl& layer, int level) {
    Size size;
    collect(layer, size);
    const bool noted = numbers && level == 0, built = noted || layer.built();
    const std::string shape = noted ? shapes_of(numbers->calls(layer)) : text_of(layer.output_shapes());
    std::string prefix;
    for (int i = 0; i < level; ++i) prefix += "   ";
    std::vector<std::string> cells = {
        fmt::format("{}{}{} ({})", prefix, level ? "└ " : "", layer.name, layer.class_name()), built ? shape : "?",
        built ? grouped(size.count) : "0 (unbuilt)"};
    if (numbers) cells.push_back(noted ? connected_to(layer, *numbers) : "-");
    if (config.show_trainable) cells.push_back(size.count == 0 ? "-" : layer.trainable ? "Y" : "N");
    rows.push_back(row("│", cells, widths, centred()));
    if (const auto* model = dynamic_cast<const ModelImpl*>(&layer); model && config.expand_nested)
      for (const Layer& inner : model->layers()) add(*inner, level + 1);
  }
};

}  // namespace

std::string Model::summary(const SummaryConfig& config) const {
  ModelImpl& m = model();
  constexpr int kNarrowest = 20;
  const int line_length = config.line_length ? config.line_length : config.show_trainable ? 90 : 80;
  if (line_length < kNarrowest)
    throw ConfigError("summary", text("line_length must be at least {}, got {}", kNarrowest, line_length));
  m.build_if_possible();
  const auto* functional = dynamic_cast<const FunctionalImpl*>(&m);
  Table table{config, column_widths(config, line_length, functional != nullptr), {}, {}};
  std::vector<std::string> titles = {"Layer (type)", "Output Shape", "Param #"};
  if (functional) titles.push_back("Connected to");
  if (config.show_trainable) titles.push_back("Trainable");
  std::vector<Layer> all = layers();
  if (functional) {  // operations are rows too
    all.assign(functional->graph().layers.begin(), functional->graph().layers.end());
    table.numbers.emplace(functional->graph());
  }
  const auto [from, to] = range_of(all, config.layer_range);
  for (size_t i = from; i < to; ++i) table.add(*all[i], 0);
  std::string out = fmt::format("Model: \"{}\"\n", m.name);
  out += rule("┏", "━", "┳", "┓", table.widths);
  out += row("┃", titles, table.widths, table.centred());
  out += rule("┡", "━", "╇", "┩", table.widths);
  for (size_t i = 0; i < table.rows.size(); ++i) {
    out += table.rows[i];
    out += i + 1 < table.rows.size() ? rule("├", "─", "┼", "┤", table.widths) : rule("└", "─", "┴", "┘", table.widths);
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
