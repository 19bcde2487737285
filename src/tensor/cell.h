// A cell: the named bytes of a variable, which outlive every step that points at them.
#pragma once
#include <cornu/tensor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cornu {

class Configurable;

struct Cell {
  std::string name;  ///< Last part of the path: "kernel".
  std::string path;  ///< "dense/kernel".
  Tensor value;
  bool trainable = true;
  bool overwrite_with_gradient = false;             ///< Optimizers assign the gradient.
  std::function<Tensor(const Tensor&)> constraint;  ///< Of its value, after each update.
  /// What that is the call of, and the regularizer whose penalty its layer adds; where they are objects of their kinds.
  std::shared_ptr<Configurable> constraint_object, regularizer_object;
  std::shared_ptr<Cell> rest;  ///< What `accumulate` could not add to the value yet; any other assignment forgets it.
  uint64_t version = 1;        ///< Moves when the contents change from outside a step; derived copies compare it.
};

/// Moves when any cell gets another storage; compiled steps then resolve their pointers anew.
uint64_t storage_epoch();
void bump_storage_epoch();

/// Moves when any layer gets or loses another, or what is trained changes; compiled steps then compare what they were
/// made of.
uint64_t structure_epoch();
void structure_changed();

}  // namespace cornu
