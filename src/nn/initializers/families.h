// Registration of the families of initializers.
#pragma once
#include <cornu/initializers.h>

namespace cornu {

void add_constant_initializers(Registry<InitializerImpl>& r);
void add_stft_initializer(Registry<InitializerImpl>& r);
void add_random_initializers(Registry<InitializerImpl>& r);
void add_scaling_initializers(Registry<InitializerImpl>& r);

}  // namespace cornu
