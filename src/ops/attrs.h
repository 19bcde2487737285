// The attribute structs of the operations.
#pragma once
#include <cornu/describe.h>

namespace cornu {

struct MatmulAttrs {
  bool transpose_a = false, transpose_b = false;
  // Written by the epilogue pass: further operands are the bias, then the mask of relu_grad.
  bool bias = false;
  std::string activation;
  bool casts = false;  ///< float32 operands are cast to bfloat16, the type of the result.
};
struct AxesAttrs {  ///< Reductions. Axes are not negative and ascending.
  std::vector<int64_t> axes;
  bool keepdims = false;
};
struct AxisAttrs {
  int64_t axis = 0;
};
struct ShapeAttrs {
  Shape shape;
};
/// Each size of the result: a number, or, where it is -1, that of the next of `axes` of an operand. The axis -1 stands
/// for what is left of the operand's elements.
struct ReshapeByAttrs {
  Shape shape;
  std::vector<int64_t> axes;
};
struct PermAttrs {
  std::vector<int64_t> perm;
};
struct CastAttrs {
  DType dtype = DType::f32;
};
struct SliceAttrs {  ///< Elements [start, stop) of one axis; negative bounds count from the end, kToEnd is the end.
  static constexpr int64_t kToEnd = INT64_MAX;
  int64_t axis = 0, start = 0, stop = kToEnd;
};
struct DimAttrs {
  std::vector<int64_t> axes;
  DType dtype = DType::f32;
};
struct OneHotAttrs {
  int64_t depth = 0;
  DType dtype = DType::f32;
};
struct RandomAttrs {  ///< uniform: in [a, b); normal: mean a, standard deviation b.
  std::string kind = "uniform";
  double a = 0, b = 1;
  Shape shape;
};

template <>
struct Describe<MatmulAttrs> {
  static constexpr auto fields =
      std::tuple{field("transpose_a", &MatmulAttrs::transpose_a), field("transpose_b", &MatmulAttrs::transpose_b),
                 field("bias", &MatmulAttrs::bias), field("activation", &MatmulAttrs::activation),
                 field("casts", &MatmulAttrs::casts)};
};
template <>
struct Describe<AxesAttrs> {
  static constexpr auto fields = std::tuple{field("axes", &AxesAttrs::axes), field("keepdims", &AxesAttrs::keepdims)};
};
template <>
struct Describe<AxisAttrs> {
  static constexpr auto fields = std::tuple{field("axis", &AxisAttrs::axis)};
};
template <>
struct Describe<ShapeAttrs> {
  static constexpr auto fields = std::tuple{field("shape", &ShapeAttrs::shape)};
};
template <>
struct Describe<ReshapeByAttrs> {
  static constexpr auto fields =
      std::tuple{field("shape", &ReshapeByAttrs::shape), field("axes", &ReshapeByAttrs::axes)};
};
template <>
struct Describe<PermAttrs> {
  static constexpr auto fields = std::tuple{field("perm", &PermAttrs::perm)};
};
template <>
struct Describe<CastAttrs> {
  static constexpr auto fields = std::tuple{field("dtype", &CastAttrs::dtype)};
};
template <>
struct Describe<SliceAttrs> {
  static constexpr auto fields = std::tuple{field("axis", &SliceAttrs::axis), field("start", &SliceAttrs::start),
                                            field("stop", &SliceAttrs::stop)};
};
template <>
struct Describe<DimAttrs> {
  static constexpr auto fields = std::tuple{field("axes", &DimAttrs::axes), field("dtype", &DimAttrs::dtype)};
};
template <>
struct Describe<OneHotAttrs> {
  static constexpr auto fields = std::tuple{field("depth", &OneHotAttrs::depth), field("dtype", &OneHotAttrs::dtype)};
};
template <>
struct Describe<RandomAttrs> {
  static constexpr auto fields = std::tuple{field("kind", &RandomAttrs::kind), field("a", &RandomAttrs::a),
                                            field("b", &RandomAttrs::b), field("shape", &RandomAttrs::shape)};
};

}  // namespace cornu
