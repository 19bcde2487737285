// Registration of the families of layers.
#pragma once
#include <cornu/layer.h>

namespace cornu {

/// Layers that Keras builds as it makes them, so that its files hold no shape that they were built for.
struct BuiltAtInit {
  virtual ~BuiltAtInit() = default;
};

/// Layers whose weights say nothing of the shape that they are called on.
struct TakesAnyShape {
  virtual ~TakesAnyShape() = default;
};

/// Layers of Keras whose call has an argument for a mask, which files then hold, though it be nothing.
struct TakesMask {
  virtual ~TakesMask() = default;
};

/// The name of Keras' own class where its public one is another: automatic names and places in files are made of it.
std::string own_class_name(const std::string& public_name);

void add_core_layers(Registry<LayerImpl>& r);
void add_activation_layers(Registry<LayerImpl>& r);
void add_normalization_layers(Registry<LayerImpl>& r);
void add_regularization_layers(Registry<LayerImpl>& r);
void add_reshaping_layers(Registry<LayerImpl>& r);
void add_preprocessing_layers(Registry<LayerImpl>& r);
void add_merging_layers(Registry<LayerImpl>& r);
void add_embedding_layers(Registry<LayerImpl>& r);
void add_convolutional_layers(Registry<LayerImpl>& r);
void add_pooling_layers(Registry<LayerImpl>& r);
void add_border_layers(Registry<LayerImpl>& r);
void add_spatial_dropout_layers(Registry<LayerImpl>& r);
void add_spectral_layers(Registry<LayerImpl>& r);
void add_einsum_dense_layers(Registry<LayerImpl>& r);
void add_attention_layers(Registry<LayerImpl>& r);
void add_multi_head_attention_layers(Registry<LayerImpl>& r);

}  // namespace cornu
