// Graphs of layers: calls that were noted on symbolic tensors, of which functional models are made.
#pragma once
#include <cornu/layer.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "nn/operation_forms.h"
#include "ops/function_table.h"
#include "tensor/storage.h"

namespace cornu {

/// One call of a layer on symbolic tensors: what Keras' files call an inbound node.
struct CallRecord {
  std::shared_ptr<LayerImpl> layer;
  std::shared_ptr<const void> kept;  ///< By it: layer->keep_alive().
  Tree<Tensor> inputs;               ///< Symbolic ones, and constants among them. Nothing for an Input.
  CallOptions options;
  Tree<TypeShape> outputs;
  std::vector<Shape> masks;  ///< Of the outputs in order; rank 0 where there is none.
  int64_t number = 0;        ///< Of the calls of this layer that were noted.
};

/// What a call was told, with `f` of each mask.
template <class F>
CallOptions with_each_mask(CallOptions options, const F& f) {
  const auto mapped = [&](const Tensor& mask) { return mask.defined() ? f(mask) : mask; };
  options.mask = mapped(options.mask);
  options.masks = options.masks.map(mapped);
  return options;
}

/// Whether one of them is a tensor of such a graph.
bool in_graph_of_layers(const Tree<Tensor>& tensors);
inline bool in_graph_of_layers(const Tensor& t) { return t.defined() && t.impl()->record != nullptr; }
/// The symbolic outputs of a record.
Tree<Tensor> outputs_of(const std::shared_ptr<const CallRecord>& record);
/// The mask of a symbolic output, symbolic too; undefined if it has none.
Tensor symbolic_mask(const Tensor& output);
/// Notes a call and gives what it would give. The layer is built.
Tree<Tensor> note_call(LayerImpl& layer, const Tree<Tensor>& inputs, const CallOptions& options);
/// The types of what a call would give, and the shapes of its masks, as records have them. It is not noted, and the
/// layer gets built.
std::pair<Tree<TypeShape>, std::vector<Shape>> types_of_call(LayerImpl& layer, const Tree<Tensor>& inputs,
                                                             const CallOptions& options);
/// Symbolic tensors like those that a call would give; nothing is noted, and the layer stays unbuilt if it is one of
/// the engine's.
Tree<Tensor> compute_output_spec(LayerImpl& layer, const Tree<Tensor>& inputs, const CallOptions& options);
/// A symbolic tensor by itself, -1 for sizes that are not known: what graphs may start from, as from an Input. Without
/// a name it gets an automatic one.
Tensor symbolic_tensor(const Shape& shape, DType dtype, const std::string& name = "");
/// The symbolic tensor of an InputLayer; always the same value while one of them lives.
Tensor symbolic_input(const std::shared_ptr<LayerImpl>& layer);

/// Calls of layers of another language, with arguments of their own (CallOptions::arguments), as files have them.
struct ForeignCalls {
  /// {"args": [...], "kwargs": {...}} of arguments among which these forms of tensors stand.
  std::function<Value(const LayerImpl& layer, const std::shared_ptr<const void>& arguments,
                      const std::vector<Value>& tensors)>
      write;
  /// Calls it with such arguments, where {"class_name": "__place__", "config": 0} stands for the first tensor.
  std::function<Tree<Tensor>(const std::shared_ptr<LayerImpl>& layer, const Value& args, const Value& kwargs,
                             const Tensors& tensors)>
      call;
};
/// Empty functions where there is no such language.
ForeignCalls& foreign_calls();

/// A graph of calls between inputs and outputs, in an order in which they can be done: by depth, as Keras orders them.
struct CallGraph {
  std::vector<std::shared_ptr<const CallRecord>> records;
  /// Each layer once, in Keras' order of files and weights; operations on tensors too.
  std::vector<std::shared_ptr<LayerImpl>> layers;
};
/// CallError, from `who`, for outputs that depend on other inputs than these, and for inputs that are none.
CallGraph graph_between(const std::string& who, const Tree<Tensor>& inputs, const Tree<Tensor>& outputs);

/// The same graph where inputs that calls gave are Inputs of their own: what made them is no part of it. Other graphs
/// stay as they are.
std::pair<Tree<Tensor>, Tree<Tensor>> from_inputs_alone(const std::string& who, const Tree<Tensor>& inputs,
                                                        const Tree<Tensor>& outputs);

/// An operation that was done on symbolic tensors outside of any layer, as `x * 2`: a layer without weights, that is
/// none of its model's layers.
class OperationLayer final : public LayerImpl {
 public:
  using Function = std::function<Tree<Tensor>(const Tensors&)>;
  /// `function` takes the leaves of the inputs. `options`: Keras' arguments that are no tensors, by name; `in_call`:
  /// those of them that its files have beside the tensors.
  OperationLayer(const std::string& function_name, Value options, std::vector<Value> in_call, Function function,
                 bool in_files);
  std::string class_name() const override { return class_.class_name; }
  const std::string& module() const { return class_.module; }
  Value get_config() const override;
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext& context) override;
  const std::string function_name;   ///< "mean"
  const std::vector<Value> in_call;  ///< Behind the tensors.
  const bool in_files;               ///< Whether all this says what it does.

 private:
  OperationClass class_;
  Value options_;
  Function function_;
};

}  // namespace cornu
