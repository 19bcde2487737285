// Layers that make series, images and volumes larger or smaller: zeros around them, less of them, more of them.
#pragma once
#include <cornu/layers/convolutional.h>

namespace cornu {

/// What is before and behind each size: one number for all of it, one for each size, or two for each size. Of a single
/// size, two numbers are those before and behind.
struct CORNU_API Margins {
  Margins(int64_t all) : given(all) {}
  Margins(std::initializer_list<int64_t> each);
  Margins(std::initializer_list<std::initializer_list<int64_t>> pairs);
  explicit Margins(Value v) : given(std::move(v)) {}
  Value given;
};
template <>
struct Codec<Margins> {
  static Value to_value(const Margins& m) { return m.given; }
  static Margins from_value(const Value& v) { return Margins(v); }
};

struct ZeroPadding1DConfig {
  Margins padding = 1;  ///< Before and behind.
  std::optional<Text> data_format{};
  CORNU_LAYER_FIELDS;
};
struct ZeroPadding2DConfig {
  Margins padding = {1, 1};  ///< A number, one for rows and columns each, or two for each of them.
  std::optional<Text> data_format{};
  CORNU_LAYER_FIELDS;
};
struct ZeroPadding3DConfig {
  Margins padding = {{1, 1}, {1, 1}, {1, 1}};  ///< A number, one for each size, or two for each size.
  std::optional<Text> data_format{};
  CORNU_LAYER_FIELDS;
};
/// Zeros before and behind a series.
struct CORNU_API ZeroPadding1D : Layer {
  explicit ZeroPadding1D(ZeroPadding1DConfig config = {}, CallSite at = here());
};
/// Zeros around an image.
struct CORNU_API ZeroPadding2D : Layer {
  explicit ZeroPadding2D(ZeroPadding2DConfig config = {}, CallSite at = here());
};
/// Zeros around a volume.
struct CORNU_API ZeroPadding3D : Layer {
  explicit ZeroPadding3D(ZeroPadding3DConfig config = {}, CallSite at = here());
};

struct Cropping1DConfig {
  Margins cropping = {1, 1};  ///< Before and behind.
  CORNU_LAYER_FIELDS;
};
struct Cropping2DConfig {
  Margins cropping = {{0, 0}, {0, 0}};  ///< A number, one for rows and columns each, or two for each of them.
  std::optional<Text> data_format{};
  CORNU_LAYER_FIELDS;
};
struct Cropping3DConfig {
  Margins cropping = {{1, 1}, {1, 1}, {1, 1}};  ///< A number, one for each size, or two for each size.
  std::optional<Text> data_format{};
  CORNU_LAYER_FIELDS;
};
/// A series without its first and last steps.
struct CORNU_API Cropping1D : Layer {
  explicit Cropping1D(Cropping1DConfig config = {}, CallSite at = here());
};
/// An image without its borders.
struct CORNU_API Cropping2D : Layer {
  explicit Cropping2D(Cropping2DConfig config = {}, CallSite at = here());
};
/// A volume without its borders.
struct CORNU_API Cropping3D : Layer {
  explicit Cropping3D(Cropping3DConfig config = {}, CallSite at = here());
};

struct UpSampling1DConfig {
  int64_t size = 2;
  CORNU_LAYER_FIELDS;
};
struct UpSampling2DConfig {
  SizeOrSizes size = {2, 2};
  std::optional<Text> data_format{};
  Text interpolation = "nearest";  ///< "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
  CORNU_LAYER_FIELDS;
};
struct UpSampling3DConfig {
  SizeOrSizes size = {2, 2, 2};
  std::optional<Text> data_format{};
  CORNU_LAYER_FIELDS;
};
/// Each step so many times.
struct CORNU_API UpSampling1D : Layer {
  explicit UpSampling1D(UpSampling1DConfig config = {}, CallSite at = here());
};
/// An image of so many times its size, by repetition or interpolation.
struct CORNU_API UpSampling2D : Layer {
  explicit UpSampling2D(UpSampling2DConfig config = {}, CallSite at = here());
};
/// A volume of so many times its size, by repetition.
struct CORNU_API UpSampling3D : Layer {
  explicit UpSampling3D(UpSampling3DConfig config = {}, CallSite at = here());
};

}  // namespace cornu
