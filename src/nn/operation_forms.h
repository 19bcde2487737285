// How Keras' files name operations on symbolic tensors: by classes, whose arguments are given when they are made or
// when they are called.
#pragma once
#include <string>

#include "graph/op_def.h"
#include "ops/function_table.h"

namespace cornu {

/// "keras.src.ops.numpy" and "Add" of the function "add".
struct OperationClass {
  std::string module, class_name;
};
/// `options`: the arguments that are no tensors; an activation has more of them than the operation of the same name.
OperationClass class_of_operation(const std::string& function, const Value& options);
/// The function of such a class; null if there is none here. ConfigError if the form names no operation.
const FunctionDef* function_of_operation(const std::string& module, const std::string& class_name);
bool is_operation_module(const std::string& module);

/// An operation of the engine as a function of the table with these arguments; null where none says the same.
const FunctionDef* function_saying(const OpDef& op, const Tensors& in, const Attrs& attrs,
                                   std::vector<Argument>& arguments);

/// Whether Keras takes an argument that is no tensor where the operation is called.
bool plain_in_call(const std::string& function, const std::string& parameter);
/// Whether Keras takes numbers for a tensor where the operation is made.
bool number_in_config(const std::string& function, const std::string& parameter);

}  // namespace cornu
