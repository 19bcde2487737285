// epilogue: a product takes over the bias, activation or mask of relu's gradient that is applied to it alone.
#include "ops/attrs.h"
#include "passes/pass.h"

namespace cornu {
namespace {

/// The matmul that makes operand i, if nothing else uses it, it is 2-D float32 and has no activation yet.
const Node* single_product(const Rewriter& r, size_t i, const std::vector<uint32_t>& uses) {
  if (uses[r.node.in[i]] != 1) return nullptr;
  const Node& p = r.producer(i);
  if (!p.is("matmul") || r.in[i].rank() != 2 || r.in[i].dtype() != DType::f32) return nullptr;
  return p.attrs.as<MatmulAttrs>().activation.empty() ? &p : nullptr;
}

Tensor extended(Rewriter& r, const Node& product, MatmulAttrs attrs, const Tensor* operand) {
  Tensors in;
  for (ValueId v : product.in) in.push_back(r.trace.wrap(v));
  if (operand) in.push_back(*operand);
  return r.trace.emit(*product.op, in, Attrs::of(std::move(attrs)));
}

bool unary_activation(const Node& n) {
  return n.op->kind == OpKind::elementwise && n.op->arity == 1 && n.op->infer == op_row("relu").infer;
}

}  // namespace

Graph epilogue(const Graph& g) {
  const std::vector<uint32_t> uses = use_counts(g);
  return drop_unused(rewrite(g, [&](Rewriter& r) -> std::optional<Tensor> {
    const Node& n = r.node;
    if (n.is("add")) {
      const Node* p = single_product(r, 0, uses);
      const Tensor& b = r.in[1];
      if (p && !p->attrs.as<MatmulAttrs>().bias && b.rank() == 1 && b.shape().dim(0) == r.in[0].shape().dim(1) &&
          r.in[0].shape() == r.old.types[n.out()].shape) {
        MatmulAttrs a = p->attrs.as<MatmulAttrs>();
        a.bias = true;
        return extended(r, Node(*p), a, &b);
      }
    } else if (n.is("relu_grad")) {
      const Node* p = single_product(r, 0, uses);
      if (p && r.in[1].shape() == r.in[0].shape()) {
        MatmulAttrs a = p->attrs.as<MatmulAttrs>();
        a.activation = "relu_grad";
        return extended(r, Node(*p), a, &r.in[1]);
      }
    } else if (unary_activation(n)) {
      if (const Node* p = single_product(r, 0, uses)) {
        MatmulAttrs a = p->attrs.as<MatmulAttrs>();
        a.activation = n.op->name;
        return extended(r, Node(*p), a, nullptr);
      }
    }
    return std::nullopt;
  }));
}

}  // namespace cornu
