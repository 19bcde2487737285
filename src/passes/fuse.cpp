// fuse: regions of elementwise nodes over one index space become one tile program, together with the full sums of their
// values. Regions grow as long as the contracted graph has no cycle and the program fits into the tile registers.
#include <algorithm>
#include <cstring>
#include <queue>
#include <unordered_map>

#include "ops/attrs.h"
#include "ops/fused.h"
#include "passes/pass.h"
#include "passes/tile_builder.h"

namespace cornu {
namespace {

struct Region {
  std::vector<uint32_t> nodes;
  int64_t size = 0;       ///< Elements of the index space; 0: not a tile region.
  int64_t cols = 0;       ///< Needed row length; 0: any.
  bool scalars = false;   ///< Of rank 0; kept apart from arrays that happen to have one element.
  bool integers = false;  ///< Of numbers, programs of floats are compiled ahead: those of integers stay by themselves.
};

class Fuser {
 public:
  explicit Fuser(const Graph& g)
      : g_(g), uses_(g), region_of_(g.nodes.size()), successors_(g.nodes.size()), seen_(g.nodes.size()) {
    for (uint32_t i = 0; i < g.nodes.size(); ++i) {
      region_of_[i] = i;
      regions_.push_back(initial(i));
      for (ValueId v : g.nodes[i].in) successors_[g.producers[root_value(g, v)]].push_back(i);
    }
  }

  Graph run() {
    for (uint32_t i = 0; i < g_.nodes.size(); ++i) grow(i);
    return emit_regions();
  }

 private:
  Region initial(uint32_t i) const {
    Region r;
    r.nodes = {i};
    const Node& n = g_.nodes[i];
    if (const std::optional<TileSpace> s = tile_space(g_, n)) {
      r.size = s->size, r.cols = s->cols, r.integers = s->integers;
      r.scalars = !is_full_sum(g_, n) && g_.types[n.out()].shape.rank() == 0;
    }
    return r;
  }

  /// True if `to` can be reached from `from` over at least one region between, or straight over the sum of a region.
  bool blocked(uint32_t from, uint32_t to) {
    ++stamp_;
    stack_.clear();
    const uint32_t last = regions_[to].nodes.back();
    const auto visit = [&](uint32_t region, bool first) {
      for (uint32_t n : regions_[region].nodes)
        for (uint32_t s : successors_[n]) {
          const uint32_t next = region_of_[s];
          if (next == region || seen_[next] == stamp_) continue;
          if (next == to) {
            if (!first || is_full_sum(g_, g_.nodes[n]) || !tile_edge(n, s)) return true;
            continue;
          }
          // Edges lead to later nodes, so a region that starts behind the target cannot lead to it.
          if (regions_[next].nodes.front() > last) continue;
          seen_[next] = stamp_;
          stack_.push_back(next);
        }
      return false;
    };
    if (visit(from, true)) return true;
    while (!stack_.empty()) {
      const uint32_t r = stack_.back();
      stack_.pop_back();
      if (visit(r, false)) return true;
    }
    return false;
  }

  /// The consumer reads the producer's register, element for element.
  bool tile_edge(uint32_t producer, uint32_t consumer) const {
    const Node& p = g_.nodes[producer];
    return is_full_sum(g_, g_.nodes[consumer])
               ? g_.types[p.out()].shape.size() == regions_[region_of_[producer]].size
               : g_.types[p.out()].shape.size() == g_.types[g_.nodes[consumer].out()].shape.size();
  }

  bool try_merge(uint32_t a, uint32_t b) {
    if (a == b) return true;
    Region &x = regions_[a], &y = regions_[b];
    if (x.size == 0 || x.size != y.size || x.scalars != y.scalars || (x.cols && y.cols && x.cols != y.cols))
      return false;
    if (x.scalars && x.integers != y.integers) return false;
    if (blocked(a, b) || blocked(b, a)) return false;
    Region both = x;
    both.cols = x.cols ? x.cols : y.cols;
    both.nodes.insert(both.nodes.end(), y.nodes.begin(), y.nodes.end());
    std::sort(both.nodes.begin(), both.nodes.end());
    if (!surely_fits(g_, both.nodes) && !build_tile(g_, both.nodes, both.size, both.cols, &uses_)) return false;
    for (uint32_t n : y.nodes) region_of_[n] = a;
    x = std::move(both);
    y = Region{};
    return true;
  }

