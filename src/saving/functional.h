// Functional models from Keras' descriptions of them.
#pragma once
#include <cornu/model.h>

#include <functional>
#include <string>

namespace cornu {

/// The model of a config {"layers", "input_layers", "output_layers"}, as Keras 3 and Keras 2 write it. `make_layer`
/// makes a layer of its form. ConfigError from `who` for graphs that are none.
Model functional_from_config(const Value& config, const std::string& who,
                             const std::function<Layer(const Value& form)>& make_layer);

}  // namespace cornu
