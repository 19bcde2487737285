// Graphs read back from the text that print() writes.
#pragma once
#include <string_view>

#include "graph/graph.h"

namespace cornu {

/// The graph of a text in print()'s form, with its operations looked up in `rows`. Names of values may be any word
/// after
/// '%', types of computed values may be left out, lines that begin with '#' are comments. Variables hold zeros. Shape
/// rules run again, and what they give must be what the text says. Throws ConfigError naming the line.
Graph parse_graph(std::string_view text, const OpRegistry& rows);

/// "float32(None, 8)" as print() writes it.
TypeShape type_from_string(std::string_view text);

}  // namespace cornu
