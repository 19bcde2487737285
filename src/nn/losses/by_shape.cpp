// "crossentropy": the cross-entropy that fits the shapes, which only the first batch shows.
#include "nn/losses/families.h"
#include "nn/metrics/resolve.h"

namespace cornu {
namespace {

struct NoFields {};

}  // namespace

template <>
struct Describe<NoFields> {
  static constexpr auto fields = std::tuple{};
};

namespace {

struct CrossentropyByShape final : WithConfig<CrossentropyByShape, LossImpl, NoFields> {
  static constexpr const char* kName = "crossentropy";
  using WithConfig::WithConfig;
  std::string name() const override { return kName; }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return resolve_loss(kName, y_true.shape(), y_pred.shape())->call(y_true, y_pred);
  }
};

}  // namespace

void add_losses_by_shape(Registry<LossImpl>& r) { r.add<CrossentropyByShape>({"ce"}); }

}  // namespace cornu
