// Models that are a graph of layers between inputs and outputs.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/call_record.h"
#include "nn/model.h"

namespace cornu {

/// The calls of a graph by layer, numbered as Keras' files number them.
class CallNumbers {
 public:
  explicit CallNumbers(const CallGraph& graph);
  const std::vector<std::shared_ptr<const CallRecord>>& calls(const LayerImpl& layer) const {
    return calls_.at(&layer);
  }
  int64_t of(const CallRecord& record) const { return numbers_.at(&record); }

 private:
  std::map<const CallRecord*, int64_t> numbers_;
  std::map<const LayerImpl*, std::vector<std::shared_ptr<const CallRecord>>> calls_;
};

class FunctionalImpl final : public ModelImpl {
 public:
  /// Of symbolic tensors. CallError where they are no graph.
  FunctionalImpl(Tree<Tensor> inputs, Tree<Tensor> outputs, const std::string& name);
  std::string class_name() const override { return "Functional"; }
  Value get_config() const override;
  Tree<Tensor> call_inputs(const Tree<Tensor>& inputs, const CallContext& context) override;
  Tree<Tensor> compute_masks(const Tree<Tensor>&, const Tree<Tensor>&) const override { return {}; }
  std::vector<std::shared_ptr<LayerImpl>> children() const override;
  Tree<Shape> input_shapes() const override;
  bool input_declared() const override { return true; }
  Tree<Tensor> arranged(const Tree<Tensor>& x) const override;
  std::vector<Layer> layers() const override;
  std::vector<std::string> output_names() const override { return output_names_; }
  const Tree<Tensor>& inputs() const { return inputs_; }
  const Tree<Tensor>& outputs() const { return outputs_; }
  const CallGraph& graph() const { return graph_; }
  /// In the order of the leaves of inputs(): the names of their layers.
  const std::vector<std::string>& input_names() const { return input_names_; }

 private:
  /// Of what a call is given, that for each input; undefined for optional ones that are not given.
  Tensors for_inputs(const Tree<Tensor>& x) const;
  /// The place of a symbolic tensor among the values of a call.
  size_t slot_of(const Tensor& t) const;
  Tree<Tensor> inputs_, outputs_;
  Tree<Tensor> given_inputs_, given_outputs_;  ///< As files have them.
  CallGraph graph_;
  std::vector<size_t> first_slots_;  ///< Of the outputs of each record.
  size_t slots_ = 0;
  std::vector<std::string> input_names_, output_names_;
};

}  // namespace cornu
