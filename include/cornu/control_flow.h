// Loops and branches whose course values decide. In traced code (a layer's call, a training step, jit) their functions
// are traced once, and only what is chosen runs; outside they run as they are. Names and semantics are those of
// keras.ops. Structures (trees) come back as they were given.
#pragma once
#include <cornu/ops.h>
#include <cornu/tree.h>

namespace cornu::ops {

/// What one step of a scan gives: what the next one gets, and what is stacked.
struct ScanStep {
  Tree<Tensor> carry, y;
};
struct ScanConfig {
  std::optional<int64_t> length = {};  ///< Steps, where there is nothing to go along.
  bool reverse = false;                ///< From the last element to the first; results lie as the elements do.
};
/// Calls `f(carry, x)` for the elements of `xs` along their first axis, which must all be of one length, in order.
/// Gives the last carry, and all y stacked along a new first axis. Carries keep structure, shapes and types. Gradients
/// flow through it; what `f` assigns to variables is assigned after each step.
CORNU_API ScanStep scan(const std::function<ScanStep(const Tree<Tensor>& carry, const Tree<Tensor>& x)>& f,
                        const Tree<Tensor>& init, const Tree<Tensor>& xs, const ScanConfig& config = {});
/// f of each element along the first axis, stacked.
CORNU_API Tree<Tensor> map(const std::function<Tree<Tensor>(const Tree<Tensor>&)>& f, const Tree<Tensor>& xs);
/// All partial results of an associative function along an axis: x0, f(x0, x1), f(f(x0, x1), x2), ..., in a number of
/// calls that grows with the logarithm of its length. `f` gets many elements at once, along `axis`. Where the length
/// is not known, which is one at least, it is called for one element after the other.
CORNU_API Tree<Tensor> associative_scan(const std::function<Tree<Tensor>(const Tree<Tensor>&, const Tree<Tensor>&)>& f,
                                        const Tree<Tensor>& elems, bool reverse = false, int axis = 0);
/// `variables = body(variables)` while `condition(variables)`, a scalar, is true or not 0; at most so many times.
/// Structure, shapes and types stay. It has no gradient.
CORNU_API Tree<Tensor> while_loop(const std::function<Tensor(const Tree<Tensor>&)>& condition,
                                  const std::function<Tree<Tensor>(const Tree<Tensor>&)>& body,
                                  const Tree<Tensor>& variables, std::optional<int64_t> maximum_iterations = {});
/// `value = body(i, value)` for i from `lower` up to but without `upper`, whole numbers. It has gradients if both
/// bounds are known when the code is traced.
CORNU_API Tree<Tensor> fori_loop(const Tensor& lower, const Tensor& upper,
                                 const std::function<Tree<Tensor>(const Tensor& i, const Tree<Tensor>& value)>& body,
                                 const Tree<Tensor>& init);
/// What `branches[index]()` gives; `index`, a whole number, is brought to the nearest one there is. All give one
/// structure of equal shapes and types.
CORNU_API Tree<Tensor> switch_case(const Tensor& index, const std::vector<std::function<Tree<Tensor>()>>& branches);
/// What `if_true()` gives if `pred`, a scalar, is true or not 0, else what `if_false()` gives: a Tensor, several in a
/// vector, or a tree of them.
CORNU_API Tree<Tensor> cond_tree(const Tensor& pred, const std::function<Tree<Tensor>()>& if_true,
                                 const std::function<Tree<Tensor>()>& if_false);
template <class F, class G>
auto cond(const Tensor& pred, const F& if_true, const G& if_false) -> std::invoke_result_t<const F&> {
  const Tree<Tensor> out = cond_tree(pred, if_true, if_false);
  using Result = std::invoke_result_t<const F&>;
  if constexpr (std::is_same_v<Result, Tensor>)
    return out.leaf();
  else if constexpr (std::is_same_v<Result, std::vector<Tensor>>)
    return out.leaves();
  else
    return out;
}

/// What a function of one's own gradient gives: its value, and from the gradient of each part of that the gradient of
/// each argument.
struct WithGradient {
  std::vector<Tensor> value;
  std::function<std::vector<Tensor>(const std::vector<Tensor>& upstream)> gradient;
};
/// A function whose gradient is what it says itself.
CORNU_API Function custom_gradient(std::function<WithGradient(const std::vector<Tensor>&)> f);

}  // namespace cornu::ops
