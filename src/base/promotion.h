// The order of types, from which that of a result follows.
#pragma once
#include <span>
#include <string>

namespace cornu {

/// Keras' result_type: the least type above all of them, by name. Beside those of elements, "int" and "float" are
/// numbers of the language, which take the type of what is beside them, and "complex64" and "complex128" are known.
/// What would have 64 bits has 32. `floatx` is the type of floats that nothing else says. DTypeError for any other
/// name.
std::string result_type(std::span<const std::string> names, const std::string& floatx = "float32");

}  // namespace cornu
