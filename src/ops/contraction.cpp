// Matrix products.
#include "ops/rules.h"

namespace cornu {
namespace {

Types infer_matmul(const InferCall& c) {
  const MatmulAttrs& at = c.attrs.as<MatmulAttrs>();
  c.require(c.in.size() >= 2, "takes 2 operands, got {}", c.in.size());
  const Shape &a = c.in[0].shape, &b = c.in[1].shape;
  c.require(a.rank() >= 2 && a.rank() == b.rank(), "operands must have one rank of at least 2, got {} and {}", a, b);
  if (at.casts)
    for (size_t i = 0; i < 2; ++i)
      c.require(c.in[i].dtype == DType::f32 || c.in[i].dtype == DType::bf16,
                "operands that it casts must be float32 or bfloat16, got {}", c.in[i].dtype);
  else
    c.require(c.in[0].dtype == c.in[1].dtype, "operands must have one type, got {} and {}", c.in[0].dtype,
              c.in[1].dtype);
  const int64_t ka = a.dim(at.transpose_a ? -2 : -1), kb = b.dim(at.transpose_b ? -1 : -2);
  c.require(compatible(ka, kb), "inner dimensions must agree, got {} and {}", ka, kb);
  std::vector<int64_t> dims;
  for (int i = 0; i < a.rank() - 2; ++i) {
    c.require(compatible(a.dim(i), b.dim(i)), "leading dimensions must agree, got {} and {}", a, b);
    dims.push_back(a.dim(i) < 0 ? b.dim(i) : a.dim(i));
  }
  dims.push_back(a.dim(at.transpose_a ? -1 : -2));
  dims.push_back(b.dim(at.transpose_b ? -2 : -1));
  return TypeShape{at.casts ? DType::bf16 : c.in[0].dtype, Shape(dims)};
}

/// C[m,n] = A[m,k] B[k,n]: dA = dC B^T, dB = A^T dC; with a transposed operand the product is transposed likewise.
Tensors matmul_grad(const GradCall& c) {
  const MatmulAttrs& at = c.attrs.as<MatmulAttrs>();
  const Tensor &a = c.in[0], &b = c.in[1], &d = c.dout[0];
  const auto product = [](const Tensor& x, const Tensor& y, bool tx, bool ty) {
    return ops::matmul(x, y, {.transpose_a = tx, .transpose_b = ty});
  };
  return {at.transpose_a ? product(b, d, at.transpose_b, true) : product(d, b, false, !at.transpose_b),
          at.transpose_b ? product(d, a, true, at.transpose_a) : product(a, d, !at.transpose_a, false)};
}

const OpDef kMatmul{.name = "matmul",
                    .kind = OpKind::contraction,
                    .arity = -1,
                    .infer = infer_matmul,
                    .attrs = attrs_of<MatmulAttrs>,
                    .grad = matmul_grad};

}  // namespace

void add_contraction_ops(OpRegistry& r) { r.add(kMatmul); }

namespace ops {

Tensor matmul(const Tensor& a, const Tensor& b, MatmulOptions o) {
  Tensors t = promoted(a, b);
  if (t[0].dtype() == DType::boolean) return cast(matmul(cast(a, DType::i32), cast(b, DType::i32), o), DType::boolean);
  // Keras' rule, for weights of 8 bits: their products have 32.
  if (a.dtype() == DType::i8 && b.dtype() == DType::i8) return matmul(cast(a, DType::i32), cast(b, DType::i32), o);
  const Attrs attrs = Attrs::of(MatmulAttrs{o.transpose_a, o.transpose_b});
  if (t[0].rank() > 2 && t[1].rank() == 2 && !o.transpose_a) {  // every leading row times one matrix
    const Shape& s = a.shape();
    if (!compatible(s.dim(-1), b.shape().dim(o.transpose_b ? 1 : 0)))
      throw ShapeError("matmul", text("inner dimensions must agree, got {} and {}", s, b.shape()));
    const Tensor flat = emit(kMatmul, {reshape(t[0], {-1, s.dim(-1)}), t[1]}, attrs);
    return reshape_by(flat, s.slice(0, -1).append(flat.shape().dim(-1)), t[0]);
  }
  return emit(kMatmul, t, attrs);
}

}  // namespace ops
}  // namespace cornu
