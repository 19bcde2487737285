// Sorting, its indices and its gradient, along any axis.
#include <cornu/ops.h>
#include <gtest/gtest.h>

#include <cmath>

namespace cornu {

TEST(Sort, OrderOfEqualAndUndefinedElements) {
  const Tensor x({6}, {2, -1, 2, NAN, 0, -1});
  EXPECT_EQ(ops::argsort(x).to_doubles(), (std::vector<double>{1, 5, 4, 0, 2, 3}));
  EXPECT_EQ(ops::argsort(x).dtype(), DType::i32);
}

TEST(Sort, GradientGoesBackToWhereElementsWere) {
  const Tensor x({2, 3}, {3, 1, 2, 0, 5, 4}), w({2, 3}, {10, 20, 30, 40, 50, 60});
  for (const int axis : {0, 1}) {
    const auto f = ops::grad(
        [&](const std::vector<Tensor>& in) { return std::vector<Tensor>{ops::sum(ops::sort(in[0], axis) * in[1])}; });
    const std::vector<double> want =
        axis == 1 ? std::vector<double>{30, 10, 20, 40, 60, 50} : std::vector<double>{40, 20, 30, 10, 50, 60};
    EXPECT_EQ(f({x, w})[0].to_doubles(), want) << axis;
  }
}

}  // namespace cornu
