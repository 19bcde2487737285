// What graphs of layers say that cannot be, and data, losses and metrics that do not fit their inputs and outputs.
#include "errors/check_errors.h"

namespace cornu {
namespace {

Tensor dense(int64_t units, const char* name, const Tensor& x) { return Dense(units, {.name = name})(x); }
Tensor input(int64_t width, const char* name) {
  const Input made({width});
  made->name = name;
  return made;
}

/// Inputs a of 3 and b of 2 numbers, outputs u and v of 1 each.
Model pair(CompileConfig config = {.loss = "mse"}) {
  const Tensor a = input(3, "a"), b = input(2, "b");
  Model m({a, b}, {dense(1, "u", a), dense(1, "v", b)}, "pair");
  m.compile(std::move(config));
  return m;
}
const Tensor kA({4, 3}), kB({4, 2}), kY({4, 1});

std::function<void()> compiled_as(CompileConfig config) {
  return [config] { pair(config).fit({kA, kB}, {kY, kY}, {.verbose = 0}); };
}

struct Nothing final : LayerImpl {
  Nothing() { name = "nothing"; }
  std::string class_name() const override { return "Nothing"; }
  Value get_config() const override { return Value::object(); }
  Tree<Tensor> call_inputs(const Tree<Tensor>&, const CallContext&) override { return {}; }
};

}  // namespace

TEST(Errors, Graphs) {
  check_errors(
      "graphs.txt",
      {
          {"an_output_of_another_input",
           [] { Model(input(3, "a"), dense(1, "out", dense(2, "hidden", input(3, "b"))), "m"); }},
          {"one_input_twice",
           [] {
             const Tensor a = input(3, "a");
             Model({a, a}, dense(1, "out", a), "m");
           }},
          {"no_output", [] { Model(input(3, "a"), Tree<Tensor>(), "m"); }},
          {"arrays_as_inputs",
           [] {
             const Tensor a = input(3, "a");
             Model(kA, dense(1, "out", a), "m");
           }},
          {"two_layers_of_one_name",
           [] {
             const Tensor a = input(3, "a");
             Model(a, dense(1, "same", dense(2, "same", a)), "m");
           }},
          {"a_layer_that_gives_nothing", [] { Layer(std::make_shared<Nothing>())(input(3, "a")); }},
          {"sums_of_other_shapes",
           [] {
             Add({.name = "sum"})({input(3, "a"), input(2, "b")});
           }},
          {"one_tensor_to_merge", [] { Add({.name = "sum"})(kA); }},
          {"three_to_subtract",
           [] {
             Subtract({.name = "less"})({kY, kY, kY});
           }},
          {"other_sizes_to_concatenate",
           [] {
             Concatenate({.axis = 0, .name = "joined"})({kA, kB});
           }},
          {"a_model_in_itself",
           [] {
             Sequential outer({}, "outer"), inner({}, "inner");
             outer.add(inner);
             inner.add(outer);
           }},
          {"one_input_of_two", [] { pair().predict({kA}); }},
          {"other_names_of_inputs",
           [] {
             pair().predict({{"a", kA}, {"c", kB}});
           }},
          {"an_input_that_is_missing",
           [] {
             pair().predict({kA, Tree<Tensor>()});
           }},
          {"an_input_of_other_width",
           [] {
             pair().predict({kA, kA});
           }},
          {"inputs_of_other_rows",
           [] {
             pair().predict({kA, Tensor({5, 2})});
           }},
          {"targets_of_other_rows",
           [] {
             pair().fit({kA, kB}, {kY, Tensor({3, 1})}, {.verbose = 0});
           }},
          {"three_targets_of_two",
           [] {
             pair().fit({kA, kB}, {kY, kY, kY}, {.verbose = 0});
           }},
          {"other_names_of_targets",
           [] {
             pair().fit({kA, kB}, {{"u", kY}, {"w", kY}, {"v", kY}}, {.verbose = 0});
           }},
          {"three_losses_of_two", compiled_as({.loss = {"mse", "mse", "mse"}})},
          {"losses_by_other_names", compiled_as({.loss = Tree<Loss>::named({{"u", "mse"}, {"w", "mse"}})})},
          {"a_loss_for_some_names", compiled_as({.loss = Tree<Loss>::named({{"u", "mse"}})})},
          {"loss_weights_by_other_names",
           compiled_as({.loss = "mse", .loss_weights = Tree<double>::named({{"w", 1}})})},
          {"one_list_of_metrics_for_two", compiled_as({.loss = "mse", .metrics = {"mae"}})},
          {"metrics_by_other_names", compiled_as({.loss = "mse", .metrics = Tree<MetricSpec>::named({{"w", "mae"}})})},
          {"symbolic_ends_of_no_graph", [] { Sequential({Dense(1)}, "stack").inputs(); }},
      });
}

}  // namespace cornu
