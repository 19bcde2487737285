// Arrays as training takes them: checked, converted, with weights.
#pragma once
#include "data/batcher.h"
#include "train/trainer.h"

namespace cornu {

struct ArrayData {
  Tree<Tensor> x, y, weight;  ///< There may be no y and no weights.
  int64_t rows() const { return rows_of(x); }
  BatchSpec spec() const;
  ArrayData slice(int64_t from, int64_t to) const;
  /// Gives a step its inputs x, y, weights, the first being its input number `first`.
  void bind(Step& step, size_t first = 0) const;
};

/// Floats get the model's type, and x the structure and ranks of its inputs; row counts must agree. Errors name `who`.
/// Rows of weight 0 whose x is not finite become rows of zeros, in a copy: 0 times NaN is NaN, and would be the
/// gradient of every weight.
ArrayData make_data(const std::string& who, const ModelImpl& model, const Tree<Tensor>& x, const Tree<Tensor>& y,
                    const Tree<Tensor>& sample_weight = {});
/// Multiplies the weights by those of the classes of y; classes not named weigh 1. For models of one output.
void weight_classes(const std::string& who, ArrayData& data, const std::map<int64_t, double>& class_weight);

/// The rows of parts one after another; CallError if they are of different structures.
Tree<Tensor> concatenated(const std::string& who, const std::vector<Tree<Tensor>>& parts);

/// Indices 0..n-1, shuffled anew for each epoch as a pure function of (seed, epoch).
class Shuffler {
 public:
  Shuffler(int64_t n, uint64_t seed);
  void shuffle(int64_t epoch);
  const int32_t* order() const { return order_.data<int32_t>().data(); }

 private:
  Tensor order_;
  uint64_t seed_;
};

}  // namespace cornu
