// Gradient descent as textbooks write it, without layers: tensors, operations, the gradient of a function, and a loop.
// usage: from_scratch [sigmoid | tanh | relu]
#include <cornu/cornu.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>

using namespace cornu;
using Tensors = std::vector<Tensor>;

int main(int argc, char** argv) try {
  const std::string name = argc > 1 ? argv[1] : "sigmoid";
  const auto phi = [&](const Tensor& z) {
    return name == "relu" ? ops::relu(z) : name == "tanh" ? ops::tanh(z) : ops::sigmoid(z);
  };

  // y = sin(3 x) at 200 places.
  const int64_t n = 200, hidden = 16;
  std::mt19937 random(1);
  std::vector<float> xs, ys;
  for (int64_t i = 0; i < n; ++i) {
    xs.push_back(std::uniform_real_distribution<float>(-1, 1)(random));
    ys.push_back(std::sin(3 * xs.back()));
  }
  const Tensor x({n, 1}, xs), y({n, 1}, ys);

  // The network, and the error E = 1/(2n) sum |f(x) - y|^2 as a function of its parameters.
  const auto f = [&](const Tensor& input, const Tensors& p) {
    return ops::matmul(phi(ops::matmul(input, p[0]) + p[1]), p[2]) + p[3];
  };
  const auto error = [&](const Tensors& p) -> Tensors {  // p: W1, b1, W2, b2, then the rows to fit
    const Tensor difference = f(p[4], p) - p[5];
    return {ops::sum(ops::square(difference)) / (2.0 * ops::dim(difference, {0}))};
  };
  const ops::Function gradient = ops::jit(ops::value_and_grad(error));  // compiled once for each batch size

  const auto normal = [&](const Shape& shape, float deviation) {
    std::vector<float> values(static_cast<size_t>(shape.size()));
    std::normal_distribution<float> draw(0, deviation);
    for (float& v : values) v = draw(random);
    return Tensor(shape, values);
  };
  const Tensors start{normal({1, hidden}, 2), normal({hidden}, 1), normal({hidden, 1}, 0.25f), Tensor({1})};

  struct Kind {
    const char* name;
    int64_t batch;
    int epochs;
    double rate;
  };
  for (const Kind& kind :
       {Kind{"batch", n, 2000, 0.3}, Kind{"mini-batch", 20, 200, 0.1}, Kind{"stochastic", 1, 50, 0.02}}) {
    Tensors p = start;
    std::vector<int32_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::printf("%s gradient descent, %s:\n", kind.name, name.c_str());
    for (int epoch = 0; epoch <= kind.epochs; ++epoch) {
      if (epoch % (kind.epochs / 5) == 0)
        std::printf("  epoch %4d: E = %.5f\n", epoch, error({p[0], p[1], p[2], p[3], x, y})[0].item());
      std::shuffle(order.begin(), order.end(), random);
      for (int64_t at = 0; at < n; at += kind.batch) {
        const Tensor rows({kind.batch}, std::vector<int32_t>(order.begin() + at, order.begin() + at + kind.batch));
        const Tensors g = gradient({p[0], p[1], p[2], p[3], ops::take(x, rows), ops::take(y, rows)});
        for (size_t i = 0; i < 4; ++i) p[i] = p[i] - kind.rate * g[i];
      }
    }
  }
  return 0;
} catch (const Error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
