// The tables of keras.activations and of keras.ops.nn, with Keras' signatures.
#pragma once
#include "ops/function_table.h"

namespace cornu {

const FunctionTable& activation_functions();
/// What keras.ops has besides op_functions(). Its gelu is approximate unless told otherwise, as in Keras.
const FunctionTable& nn_functions();

}  // namespace cornu
