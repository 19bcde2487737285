// Layers whose call has arguments of its own, described by a struct, as configs are.
#pragma once
#include <cornu/layer.h>

namespace cornu {

namespace detail {

template <class M>
constexpr bool kOfTensors = std::is_same_v<M, Tensor> || std::is_same_v<M, Tree<Tensor>>;
inline bool is_given(const Tensor& t) { return t.defined(); }
inline bool is_given(const Tree<Tensor>& t) { return !t.is_none(); }
CORNU_API Tensor one_tensor(const Tree<Tensor>& given, const std::string& argument);
/// The arguments as layers take them: as they are by name, or the first alone where it is the only one.
CORNU_API Tree<Tensor> as_call_inputs(const std::vector<CallParameter>& parameters,
                                      std::vector<Tree<Tensor>::Field> given);
/// The argument of that name; null if it was not given. `first`: whether it is the first one.
CORNU_API const Tree<Tensor>* call_input(const std::vector<CallParameter>& parameters, const Tree<Tensor>& inputs,
                                         const std::string& name);
/// CallError for what is required and was not given.
CORNU_API void check_call_inputs(const LayerImpl& layer, const Tree<Tensor>& inputs);

template <class Inputs>
const std::vector<CallParameter>& call_parameters_of() {
  static const std::vector<CallParameter> all = [] {
    std::vector<CallParameter> out;
    const Inputs defaults{};
    std::apply(
        [&](const auto&... f) {
          const auto add = [&](const auto& one) {
            using M = std::remove_cvref_t<decltype(defaults.*(one.member))>;
            CallParameter p{one.name, kOfTensors<M>, one.required, {}};
            if constexpr (!kOfTensors<M>) p.default_value = Codec<M>::to_value(defaults.*(one.member));
            out.push_back(std::move(p));
          };
          (add(f), ...);
        },
        Describe<Inputs>::fields);
    return out;
  }();
  return all;
}

/// The struct of what a call was given.
template <class Inputs>
Inputs read_call_inputs(const LayerImpl& layer, const Tree<Tensor>& inputs, const Value& values) {
  check_call_inputs(layer, inputs);
  Inputs out{};
  std::apply(
      [&](const auto&... f) {
        const auto read = [&](const auto& one) {
          using M = std::remove_cvref_t<decltype(out.*(one.member))>;
          if constexpr (kOfTensors<M>) {
            const Tree<Tensor>* given = call_input(call_parameters_of<Inputs>(), inputs, one.name);
            if (!given) return;
            if constexpr (std::is_same_v<M, Tensor>)
              out.*(one.member) = one_tensor(*given, one.name);
            else
              out.*(one.member) = *given;
          } else if (const Value* given = values.is_object() ? values.find(one.name) : nullptr) {
            try {
              out.*(one.member) = Codec<M>::from_value(*given);
            } catch (const Error& e) {
              field_error(layer.class_name() + " '" + layer.name + "'", one.name, e);
            }
          }
        };
        (read(f), ...);
      },
      Describe<Inputs>::fields);
  return out;
}

/// The other way: what `apply` takes.
template <class Inputs>
std::pair<Tree<Tensor>, Value> write_call_inputs(const Inputs& in) {
  std::vector<Tree<Tensor>::Field> given;
  Value values;
  const std::vector<CallParameter>& parameters = call_parameters_of<Inputs>();
  size_t at = 0;
  std::apply(
      [&](const auto&... f) {
        const auto write = [&](const auto& one) {
          using M = std::remove_cvref_t<decltype(in.*(one.member))>;
          const CallParameter& p = parameters[at++];
          if constexpr (kOfTensors<M>) {
            if (is_given(in.*(one.member))) given.emplace_back(p.name, in.*(one.member));
          } else if (Value v = Codec<M>::to_value(in.*(one.member)); !(v == p.default_value)) {
            if (!values.is_object()) values = Value::object();
            values[p.name] = std::move(v);
          }
        };
        (write(f), ...);
      },
      Describe<Inputs>::fields);
  return {as_call_inputs(parameters, std::move(given)), std::move(values)};
}

}  // namespace detail

/// Base of layers whose call takes a described struct. Self has `build_inputs`, and `Tree<Tensor> call_with(const
/// Inputs&, const CallContext&)`.
template <class Self, class ConfigType, class InputsType>
class WithCallInputs : public WithLayerConfig<Self, ConfigType> {
 public:
  using Inputs = InputsType;
  using WithLayerConfig<Self, ConfigType>::WithLayerConfig;
  const std::vector<CallParameter>& call_parameters() const override { return detail::call_parameters_of<Inputs>(); }
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext& context) override {
    const auto in = detail::read_call_inputs<Inputs>(*this, inputs, context.values);
    return static_cast<Self&>(*this).call_with(in, context);
  }

 protected:
  /// The shape of an argument of one tensor; rank 0 if it is not there.
  Shape shape_of(const Tree<Shape>& inputs, const std::string& name) const {
    if (!inputs.is_fields()) return call_parameters()[0].name == name && inputs.is_leaf() ? inputs.leaf() : Shape();
    const Tree<Shape>* found = inputs.find(name);
    return found && found->is_leaf() ? found->leaf() : Shape();
  }
  /// The mask that came with an argument of one tensor, or that one given by the name of its mask; undefined if there
  /// is none.
  Tensor mask_of(const CallContext& context, const std::string& name, const Tensor& given = {}) const {
    if (given.defined()) return given;
    if (!context.masks.is_fields())
      return call_parameters()[0].name == name && context.masks.is_leaf() ? context.masks.leaf() : Tensor();
    const Tree<Tensor>* found = context.masks.find(name);
    return found && found->is_leaf() ? found->leaf() : Tensor();
  }
};

/// Handle of such a layer: `attention({.query = x, .value = y})`.
template <class InputsType>
struct LayerOf : Layer {
  using Layer::Layer;
  using Layer::operator();
  explicit LayerOf(std::shared_ptr<LayerImpl> impl) : Layer(std::move(impl)) {}
  Tree<Tensor> operator()(const InputsType& inputs, CallOptions options = {}) const {
    auto [given, values] = detail::write_call_inputs(inputs);
    options.values = std::move(values);
    return (**this).apply(given, options);
  }
};

}  // namespace cornu
