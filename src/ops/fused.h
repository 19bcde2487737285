// The fused node: a tile program whose operands are the node's inputs and whose stores and sums are its outputs.
#pragma once
#include "graph/op_def.h"
#include "runtime/tile.h"

namespace cornu {

/// Slots of the program count the node's inputs first, then its outputs; with segments, those of the first segment
/// (inputs, then outputs), then the shared inputs. Node inputs are then ordered segment by segment, shared ones last.
struct FusedAttrs {
  TileProgram program;
  std::vector<TypeShape> outputs;
  int64_t segment_inputs = 0, segment_outputs = 0;  ///< With segments: operands of each one.
};

/// From a node's operands (inputs, outputs, workspace) to the program's slots, followed by the workspace. Empty: as is.
std::vector<uint16_t> fused_slot_order(const FusedAttrs& a, size_t n_inputs);
/// Attributes of a fused node; FusedAttrs is described in fused.cpp alone.
Attrs fused_attrs(FusedAttrs a);

}  // namespace cornu
