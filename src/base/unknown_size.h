// How traces notice that code asked for a size that is not known yet.
#pragma once
#include <cstdint>

namespace cornu {

/// How often a shape on this thread was asked for an unknown size, and refused. Counted, since the error may come back
/// as another one: with the name of a layer, or through Python.
uint64_t unknown_sizes_asked();

}  // namespace cornu
