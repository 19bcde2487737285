// Functional models that are one chain of layers.
#pragma once
#include <cornu/value.h>

namespace cornu {

/// The layers' forms in order, the input first. ConfigError if the layers branch, meet or are shared. Borrows `config`.
std::vector<const Value*> chain_of_functional(const Value& config, const std::string& who);

}  // namespace cornu
