// CORNU_CHECK=nan: instructions that find the operation and the layer where a NaN or an infinity began.
#pragma once
#include <memory>

#include "graph/graph.h"
#include "runtime/kernel.h"

namespace cornu {

/// Infinities that a later operation makes finite again, as a guarded division does, are no error: values are counted
/// after each operation, and looked into once the step's results are known.
class NanChecks {
 public:
  explicit NanChecks(const Graph& g);
  bool checks(ValueId v) const { return is_floating(graph_.types[v].dtype); }
  /// Counts the NaNs and infinities of a value, its only operand.
  Kernel count(ValueId v) const;
  /// Throws CallError if the step returns or assigns a value that is not finite. Operands: the graph's inputs.
  Kernel judge() const;

 private:
  const Graph& graph_;
  std::shared_ptr<struct NanCounts> counts_;
};

}  // namespace cornu
