// Weights in HDF5 files: the paths that Keras gives them, and tensors <-> datasets.
#pragma once
#include <cornu/model.h>

#include <set>

#include "io/hdf5_reader.h"
#include "io/hdf5_writer.h"

namespace cornu {

/// Calls `visit` for the layer and all below it, with the path of each: "", "layers/dense", "layers/dense_1", ...
void walk_layers(LayerImpl& root, const std::string& path,
                 const std::function<void(LayerImpl&, const std::string&)>& visit);

/// Adds a dataset that borrows the tensor's elements until the writer finishes.
void write_tensor(H5Writer& out, const std::string& path, const Tensor& t);
/// float16 and bfloat16 become float32. FileError for types that tensors do not have.
Tensor read_tensor(const H5Reader& in, const std::string& path, const std::string& who);

/// All weights and, if there are any, the optimizer's variables, which live as long as the model does.
void write_weights(H5Writer& out, const Model& model);

enum class OptimizerState { required, if_it_fits, ignored };
struct ReadConfig {
  OptimizerState optimizer = OptimizerState::required;
  bool skip_mismatch = false;  ///< A layer that does not fit keeps its weights; a warning names it.
};
/// Reads everything, then assigns everything: an error leaves the model as it was. ShapeError or FileError names layer
/// and weight. A state of the optimizer that need not fit and does not, as where layers were frozen after training, is
/// left out with a warning.
void read_weights(const H5Reader& in, const Model& model, const ReadConfig& config, const std::string& who);

}  // namespace cornu
