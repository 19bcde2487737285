// Strides of operands.
#include "passes/tile_view.h"

#include <algorithm>

#include "ops/attrs.h"
#include "passes/tile_builder.h"

namespace cornu {
namespace {

constexpr int64_t kShortRun = 16;

/// A value's elements in memory: the distance of neighbours along each of its axes.
struct Lie {
  ValueId root;
  int64_t offset;
  std::vector<int64_t> size, stride;
};

/// One after another, the last axis first.
Lie plain(ValueId root, std::vector<int64_t> size) {
  Lie lie{root, 0, std::move(size), {}};
  lie.stride.assign(lie.size.size(), 1);
  for (size_t i = lie.size.size(); i-- > 1;) lie.stride[i - 1] = lie.stride[i] * lie.size[i];
  return lie;
}

/// The same elements in another shape, if that moves none: it is plain, or axes of one element come or go.
bool reshape_to(const Shape& shape, Lie* lie) {
  std::vector<int64_t> strides;
  for (size_t i = 0; i < lie->size.size(); ++i)
    if (lie->size[i] != 1) strides.push_back(lie->stride[i]);
  std::vector<int64_t> before = lie->size, after = shape.dims();
  std::erase(before, 1);
  std::erase(after, 1);
  if (before != after) return false;
  lie->size = shape.dims();
  lie->stride.assign(lie->size.size(), 0);
  for (size_t i = 0, next = 0; i < lie->size.size(); ++i)
    if (lie->size[i] != 1) lie->stride[i] = strides[next++];
  return true;
}

/// Strides of 0 where an axis repeats.
void broadcast(const Shape& shape, Lie* lie) {
  const size_t extra = static_cast<size_t>(shape.rank()) - lie->size.size();
  std::vector<int64_t> stride(static_cast<size_t>(shape.rank()), 0);
  for (size_t i = 0; i < lie->size.size(); ++i)
    if (lie->size[i] == shape.dim(static_cast<int>(i + extra))) stride[i + extra] = lie->stride[i];
  lie->size = shape.dims();
  lie->stride = std::move(stride);
}

bool moves(const Node& n) { return (n.is("transpose") || n.is("slice") || n.is("broadcast_to")) && n.in.size() == 1; }

/// Whether no node but tile programs reads v, directly or through more of such moves.
bool only_tiles_read(const Graph& g, const TileUses& uses, ValueId v) {
  if (uses.returned(v)) return false;
  const std::vector<uint32_t>& readers = uses.readers(v);
  return std::all_of(readers.begin(), readers.end(), [&](uint32_t i) {
    const Node& n = g.nodes[i];
    return moves(n) ? only_tiles_read(g, uses, n.out()) : tile_space(g, n).has_value();
  });
}

std::optional<Lie> lie_of(const Graph& g, const TileUses& uses, ValueId v, bool* moved) {
  const Node& n = g.producer(v);
  const bool reshapes = n.is("reshape") && n.in.size() == 1;
  if (!reshapes && !(moves(n) && only_tiles_read(g, uses, v))) return plain(v, g.types[v].shape.dims());
  std::optional<Lie> lie = lie_of(g, uses, n.in[0], moved);
  if (!lie) return lie;
  const Shape& shape = g.types[v].shape;
  if (reshapes) {
    if (*moved) return reshape_to(shape, &*lie) ? lie : std::nullopt;
    return plain(lie->root, shape.dims());
  }
  *moved = true;
  if (n.is("transpose")) {
    const Lie from = *lie;
    const std::vector<int64_t>& perm = n.attrs.as<PermAttrs>().perm;
    for (size_t i = 0; i < perm.size(); ++i) {
      lie->size[i] = from.size[static_cast<size_t>(perm[i])];
      lie->stride[i] = from.stride[static_cast<size_t>(perm[i])];
    }
  } else if (n.is("slice")) {
    const SliceAttrs& a = n.attrs.as<SliceAttrs>();
    const size_t axis = static_cast<size_t>(a.axis);
    const int64_t size = lie->size[axis];
    lie->offset += std::clamp<int64_t>(a.start < 0 ? a.start + size : a.start, 0, size) * lie->stride[axis];
    lie->size[axis] = shape.dim(static_cast<int>(axis));
  } else {
    broadcast(shape, &*lie);
  }
  return lie;
}

/// Neighbouring axes that one stride walks through become one.
std::optional<TileView> collapsed(const Lie& lie) {
  TileView v;
  v.offset = lie.offset;
  std::vector<std::pair<int64_t, int64_t>> axes;
  for (size_t i = 0; i < lie.size.size(); ++i) {
    const int64_t size = lie.size[i], stride = lie.stride[i];
    if (size == 1) continue;
    if (!axes.empty() && axes.back().second == stride * size)
      axes.back() = {axes.back().first * size, stride};
    else
      axes.emplace_back(size, stride);
  }
  if (axes.empty()) axes.emplace_back(1, 0);
  if (axes.size() > kMaxTileAxes) return std::nullopt;
  v.rank = static_cast<int>(axes.size());
  for (size_t i = 0; i < axes.size(); ++i) v.size[i] = axes[i].first, v.stride[i] = axes[i].second;
  return v;
}

}  // namespace

std::optional<TileOperand> follow(const Shape& t, const Shape& s) {
  const int64_t n = t.size();
  if (n == 1 && (s.size() != 1 || t.rank() < s.rank())) return TileOperand{TileMode::scalar};
  if (n == s.size()) return TileOperand{};
  std::vector<int64_t> dims(static_cast<size_t>(s.rank() - t.rank()), 1);
  dims.insert(dims.end(), t.begin(), t.end());
  const auto equal_from = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      if (dims[static_cast<size_t>(i)] != s.dim(i)) return false;
    return true;
  };
  const auto ones_in = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      if (dims[static_cast<size_t>(i)] != 1) return false;
    return true;
  };
  for (int p = 1; p < s.rank(); ++p) {
    const int64_t cols = s.slice(p).size();
    if (ones_in(0, p) && equal_from(p, s.rank())) return TileOperand{TileMode::per_column, cols};
    if (equal_from(0, p) && ones_in(p, s.rank())) return TileOperand{TileMode::per_row, cols};
  }
  Lie lie = plain(kNoValue, dims);
  broadcast(s, &lie);
  if (const std::optional<TileView> view = collapsed(lie)) return TileOperand{TileMode::strided, 0, *view};
  return std::nullopt;
}

std::optional<TileSource> source_in_place(const Graph& g, const TileUses& uses, ValueId v, const Shape& space) {
  if (!moves(g.producer(root_value(g, v)))) return std::nullopt;
  bool moved = false;
  std::optional<Lie> lie = lie_of(g, uses, v, &moved);
  if (!lie || !moved) return std::nullopt;
  // Of as many elements as the space it may have another shape, through reshapes; the order is the same.
  if (g.types[v].shape.size() != space.size()) broadcast(space, &*lie);
  const std::optional<TileView> view = collapsed(*lie);
  if (!view) return std::nullopt;
  // Elements that lie apart would be fetched one by one; a copy moves them in blocks, several times as fast.
  const size_t last = static_cast<size_t>(view->rank - 1);
  if (view->stride[last] > 1 || (view->stride[last] == 1 && view->size[last] < kShortRun)) return std::nullopt;
  return TileSource{lie->root, *view};
}

}  // namespace cornu
