// einsum as sums, transposes and matrix products.
#include <cornu/contractions.h>

#include <algorithm>
#include <map>

#include "ops/rules.h"

namespace cornu {
namespace {

constexpr const char* kWho = "einsum";

/// A tensor whose axes have names.
struct Named {
  Tensor t;
  std::string axes;

  int axis(char name) const { return static_cast<int>(axes.find(name)); }
  bool has(char name) const { return axes.find(name) != std::string::npos; }
  int64_t size(char name) const { return t.shape().dim(axis(name)); }
  void drop(char name) {
    t = ops::squeeze(t, axis(name));
    axes.erase(axes.find(name), 1);
  }
  void sum_over(const std::string& names) {
    if (names.empty()) return;
    ops::Axes over;
    std::string rest;
    for (const char c : axes)
      if (names.find(c) != std::string::npos)
        over.push_back(axis(c));
      else
        rest += c;
    t = ops::sum(t, over);
    axes = rest;
  }
  void arrange(const std::string& order) {
    if (axes == order) return;
    std::vector<int> places;
    for (const char c : order) places.push_back(axis(c));
    t = ops::transpose(t, places);
    axes = order;
  }
  /// An axis that stands twice stands once, for the diagonal.
  void take_diagonals() {
    for (size_t i = 0; i < axes.size(); ++i) {
      const size_t again = axes.find(axes[i], i + 1);
      if (again == std::string::npos) continue;
      const int64_t n = t.shape().dim(static_cast<int>(i));
      if (n < 0 || n != t.shape().dim(static_cast<int>(again)))
        throw ShapeError(kWho, text("the axes of a diagonal must be of one known size, got {}", t.shape()));
      Shape one(std::vector<int64_t>(axes.size(), 1));
      one.dim(static_cast<int>(i)) = n;
      const Tensor rows = ops::reshape(whole_numbers(0, n), one);
      one.dim(static_cast<int>(i)) = 1;
      one.dim(static_cast<int>(again)) = n;
      const Tensor on = ops::equal(rows, ops::reshape(whole_numbers(0, n), one));
      t = ops::sum(ops::where(on, t, ops::like_scalar(0, t)), {static_cast<int>(again)});
      axes.erase(again, 1);
      --i;
    }
  }
};

/// Axes [from, to) become one; one of size 1 if there are none.
Tensor merged(const Tensor& t, int from, int to) {
  if (to - from == 1) return t;
  if (to == from) return ops::expand_dims(t, from);
  const Shape& s = t.shape();
  const Shape among = s.slice(from, to);
  const int64_t size = among.known() ? among.size() : -1;
  ReshapeByAttrs a{s.slice(0, from).append(size).append(s.slice(to)), {}};
  for (int i = 0; i < a.shape.rank(); ++i)
    if (a.shape.dim(i) < 0) a.axes.push_back(i < from ? i : i == from ? -1 : i + to - from - 1);
  return reshape_by(t, a, t);
}

/// Axis `at` of t becomes those of `like` in [from, to).
Tensor split(const Tensor& t, int at, const Tensor& like, int from, int to) {
  if (to - from == 1) return t;
  if (to == from) return ops::squeeze(t, at);
  const Shape &s = t.shape(), among = like.shape().slice(from, to);
  const Shape shape = s.slice(0, at).append(among).append(s.slice(at + 1));
  const auto unknown = std::count(shape.raw().begin(), shape.raw().end(), -1);
  if (unknown < 2) return ops::reshape(t, shape);
  // Each is that of an axis of one tensor: of t, or, if one is among the new ones, of `like`, which has t's sizes
  // before them.
  ReshapeByAttrs a{shape, {}};
  const int more = to - from - 1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape.dim(i) >= 0) continue;
    const bool is_new = i >= at && i <= at + more;
    if (!among.known() && (i < at ? at != from : !is_new))
      throw CallError(kWho, text("too many sizes of the result are unknown, {}", shape));
    a.axes.push_back(among.known() ? i < at ? i : i - more : is_new ? i - at + from : i);
  }
  return reshape_by(t, a, among.known() ? t : like);
}

