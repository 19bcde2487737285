// epilogue: a product takes over the bias, activation or mask of relu's gradient that is applied to it alone, and casts
// of what lies in memory anyway, as weights do.
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

/// What operand i of a product is cast from, if that is float32 and no elementwise operation, which would rather take
/// the cast with it, made it.
Tensor cast_from(const Rewriter& r, size_t i) {
  const Node& p = r.producer(i);
  if (!p.is("cast") || r.in[i].dtype() != DType::bf16) return {};
  const Tensor from = r.trace.wrap(p.in[0]);
  return from.dtype() == DType::f32 && r.trace.graph.producer(p.in[0]).op->kind != OpKind::elementwise ? from
                                                                                                       : Tensor();
}

std::optional<Tensor> with_casts(Rewriter& r) {
  Tensors in = static_cast<const Tensors&>(r.in);
  for (size_t i = 0; i < 2; ++i)
    if (const Tensor from = cast_from(r, i); from.defined()) in[i] = from;
  if (in[0].dtype() == DType::bf16 && in[1].dtype() == DType::bf16) return std::nullopt;
  MatmulAttrs a = r.node.attrs.as<MatmulAttrs>();
  a.casts = true;
  return r.trace.emit(*r.node.op, in, Attrs::of(std::move(a)));
}

bool unary_activation(const Node& n) {
  return n.op->kind == OpKind::elementwise && n.op->arity == 1 && n.op->infer == op_row("relu").infer;
}

}  // namespace

Graph epilogue(const Graph& g) {
  const std::vector<uint32_t> uses = use_counts(g);
  return drop_unused(rewrite(g, [&](Rewriter& r) -> std::optional<Tensor> {
    const Node& n = r.node;
    if (n.is("matmul") && r.in[0].dtype() == DType::bf16) return with_casts(r);
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
