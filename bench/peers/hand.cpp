// The loop to beat: one training step of 8-10-8-1, batch 10, Adam, binary cross-entropy, with every size known to the
// compiler and no shuffling. Build with -O3 -march=native -ffast-math -std=c++20. Prints microseconds per step.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

constexpr int B = 10;

template <int I, int O>
struct Dense {
  float w[I * O], b[O], gw[I * O], gb[O], mw[I * O] = {}, vw[I * O] = {}, mb[O] = {}, vb[O] = {}, z[B * O], dz[B * O];

  void forward(const float* __restrict x, bool relu) {
    for (int n = 0; n < B; n++) {
      float a[O];
      for (int o = 0; o < O; o++) a[o] = b[o];
      for (int i = 0; i < I; i++) {
        const float v = x[n * I + i];
        for (int o = 0; o < O; o++) a[o] += v * w[i * O + o];
      }
      for (int o = 0; o < O; o++) z[n * O + o] = relu ? std::max(a[o], 0.f) : a[o];
    }
  }
  void backward(const float* __restrict x, float* __restrict dx) {
    for (auto& g : gw) g = 0;
    for (auto& g : gb) g = 0;
    for (int n = 0; n < B; n++) {
      for (int o = 0; o < O; o++) gb[o] += dz[n * O + o];
      for (int i = 0; i < I; i++) {
        const float v = x[n * I + i];
        for (int o = 0; o < O; o++) gw[i * O + o] += v * dz[n * O + o];
      }
      if (dx)
        for (int i = 0; i < I; i++) {
          float s = 0;
          for (int o = 0; o < O; o++) s += dz[n * O + o] * w[i * O + o];
          dx[n * I + i] = x[n * I + i] > 0 ? s : 0;
        }
    }
  }
  static void adam(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v, int n,
                   float a) {
    for (int i = 0; i < n; i++) {
      m[i] += (g[i] - m[i]) * .1f;
      v[i] += (g[i] * g[i] - v[i]) * .001f;
      p[i] -= m[i] * a / (std::sqrt(v[i]) + 1e-7f);
    }
  }
  void update(float a) {
    adam(w, gw, mw, vw, I * O, a);
    adam(b, gb, mb, vb, O, a);
  }
};

int main() {
  std::mt19937 r(0);
  std::uniform_real_distribution<float> u(-.5, .5);
  static Dense<8, 10> a;
  static Dense<10, 8> c;
  static Dense<8, 1> d;
  for (auto& x : a.w) x = u(r);
  for (auto& x : c.w) x = u(r);
  for (auto& x : d.w) x = u(r);
  std::vector<float> X(8000), Y(1000);
  for (auto& x : X) x = u(r) + .5f;
  for (auto& y : Y) y = static_cast<float>(r() & 1);
  std::vector<double> times;
  int t = 0;
  double loss = 0;
  for (int e = 0; e < 600; e++) {
    const auto start = std::chrono::steady_clock::now();
    for (int k = 0; k < 100; k++) {
      const float* x = &X[static_cast<size_t>(k * 80)];
      a.forward(x, true);
      c.forward(a.z, true);
      d.forward(c.z, false);
      for (int n = 0; n < B; n++) {
        const float p = 1 / (1 + std::exp(-d.z[n])), y = Y[static_cast<size_t>(k * B + n)];
        loss -= y * std::log(p + 1e-7f) + (1 - y) * std::log(1 - p + 1e-7f);
        d.dz[n] = (p - y) / B;
      }
      d.backward(c.z, c.dz);
      c.backward(a.z, a.dz);
      a.backward(x, nullptr);
      t++;
      const float al =
          1e-3f * std::sqrt(1 - std::pow(.999f, static_cast<float>(t))) / (1 - std::pow(.9f, static_cast<float>(t)));
      a.update(al);
      c.update(al);
      d.update(al);
    }
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / 100);
  }
  std::sort(times.begin(), times.end());
  if (loss != loss) return 1;
  std::printf("{\"workload\": \"8-10-8-1 batch 10\", \"median_us\": %.4f, \"best_us\": %.4f}\n",
              times[times.size() / 2] * 1e6, times[0] * 1e6);
}
