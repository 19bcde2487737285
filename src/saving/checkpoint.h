// Checkpoints: .keras files with a member that holds the rest of a training's state.
#pragma once
#include <cornu/saving.h>

namespace cornu {

/// What Keras' file has no place for. `arrays` are by path: "metrics/0/1", "callbacks/2/0", ...
struct TrainingState {
  Value values = Value::object();
  std::vector<std::pair<std::string, Tensor>> arrays;
  const Tensor* find(const std::string& path) const;
  /// Those at "<group>/0", "<group>/1", ...
  std::vector<Tensor> list(const std::string& group) const;
  /// Puts the process' source of seeds where it was.
  void restore_random(const std::string& who) const;
};

/// From decimal digits: JSON's numbers are not wide enough for seeds. FileError for anything else.
uint64_t whole_number(const Value& v, const std::string& who);

/// Weights, optimizer and random states are added from the model.
void write_checkpoint(const Model& model, TrainingState state, const std::string& path);
/// The values of a checkpoint, without the model that it belongs to.
Value checkpoint_values(const std::string& path);
/// Takes weights, optimizer and random states into the model, and returns the rest.
TrainingState read_checkpoint(const Model& model, const std::string& path);

}  // namespace cornu
