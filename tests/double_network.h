// A chain of Dense layers in double, by loops: the right losses, predictions and gradients of small trainings.
#pragma once
#include <cornu/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace cornu::testing {

struct DoubleNetwork {
  using Numbers = std::vector<double>;
  std::vector<Numbers> weights;          ///< kernel, bias, kernel, bias, ...
  std::vector<std::string> activations;  ///< "relu", "tanh", "sigmoid" or "linear", of each layer
  bool crossentropy = false;             ///< binary, of probabilities; otherwise the mean square

  DoubleNetwork(const std::vector<Tensor>& start, std::vector<std::string> names, bool binary_crossentropy = false)
      : activations(std::move(names)), crossentropy(binary_crossentropy) {
    for (const Tensor& t : start) weights.push_back(t.to_doubles());
  }

  static double activated(const std::string& name, double z) {
    return name == "relu"      ? std::max(z, 0.0)
           : name == "tanh"    ? std::tanh(z)
           : name == "sigmoid" ? 1 / (1 + std::exp(-z))
                               : z;
  }
  static double slope(const std::string& name, double a) {
    return name == "relu" ? a > 0 : name == "tanh" ? 1 - a * a : name == "sigmoid" ? a * (1 - a) : 1;
  }

  /// What each layer gives for one row, from the row itself on.
  std::vector<Numbers> outputs(Numbers row) const {
    std::vector<Numbers> out{std::move(row)};
    for (size_t l = 0; l < activations.size(); ++l) {
      const Numbers &x = out.back(), &kernel = weights[2 * l];
      Numbers y = weights[2 * l + 1];
      for (size_t i = 0; i < x.size(); ++i)
        for (size_t k = 0; k < y.size(); ++k) y[k] += x[i] * kernel[i * y.size() + k];
      for (double& z : y) z = activated(activations[l], z);
      out.push_back(std::move(y));
    }
    return out;
  }
  Numbers predict(const Tensor& x) const {
    Numbers out;
    for (int64_t r = 0; r < x.shape()[0]; ++r) {
      const Numbers row = outputs(x.rows(r, r + 1).to_doubles()).back();
      out.insert(out.end(), row.begin(), row.end());
    }
    return out;
  }

  /// The mean loss; its gradients too if asked for.
  double loss(const Tensor& x, const Tensor& y, std::vector<Numbers>* gradients = nullptr) const {
    double total = 0;
    const int64_t rows = x.shape()[0];
    if (gradients) {
      gradients->clear();
      for (const Numbers& w : weights) gradients->emplace_back(w.size());
    }
    for (int64_t r = 0; r < rows; ++r) {
      const std::vector<Numbers> out = outputs(x.rows(r, r + 1).to_doubles());
      const Numbers target = y.rows(r, r + 1).to_doubles();
      Numbers d;
      for (size_t k = 0; k < target.size(); ++k) {
        const double p = out.back()[k], t = target[k],
                     n = static_cast<double>(rows) * static_cast<double>(target.size());
        total += (crossentropy ? -t * std::log(p) - (1 - t) * std::log(1 - p) : (p - t) * (p - t)) / n;
        d.push_back((crossentropy ? (p - t) / (p * (1 - p)) : 2 * (p - t)) / n);
      }
      for (size_t l = activations.size(); gradients && l-- > 0;) {
        const Numbers& in = out[l];
        for (size_t k = 0; k < d.size(); ++k) d[k] *= slope(activations[l], out[l + 1][k]);
        Numbers before(in.size());
        for (size_t i = 0; i < in.size(); ++i)
          for (size_t k = 0; k < d.size(); ++k) {
            (*gradients)[2 * l][i * d.size() + k] += in[i] * d[k];
            before[i] += weights[2 * l][i * d.size() + k] * d[k];
          }
        for (size_t k = 0; k < d.size(); ++k) (*gradients)[2 * l + 1][k] += d[k];
        d = std::move(before);
      }
    }
    return total;
  }

  /// The loss before an update by w - rate * gradient.
  double sgd(const Tensor& x, const Tensor& y, double rate = 0.01) {
    std::vector<Numbers> g;
    const double before = loss(x, y, &g);
    for (size_t i = 0; i < g.size(); ++i)
      for (size_t k = 0; k < g[i].size(); ++k) weights[i][k] -= rate * g[i][k];
    return before;
  }

  /// The same by Keras' Adam with its defaults.
  double adam(const Tensor& x, const Tensor& y, double rate = 0.001) {
    std::vector<Numbers> g;
    const double before = loss(x, y, &g);
    m_.resize(g.size()), v_.resize(g.size());
    ++steps_;
    const double step = rate * std::sqrt(1 - std::pow(0.999, steps_)) / (1 - std::pow(0.9, steps_));
    for (size_t i = 0; i < g.size(); ++i) {
      m_[i].resize(g[i].size()), v_[i].resize(g[i].size());
      for (size_t k = 0; k < g[i].size(); ++k) {
        m_[i][k] += 0.1 * (g[i][k] - m_[i][k]);
        v_[i][k] += 0.001 * (g[i][k] * g[i][k] - v_[i][k]);
        weights[i][k] -= step * m_[i][k] / (std::sqrt(v_[i][k]) + 1e-7);
      }
    }
    return before;
  }

  /// Takes a weight back to what it was, and what the optimizer keeps of it.
  void keep(const DoubleNetwork& before, size_t weight) {
    weights[weight] = before.weights[weight];
    if (!before.m_.empty()) m_[weight] = before.m_[weight], v_[weight] = before.v_[weight];
  }

 private:
  std::vector<Numbers> m_, v_;
  int steps_ = 0;
};

/// Each number within `tolerance` of the right one, or of 1 where that is smaller.
inline void expect_weights(const std::vector<Tensor>& got, const DoubleNetwork& right, double tolerance,
                           const std::string& what = "") {
  ASSERT_EQ(got.size(), right.weights.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) {
    const std::vector<double> w = got[i].to_doubles();
    ASSERT_EQ(w.size(), right.weights[i].size()) << what;
    for (size_t k = 0; k < w.size(); ++k) {
      const double r = right.weights[i][k];
      EXPECT_NEAR(w[k], r, tolerance * std::max(1.0, std::abs(r))) << what << ": element " << k << " of weight " << i;
    }
  }
}

}  // namespace cornu::testing
