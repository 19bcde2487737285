// Registration of the families of layers.
#pragma once
#include <cornu/layer.h>

namespace cornu {

void add_core_layers(Registry<LayerImpl>& r);

}  // namespace cornu
