// One row per operation: its name, kind, shape rule, and gradient or decomposition.
#pragma once
#include <cornu/tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "graph/attrs.h"
#include "runtime/tile.h"

namespace cornu {

struct TypeShape {
  DType dtype = DType::f32;
  Shape shape;
  bool operator==(const TypeShape&) const = default;
};
struct Types : std::vector<TypeShape> {
  using std::vector<TypeShape>::vector;
  Types(TypeShape t) : std::vector<TypeShape>{std::move(t)} {}
};
using Tensors = std::vector<Tensor>;

enum class OpKind : uint8_t {
  elementwise,
  cast,
  reduction,
  contraction,
  shape,
  gather,
  random,
  norm,
  state,
  fused,
  control
};

/// What a shape rule sees. in[i] may have -1 dimensions.
struct InferCall {
  const char* op;
  const std::vector<TypeShape>& in;
  const Attrs& attrs;
  const std::string& scope;
  template <class... A>
  void require(bool ok, std::string_view rule, const A&... args) const {
    if (!ok) fail(text(rule, args...));
  }
  [[noreturn]] void fail(const std::string& rule) const;
};

/// What a gradient sees: the node's inputs and outputs and the gradient of each output (undefined = zero).
struct GradCall {
  Tensors in, out, dout;
  const Attrs& attrs;
};
struct DecomposeCall {
  Tensors in;
  const Attrs& attrs;
  const TypeShape& out;
};

struct OpDef {
  const char* name = nullptr;
  OpKind kind = OpKind::elementwise;
  int arity = 1;                ///< -1: any number of operands.
  TileOp tile = TileOp::count;  ///< Elementwise ops: their formula.
  Types (*infer)(const InferCall&) = nullptr;
  AttrsReader attrs = nullptr;                 ///< attrs_of<T>, where nodes have attributes; reads them from text.
  Tensors (*grad)(const GradCall&) = nullptr;  ///< One gradient per input, undefined = none. Null: not differentiable.
  Tensor (*decompose)(const DecomposeCall&) = nullptr;  ///< Used where no kernel is; also the oracle of a kernel.
  uint32_t shape_only = 0;                              ///< Bit i: operand i lends its shape only.
  uint32_t reads_back = 3;  ///< Bit 0: grad reads the inputs, bit 1: the outputs (documentation).
};

/// Every row by name; filled once by ops/registry.cpp.
class OpRegistry {
 public:
  void add(const OpDef& op);
  const OpDef* find(std::string_view name) const;
  const std::vector<const OpDef*>& all() const { return rows_; }

 private:
  std::vector<const OpDef*> rows_;
};

}  // namespace cornu
