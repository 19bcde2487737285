// EinsumDense.
#include <cornu/contractions.h>
#include <cornu/layers/einsum_dense.h>

#include <algorithm>

#include "nn/layers/families.h"

namespace cornu {

template <>
struct Describe<EinsumDenseConfig> {
  using T = EinsumDenseConfig;
  static constexpr auto fields = std::tuple_cat(
      layer_fields<T>(),
      std::tuple{required("equation", &T::equation), required("output_shape", &T::output_shape),
                 field("activation", &T::activation), field("bias_axes", &T::bias_axes),
                 field("kernel_initializer", &T::kernel_initializer), field("bias_initializer", &T::bias_initializer),
                 field("kernel_regularizer", &T::kernel_regularizer), field("bias_regularizer", &T::bias_regularizer),
                 field("activity_regularizer", &T::activity_regularizer),
                 field("kernel_constraint", &T::kernel_constraint), field("bias_constraint", &T::bias_constraint),
                 field("quantization_config", &T::quantization_config)});
};

namespace {

struct EinsumDenseLayer final : WithLayerConfig<EinsumDenseLayer, EinsumDenseConfig> {
  static constexpr const char* kName = "EinsumDense";
  static constexpr bool kWritesNoActivityRegularizer = true;
  bool supports_masking() const override { return true; }
  explicit EinsumDenseLayer(EinsumDenseConfig c) : WithLayerConfig(std::move(c)) {
    require(config.quantization_config.is_null(), "quantization_config is not supported");
    activity_regularizer = config.activity_regularizer;
    read_equation();
  }

  Variable kernel, bias;
  void build(const Shape& in) override {
    const std::vector<int64_t> out = output_sizes(in);
    std::vector<int64_t> sizes;
    for (const char c : weight_) {
      const int64_t size = output_.find(c) != std::string::npos ? at_output(out, c) : at_input(in, c);
      require(size >= 0, "the size of '{}' of its kernel is neither in output_shape nor in the input, {}",
              std::string(1, c), in);
      sizes.push_back(size);
    }
    kernel = add_weight("kernel", Shape(sizes), config.kernel_initializer, config.kernel_regularizer,
                        config.kernel_constraint);
    if (!config.bias_axes) return;
    const std::string axes = std::string(*config.bias_axes);
    size_t first = output_.size();
    for (const char c : axes) {
      const size_t place = output_.find(c);
      require(place != std::string::npos, "Bias dimension '{}' was requested, but is not part of the output '{}'",
              std::string(1, c), output_);
      first = std::min(first, place);
    }
    sizes.clear();
    for (const char c : output_.substr(first))
      sizes.push_back(axes.find(c) != std::string::npos ? at_output(out, c) : 1);
    if (dots_ == 'r') sizes.insert(sizes.end(), static_cast<size_t>(elided(in)), 1);
    for (const int64_t size : sizes)
      require(size >= 0, "the sizes of bias_axes '{}' must be known, got output_shape {}", axes, Shape(out));
    bias = add_weight("bias", Shape(sizes), config.bias_initializer, config.bias_regularizer, config.bias_constraint);
  }
  Tensor call(const Tensor& x, const CallContext&) override {
    const Tensor y = ops::einsum(std::string(config.equation), {x, kernel.value()});
    return config.activation(config.bias_axes ? y + bias.value() : y);
  }

 private:
  std::string input_, weight_, output_;  ///< Letters.
  char dots_ = 0;                        ///< 'l' or 'r': on which side `...` stands.

  void read_equation() {
    std::string e;
    for (const char c : std::string(config.equation))
      if (c != ' ') e += c;
    const size_t comma = e.find(','), arrow = e.find("->");
    const bool parts = comma != std::string::npos && arrow != std::string::npos && comma < arrow;
    if (parts) {
      input_ = e.substr(0, comma);
      weight_ = e.substr(comma + 1, arrow - comma - 1);
      output_ = e.substr(arrow + 2);
      const auto strip = [](std::string& s, char side) {
        const size_t at = s.find("...");
        if (at == std::string::npos || (side == 'l' ? at != 0 : at + 3 != s.size())) return false;
        s.erase(at, 3);
        return true;
      };
      if (strip(input_, 'l') && strip(output_, 'l'))
        dots_ = 'l';
      else if (strip(input_, 'r') && strip(output_, 'r'))
        dots_ = 'r';
    }
    const auto letters = [](const std::string& s) {
      return !s.empty() && std::ranges::all_of(s, [](unsigned char c) { return std::isalpha(c) != 0; });
    };
    require(parts && letters(input_) && letters(weight_) && letters(output_),
            "Invalid einsum equation '{}'. Expected [X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...",
            config.equation);
    for (const char c : output_)
      require(input_.find(c) != std::string::npos || weight_.find(c) != std::string::npos,
              "Dimension '{}' was specified in the output '{}' but has no corresponding dimension in the input '{}' or "
              "the kernel '{}'",
              std::string(1, c), output_, input_, weight_);
    for (const char c : weight_)
      require(input_.find(c) != std::string::npos || output_.find(c) != std::string::npos,
              "Weight dimension '{}' did not have a match in either the input '{}' or the output '{}'",
              std::string(1, c), input_, output_);
  }
  int elided(const Shape& in) const { return in.rank() - static_cast<int>(input_.size()); }
  int64_t at_input(const Shape& in, char c) const {
    const int place = static_cast<int>(input_.find(c));
    return in.dim(dots_ == 'l' ? place + elided(in) : place);
  }
  int64_t at_output(const std::vector<int64_t>& out, char c) const {
    const size_t place = output_.find(c);
    return out[dots_ == 'l' ? out.size() - output_.size() + place : place];
  }
  /// All sizes of the output, as far as output_shape and the axes of `...` tell them.
  std::vector<int64_t> output_sizes(const Shape& in) const {
    require(dots_ ? elided(in) >= 0 : elided(in) == 0, "its equation '{}' is for {} axes, got an input of shape {}",
            config.equation, input_.size(), in);
    std::vector<int64_t> out;
    for (const auto& size : config.output_shape.values) out.push_back(size.value_or(-1));
    out.insert(out.begin(), in.dim(0));
    const int more = elided(in);
    if (dots_ == 'l')
      for (int i = 1; i < more; ++i) out.insert(out.begin() + i, in.dim(i));
    else
      for (int i = in.rank() - more; i < in.rank(); ++i) out.push_back(in.dim(i));
    const size_t expected = output_.size() + static_cast<size_t>(more);
    require(out.size() == expected, "output_shape must have {} sizes for the equation '{}', got {}",
            static_cast<int64_t>(expected) - 1 - (more > 0 ? dots_ == 'l' ? more - 1 : more : 0), config.equation,
            static_cast<int64_t>(config.output_shape.values.size()));
    for (const char c : input_) {
      if (output_.find(c) == std::string::npos) continue;
      const int64_t from = at_input(in, c), to = at_output(out, c);
      require(to < 0 || to == from,
              "Input shape and output shape do not match at shared dimension '{}'. Input shape is {}, and output shape "
              "is {}",
              std::string(1, c), from, to);
    }
    return out;
  }
};

}  // namespace

EinsumDense::EinsumDense(Text equation, OneOrMore<std::optional<int64_t>> output_shape, EinsumDenseConfig c,
                         CallSite at)
    : Layer(make_layer<EinsumDenseLayer>(
          (c.equation = std::move(equation), c.output_shape = std::move(output_shape), std::move(c)), at)) {}

void add_einsum_dense_layers(Registry<LayerImpl>& r) { r.add<EinsumDenseLayer>(); }

}  // namespace cornu
