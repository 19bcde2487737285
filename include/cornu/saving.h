// Files of models: Keras' .keras and .weights.h5, and checkpoints of training.
#pragma once
#include <cornu/model.h>

#include <string_view>

namespace cornu {

struct LoadConfig {
  bool compile = true;  ///< With the optimizer, its state, the loss and the metrics, if the file has them.
};
/// The model in a `.keras` file, written by Keras or by Model::save. FileError if the file is damaged, ConfigError if
/// it holds what there is no class for; code in the file (a Lambda layer) is refused.
CORNU_API Model load_model(const Text& path, LoadConfig config = {});
/// The same from the bytes of such a file; `who` names them in errors.
CORNU_API Model load_model_bytes(TextView bytes, LoadConfig config = {}, const Text& who = "model");
/// The bytes that Model::save writes.
CORNU_API std::string save_model_bytes(const Model& model);

/// A `.keras` file with all that training needs to go on exactly: also random states, running metrics, the position in
/// the data, the state of the callbacks, History. During fit, from a callback's on_safe_point, or outside of it.
CORNU_API void save_checkpoint(const Model& model, const Text& path);
/// Takes a checkpoint into a compiled model of the same layers. If it was written during fit, the next call of fit,
/// with the same data and arguments, goes on where it was.
CORNU_API void resume(const Model& model, const Text& path);

}  // namespace cornu