/// The product of two, with the axes `kept`, in that order.
Named product(Named a, Named b, const std::string& kept) {
  std::string batch, inner, left, right;
  const auto is_kept = [&](char c) { return kept.find(c) != std::string::npos; };
  for (const char c : std::string(a.axes)) {  // what is of size 1 in one of them is the other's alone
    if (!b.has(c)) continue;
    if (a.size(c) == 1 && b.size(c) != 1)
      a.drop(c);
    else if (b.size(c) == 1 && a.size(c) != 1)
      b.drop(c);
    else if (!compatible(a.size(c), b.size(c)))
      throw ShapeError(
          kWho, text("the axis '{}' must be of one size, got {} and {}", std::string(1, c), a.size(c), b.size(c)));
  }
  std::string gone;
  for (const char c : a.axes)
    if (!b.has(c) && !is_kept(c)) gone += c;
  a.sum_over(gone);
  gone.clear();
  for (const char c : b.axes)
    if (!a.has(c) && !is_kept(c)) gone += c;
  b.sum_over(gone);
  for (const char c : kept) (a.has(c) && b.has(c) ? batch : a.has(c) ? left : right) += c;
  for (const char c : a.axes)
    if (!is_kept(c)) inner += c;
  a.arrange(batch + left + inner);
  b.arrange(batch + inner + right);
  const int n = static_cast<int>(batch.size()), m = static_cast<int>(left.size()), k = static_cast<int>(inner.size());
  Tensor y;
  if (n == 0 && m > 0) {  // every leading row of one times one matrix
    const Tensor x = merged(a.t, m, m + k), w = merged(merged(b.t, k, b.t.rank()), 0, k);
    y = split(ops::matmul(x, w), m, b.t, k, b.t.rank());
  } else {
    const Tensor x = merged(merged(a.t, n + m, n + m + k), n, n + m);
    const Tensor w = merged(merged(b.t, n + k, b.t.rank()), n, n + k);
    y = split(split(ops::matmul(x, w), n + 1, b.t, n + k, b.t.rank()), n, a.t, n, n + m);
  }
  Named out{y, batch + left + right};
  out.arrange(kept);
  return out;
}

struct Equation {
  std::vector<Named> operands;
  std::string result;
};

Equation read(const std::string& subscripts, const std::vector<Tensor>& operands) {
  const auto fail = [&](const std::string& why) { throw ConfigError(kWho, text("'{}': {}", subscripts, why)); };
  std::string all;
  for (const char c : subscripts)
    if (c != ' ') all += c;
  const size_t arrow = all.find("->");
  std::vector<std::string> parts{""};
  for (const char c : all.substr(0, arrow)) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  if (parts.size() != operands.size())
    fail(text("expected an operand for each of its {} parts, got {}", parts.size(), operands.size()));
  // The axes of `...` have names that no letter is: the last one the first of them.
  size_t most = 0;
  const auto expanded = [&](const std::string& part, size_t others) {
    std::string out;
    for (size_t i = 0; i < part.size(); ++i) {
      if (part.compare(i, 3, "...") == 0) {
        for (size_t k = others; k-- > 0;) out += static_cast<char>('\x80' + k);
        i += 2;
      } else if (std::isalpha(static_cast<unsigned char>(part[i]))) {
        out += part[i];
      } else {
        fail(text("expected letters and `...`, got '{}'", std::string(1, part[i])));
      }
    }
    return out;
  };
  Equation e;
  for (size_t i = 0; i < parts.size(); ++i) {
    const size_t rank = static_cast<size_t>(operands[i].rank()),
                 dots = parts[i].find("...") == std::string::npos ? 0 : 3;
    const size_t letters = parts[i].size() - dots;
    if (dots == 0 ? letters != rank : letters > rank)
      fail(text("'{}' is for {} axes, got an operand of shape {}", parts[i], letters, operands[i].shape()));
    const size_t others = dots ? rank - letters : 0;
    most = std::max(most, others);
    e.operands.push_back({operands[i], expanded(parts[i], others)});
    e.operands.back().take_diagonals();
  }
  if (arrow != std::string::npos) {
    e.result = expanded(all.substr(arrow + 2), most);
  } else {
    std::map<char, int> count;
    for (const std::string& part : parts)
      for (const char c : part)
        if (c != '.') ++count[c];
    e.result = expanded("...", most);
    for (const auto& [c, n] : count)
      if (n == 1) e.result += c;
  }
  for (size_t i = 0; i < e.result.size(); ++i) {
    const char c = e.result[i];
    if (e.result.find(c, i + 1) != std::string::npos) fail(text("its result has '{}' twice", std::string(1, c)));
    if (std::none_of(e.operands.begin(), e.operands.end(), [&](const Named& o) { return o.has(c); }))
      fail(text("its result has '{}', which no operand has", std::string(1, c)));
  }
  return e;
}

}  // namespace

namespace ops {

Tensor einsum(const std::string& subscripts, const std::vector<Tensor>& operands) {
  if (operands.empty()) throw ConfigError(kWho, "needs at least one operand");
  Equation e = read(subscripts, operands);
  Named out = e.operands[0];
  for (size_t i = 1; i < e.operands.size(); ++i) {
    const bool last = i + 1 == e.operands.size();
    std::string kept = last ? e.result : "";
    const auto later = [&](char c) {
      if (e.result.find(c) != std::string::npos) return true;
      return std::any_of(e.operands.begin() + static_cast<int64_t>(i) + 1, e.operands.end(),
                         [&](const Named& o) { return o.has(c); });
    };
    if (!last)
      for (const char c : out.axes + e.operands[i].axes)
        if (later(c) && kept.find(c) == std::string::npos) kept += c;
    out = product(std::move(out), std::move(e.operands[i]), kept);
  }
  std::string gone;
  for (const char c : out.axes)
    if (e.result.find(c) == std::string::npos) gone += c;
  out.sum_over(gone);
  out.arrange(e.result);
  return out.t;
}

}  // namespace ops
}  // namespace cornu
