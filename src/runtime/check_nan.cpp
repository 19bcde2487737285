// Where a NaN or an infinity began: counted forwards, traced backwards.
#include "runtime/check_nan.h"

#include <cmath>

#include "tensor/dispatch.h"

namespace cornu {

/// What the replay has found so far, by value.
struct NanCounts {
  struct Count {
    int64_t nans = 0, infinities = 0;
    bool any() const { return nans || infinities; }
  };
  explicit NanCounts(const Graph& g) : graph(g), of(g.types.size()) {}
  const Graph& graph;  ///< The step's own, which outlives its instructions.
  std::vector<Count> of;
};

namespace {

using Count = NanCounts::Count;

Count counted(const TypeShape& t, const void* data) {
  Count c;
  if (!is_floating(t.dtype)) return c;
  with_type(t.dtype, [&]<class T>() {
    const T* x = static_cast<const T*>(data);
    for (int64_t i = 0; i < t.shape.size(); ++i) {
      c.nans += std::isnan(static_cast<double>(x[i]));
      c.infinities += std::isinf(static_cast<double>(x[i]));
    }
  });
  return c;
}

struct CountPlan {
  std::shared_ptr<NanCounts> counts;
  ValueId value;
};
void run_count(const void* plan, Slots s) {
  const CountPlan& p = *static_cast<const CountPlan*>(plan);
  p.counts->of[p.value] = counted(p.counts->graph.types[p.value], s[0]);
}

std::string got(const Count& c, const TypeShape& t) {
  const std::string what = !c.infinities ? text("{} NaN", c.nans)
                           : !c.nans     ? text("{} infinite", c.infinities)
                                         : text("{} NaN and {} infinite", c.nans, c.infinities);
  return text("got {} of {} elements", what, t.shape.size());
}

/// Walks from a bad value to the operation all of whose operands are finite.
class Search {
 public:
  Search(const NanCounts& counts, Slots inputs) : counts_(counts), g_(counts.graph), inputs_(inputs) {}

  Count count(ValueId v) const {
    const Node& n = g_.producer(v);
    if (n.is("reshape")) return count(n.in[0]);
    // Inputs may be whole data sets, of which a step reads some rows: these are looked into only now.
    if (n.is("input")) return counted(g_.types[v], inputs_[state_index(n)]);
    return counts_.of[v];
  }

  [[noreturn]] void fail(ValueId v) const {
    const Node& n = g_.producer(v);
    for (const ValueId in : n.in)
      if (!g_.producer(in).is("constant") && count(in).any()) fail(in);
    const TypeShape& t = g_.types[v];
    const std::string scope = g_.scopes[n.scope], what = got(count(v), t);
    std::vector<Detail> details;
    for (size_t i = 0; i < n.in.size(); ++i)
      details.push_back({text("input {}", i), text("{} {}, {}", g_.types[n.in[i]].shape, g_.types[n.in[i]].dtype,
                                                   count(n.in[i]).any() ? "a constant that is not finite" : "finite")});
    details.push_back({"result", text("{} {}", t.shape, t.dtype)});
    if (n.is("read"))
      throw CallError(text("variable '{}'", g_.cells[static_cast<size_t>(state_index(n))]->path),
                      "must be finite when a step begins, " + what);
    if (n.is("input")) throw CallError(text("input {} of the step", state_index(n)), "must be finite, " + what);
    throw CallError(scope.empty() ? std::string(n.op->name) : text("{} in '{}'", n.op->name, scope),
                    "made the first value that is not finite, " + what, std::move(details));
  }

 private:
  const NanCounts& counts_;
  const Graph& g_;
  Slots inputs_;
};

struct JudgePlan {
  std::shared_ptr<NanCounts> counts;
};
void run_judge(const void* plan, Slots s) {
  const NanCounts& counts = *static_cast<const JudgePlan*>(plan)->counts;
  const Search search(counts, s);
  for (const ValueId v : counts.graph.outputs)
    if (search.count(v).any()) search.fail(v);
  for (const Node& n : counts.graph.nodes)
    if (n.is("assign") && search.count(n.in[0]).any()) search.fail(n.in[0]);
}

}  // namespace

NanChecks::NanChecks(const Graph& g) : graph_(g), counts_(std::make_shared<NanCounts>(g)) {}

Kernel NanChecks::count(ValueId v) const { return {run_count, share(CountPlan{counts_, v}), 0, {}}; }
Kernel NanChecks::judge() const { return {run_judge, share(JudgePlan{counts_}), 0, {}}; }

}  // namespace cornu
