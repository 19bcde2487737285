// Variable: named state that outlives a step.
#pragma once
#include <cornu/tensor.h>

#include <functional>

namespace cornu {

struct Cell;

/// Handle to named state; copies share it, and it lives as long as one of them, or a layer, an optimizer or a compiled
/// step that uses it. In a traced function value() is the last assigned symbol, so code reads in program order; outside
/// it is the array itself. A variable of a model that another thread trains is read with Model::get_weights, which
/// waits for the step; otherwise who assigns must be alone with it.
class CORNU_API Variable {
 public:
  Variable() = default;
  /// Starts with a copy of `initial`.
  Variable(Tensor initial, Text name, bool trainable = true);
  bool defined() const { return cell_ != nullptr; }
  const std::string& name() const;
  const std::string& path() const;
  void set_path(Text path);
  bool trainable() const;
  /// Holds from the next fit or train_on_batch of its model on.
  void set_trainable(bool trainable);
  /// What an optimizer makes of the value after each update, as a weight's constraint does; empty for nothing.
  void set_constraint(std::function<Tensor(const Tensor&)> project);
  const std::function<Tensor(const Tensor&)>& constraint() const;
  /// Whether optimizers put the gradient in the place of the value, as quantized training has it for its scales.
  bool overwrite_with_gradient() const;
  void set_overwrite_with_gradient(bool overwrite);
  DType dtype() const;
  const Shape& shape() const;
  Tensor value() const;
  operator Tensor() const { return value(); }
  /// Replaces the value: recorded in a trace, at once outside. Shape and type must be those of the variable.
  void assign(const Tensor& value);
  /// A copy of the stored elements, also while a function is traced.
  Tensor numpy() const;

  const std::shared_ptr<Cell>& cell() const { return cell_; }
  explicit Variable(std::shared_ptr<Cell> cell) : cell_(std::move(cell)) {}

 private:
  std::shared_ptr<Cell> cell_;
};

}  // namespace cornu
