// Models <-> Keras' description of them (config.json).
#pragma once
#include <cornu/model.h>

namespace cornu {

/// The model as Keras writes it, with build_config and compile_config. ConfigError for functions, which have no form.
Value model_to_config(const Model& model);
/// Sequential and functional models; built if the input shape is there. `who` names
/// the file in errors.
Model model_from_config(const Value& form, const std::string& who);
/// What compile was given; nothing if the model was not compiled.
std::optional<CompileConfig> compile_from_config(const Value& form, const std::string& who);
/// The same as the file has it, if it is of Keras 3 and can be written again; null otherwise.
Value present_compile_config(const Value& form);
/// The first line of an error without its kind.
std::string sentence_of(const Error& e);

}  // namespace cornu
