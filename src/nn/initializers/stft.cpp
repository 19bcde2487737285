// The kernel of a short-time Fourier transform, with SciPy's windows that need no argument.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "nn/initializers/families.h"
#include "tensor/dispatch.h"

namespace cornu {

using initializers::STFTConfig;

template <>
struct Describe<STFTConfig> {
  using T = STFTConfig;
  static constexpr auto fields = std::tuple{field("side", &T::side), field("window", &T::window),
                                            field("periodic", &T::periodic), field("scaling", &T::scaling)};
};

namespace {

constexpr double kPi = std::numbers::pi;

/// Windows of the form a0 - a1 cos(u) + a2 cos(2u) - ..., u from 0 to 2 pi.
struct CosineWindow {
  const char* name;
  std::vector<double> a;
};
const std::vector<CosineWindow>& cosine_windows() {
  static const auto& all =
      *new std::vector<CosineWindow>{{"boxcar", {1}},
                                     {"hann", {0.5, 0.5}},
                                     {"hamming", {0.54, 0.46}},
                                     {"blackman", {0.42, 0.5, 0.08}},
                                     {"nuttall", {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
                                     {"blackmanharris", {0.35875, 0.48829, 0.14128, 0.01168}},
                                     {"flattop", {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}}};
  return all;
}

/// Windows by their distance d from the middle, from -1 to 1.
struct OtherWindow {
  const char* name;
  double (*at)(double d);
};
constexpr OtherWindow kOtherWindows[] = {
    {"bartlett", [](double d) { return 1 - std::abs(d); }},
    {"barthann", [](double d) { return 0.62 - 0.48 * std::abs(d / 2) + 0.38 * std::cos(kPi * d); }},
    {"bohman", [](double d) {
       const double x = std::abs(d);
       return (1 - x) * std::cos(kPi * x) + std::sin(kPi * x) / kPi;
     }}};

std::vector<std::string> window_names() {
  std::vector<std::string> out;
  for (const CosineWindow& w : cosine_windows()) out.push_back(w.name);
  for (const OtherWindow& w : kOtherWindows) out.push_back(w.name);
  return out;
}

/// A periodic window is one of n + 1 elements without its last.
std::vector<double> window(const std::string& name, int64_t n, bool periodic) {
  const int64_t whole = periodic ? n + 1 : n;
  std::vector<double> out(static_cast<size_t>(n), 1);
  if (whole == 1) return out;
  for (int64_t i = 0; i < n; ++i) {
    const double u = static_cast<double>(i) / static_cast<double>(whole - 1);
    double& v = out[static_cast<size_t>(i)];
    for (const CosineWindow& w : cosine_windows())
      if (name == w.name) {
        v = 0;
        for (size_t k = 0; k < w.a.size(); ++k)
          v += (k % 2 ? -1 : 1) * w.a[k] * std::cos(2 * kPi * static_cast<double>(k) * u);
      }
    for (const OtherWindow& w : kOtherWindows)
      if (name == w.name) v = w.at(2 * u - 1);
  }
  return out;
}

struct STFTInitializer final : WithConfig<STFTInitializer, InitializerImpl, STFTConfig> {
  static constexpr const char* kName = "STFT";
  explicit STFTInitializer(STFTConfig c) : WithConfig(std::move(c)) {
    if (config.side != "real" && config.side != "imag")
      throw ConfigError(kName, text("side must be 'real' or 'imag', got '{}'", config.side));
    if (config.scaling && *config.scaling != "density" && *config.scaling != "spectrum")
      throw ConfigError(kName, text("scaling must be 'density', 'spectrum' or none, got '{}'", *config.scaling));
    const std::vector<std::string> known = window_names();
    if (config.window && std::find(known.begin(), known.end(), *config.window) == known.end())
      throw ConfigError(kName, text("window must be one of {}, got '{}'", known, *config.window));
  }
  Tensor call(const Shape& shape, DType dtype) const override {
    if (shape.rank() != 3) throw ShapeError(kName, text("expected the shape (time, 1, frequency), got {}", shape));
    const int64_t frames = shape.dim(0), bands = shape.dim(2), length = 2 * (bands - 1);
    std::vector<double> win(static_cast<size_t>(frames), 1);
    if (config.window) win = window(*config.window, frames, config.periodic);
    double norm = 0;
    for (const double w : win) norm += config.scaling == "density" ? w * w : std::abs(w);
    const double scale = !config.window || !config.scaling ? 1 : config.scaling == "density" ? std::sqrt(norm) : norm;
    Tensor out(shape, dtype);
    with_type(dtype, [&]<class T>() {
      T* p = static_cast<T*>(out.raw());
      for (int64_t t = 0; t < frames; ++t)
        for (int64_t c = 0; c < shape.dim(1); ++c)
          for (int64_t f = 0; f < bands; ++f) {
            const double angle = length ? -2 * kPi * static_cast<double>(t * f) / static_cast<double>(length) : 0;
            const double wave = config.side == "real" ? std::cos(angle) : std::sin(angle);
            *p++ = static_cast<T>(wave * win[static_cast<size_t>(t)] / scale);
          }
    });
    return out;
  }
};

}  // namespace

namespace initializers {
STFT::STFT(STFTConfig c) : Initializer(std::make_shared<STFTInitializer>(std::move(c))) {}
}  // namespace initializers

void add_stft_initializer(Registry<InitializerImpl>& r) { r.add<STFTInitializer>({"stft", "STFTInitializer"}); }

}  // namespace cornu