  void grow(uint32_t i) {
    if (regions_[region_of_[i]].size == 0) return;
    tried_.clear();
    const auto try_once = [&](uint32_t region) {
      if (region == region_of_[i] || std::find(tried_.begin(), tried_.end(), region) != tried_.end()) return;
      tried_.push_back(region);
      try_merge(region, region_of_[i]);
    };
    for (ValueId v : g_.nodes[i].in) try_once(region_of_[g_.producers[root_value(g_, v)]]);
    if (is_full_sum(g_, g_.nodes[i])) return;
    // Regions that read the same operands save loads when merged.
    for (ValueId v : g_.nodes[i].in) {
      const uint32_t producer = g_.producers[root_value(g_, v)];
      if (g_.types[v].shape.size() != regions_[region_of_[i]].size) continue;
      for (uint32_t s : successors_[producer])
        if (s < i && regions_[region_of_[s]].size) try_once(region_of_[s]);
    }
    if (!regions_[region_of_[i]].scalars) return;
    // Any two regions of numbers save dispatch.
    if (last_scalar_ != UINT32_MAX) try_once(region_of_[last_scalar_]);
    last_scalar_ = i;
  }

  /// Regions in an order that respects their edges and otherwise the place of their last node.
  std::vector<uint32_t> ordered_regions() const {
    std::vector<uint32_t> waiting(regions_.size());
    std::vector<std::vector<uint32_t>> next(regions_.size());
    const auto edge = [&](uint32_t from, uint32_t to) {
      if (from != to) next[from].push_back(to), ++waiting[to];
    };
    for (uint32_t i = 0; i < g_.nodes.size(); ++i) {
      for (uint32_t s : successors_[i]) edge(region_of_[i], region_of_[s]);
      // Tile programs read through reshapes; other nodes read what a reshape gives.
      if (regions_[region_of_[i]].size == 0)
        for (ValueId v : g_.nodes[i].in) edge(region_of_[g_.producers[v]], region_of_[i]);
    }
    using Entry = std::pair<uint32_t, uint32_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
    const auto push = [&](uint32_t r) { ready.push({regions_[r].nodes.back(), r}); };
    for (uint32_t r = 0; r < regions_.size(); ++r)
      if (!regions_[r].nodes.empty() && waiting[r] == 0) push(r);
    std::vector<uint32_t> order;
    while (!ready.empty()) {
      const uint32_t r = ready.top().second;
      ready.pop();
      order.push_back(r);
      for (uint32_t s : next[r])
        if (--waiting[s] == 0) push(s);
    }
    return order;
  }

  Graph emit_regions() {
    GraphCopy copy(g_);
    for (uint32_t r : ordered_regions()) {
      const Region& region = regions_[r];
      if (region.size == 0 || (region.nodes.size() == 1 && is_full_sum(g_, g_.nodes[region.nodes[0]]))) {
        const Node& n = g_.nodes[region.nodes[0]];
        // A reshape whose source is not stored was read by tile programs alone, which looked through it.
        if (!n.is("reshape") || copy.map[n.in[0]] != kNoValue) copy.append(n);
        continue;
      }
      std::optional<BuiltTile> built = build_tile(g_, region.nodes, region.size, region.cols, &uses_);
      CORNU_ASSERT(built);
      Node n{
          &op_row("fused"), fused_attrs(std::move(built->attrs)), built->inputs, 0, 0, g_.nodes[region.nodes[0]].scope};
      copy.append(std::move(n), built->outputs);
    }
    return copy.finish();
  }

  const Graph& g_;
  const TileUses uses_;
  std::vector<Region> regions_;
  std::vector<uint32_t> region_of_;
  std::vector<std::vector<uint32_t>> successors_;
  std::vector<uint32_t> seen_, stack_, tried_;
  uint32_t stamp_ = 0, last_scalar_ = UINT32_MAX;
};

}  // namespace

Graph fuse(const Graph& g) { return drop_unused(Fuser(g).run()); }

}  // namespace cornu
