// The table of kernels and the choice among them.
#include "runtime/kernel.h"

#include <algorithm>

#include "base/assert.h"
#include "ops/emit.h"

namespace cornu {

void KernelTable::add(const char* op, const char* name, PrepareFn prepare) {
  const OpDef& row = op_row(op);
  for (auto& [known, list] : rows_)
    if (known == &row) return list.push_back({name, prepare});
  rows_.push_back({&row, {{name, prepare}}});
}

const std::vector<KernelTable::Candidate>& KernelTable::candidates(const OpDef& op) const {
  static const auto& none = *new std::vector<Candidate>;  // never destroyed, as the table
  for (const auto& [known, list] : rows_)
    if (known == &op) return list;
  return none;
}

const KernelTable& kernel_table() {
  // never destroyed: threads may still train at exit
  static const KernelTable& table = *new KernelTable([] {
    KernelTable t;
    add_backend_kernels(t);
    add_body_kernels(t);
    return t;
  }());
  return table;
}

Choice choose_kernel(const Graph& g, const Node& n, const char* only) {
  Choice choice;
  const std::vector<KernelTable::Candidate>& all = kernel_table().candidates(*n.op);
  if (only && std::none_of(all.begin(), all.end(), [&](const auto& c) { return std::string_view(only) == c.name; }))
    only = nullptr;
  for (const KernelTable::Candidate& c : all) {
    if (only && std::string_view(only) != c.name) continue;
    Decline why;
    if (std::optional<Kernel> k = c.prepare({g, n}, why)) {
      choice.kernel = std::move(*k);
      choice.name = c.name;
      return choice;
    }
    choice.declined.push_back(text("{}: {}", c.name, why.reason));
  }
  std::vector<Detail> details;
  for (const std::string& reason : choice.declined) details.push_back({"declined", reason});
  for (size_t i = 0; i < n.in.size(); ++i)
    details.push_back({text("input {}", i), text("{} {}", g.types[n.in[i]].shape, g.types[n.in[i]].dtype)});
  throw PlacementError(
      text("{}{}", n.op->name, g.scopes[n.scope].empty() ? std::string() : " in '" + g.scopes[n.scope] + "'"),
      "no kernel on the CPU accepts it", std::move(details));
}

bool kernel_accepts(const Graph& g, const Node& n) {
  Decline why;
  for (const KernelTable::Candidate& c : kernel_table().candidates(*n.op))
    if (c.prepare({g, n}, why)) return true;
  return false;
}

}  // namespace cornu
