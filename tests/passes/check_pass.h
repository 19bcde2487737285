// check_pass: a graph as text, the pass, and the graph that the pass must make of it.
#pragma once
#include <string>

namespace cornu {

/// The file holds the name of a pass (and the types of inputs, or "all"), a graph, a line "----", and the expected
/// graph. Names of values may differ from what the pass gives.
void check_pass(const std::string& path);

}  // namespace cornu
