// What layers, models and the names given to them say.
#include "errors/check_errors.h"

namespace cornu {
namespace {

Sequential net(int64_t inputs = 4) {
  return {{Input({inputs}), Dense(3, {.activation = "relu", .name = "hidden"}), Dense(1, {.name = "out"})}, "mlp"};
}

struct Parts : LayerImpl {
  explicit Parts(const std::string& n) { name = n; }
  std::string class_name() const override { return "Parts"; }
  Value get_config() const override { return Value::object(); }
  Tensor call(const Tensor& x, const CallContext&) override { return inner(x); }
  Layer inner = Dense(2, {.name = "inner"});
};
Layer Forgetful() { return Layer(std::make_shared<Parts>("forgetful")); }
struct Twice final : Parts {
  Twice() : Parts("twice") {}
  void build(const Shape&) override {
    add_layer(inner, "dense");
    add_layer(Dense(2), "dense");
  }
};
Layer SamePlace() { return Layer(std::make_shared<Twice>()); }

TEST(Errors, Layers) {
  check_errors("layers.txt", {
                                 {"dense_negative_units", [] { Dense(-3, {.name = "hidden"}); }},
                                 {"dense_input_of_one_axis",
                                  [] {
                                    Sequential m({Input(Shape{}), Dense(2, {.name = "hidden"})}, "mlp");
                                    m.build({});
                                  }},
                                 {"dense_unknown_width",
                                  [] {
                                    Sequential m({Input({-1}), Dense(2, {.name = "hidden"})}, "mlp");
                                    m.build({-1});
                                  }},
                                 {"dense_other_width_than_built_for",
                                  [] {
                                    const Layer dense = Dense(2, {.name = "hidden"});
                                    dense(Tensor({1, 3}));
                                    dense(Tensor({1, 5}));
                                  }},
                                 {"model_other_width_than_built_for",
                                  [] {
                                    net().predict(Tensor({2, 5}));
                                  }},
                                 {"model_other_rank_than_built_for",
                                  [] {
                                    net().predict(Tensor({2, 5, 4}));
                                  }},
                                 {"unknown_activation", [] { Dense(3, {.activation = "rellu"}); }},
                                 {"unknown_initializer", [] { Dense(3, {.kernel_initializer = "glorot_unifrom"}); }},
                                 {"unknown_regularizer", [] { Dense(3, {.kernel_regularizer = "l3"}); }},
                                 {"unknown_constraint", [] { Dense(3, {.kernel_constraint = "nonneg"}); }},
                                 {"unknown_dtype", [] { Dense(3, {.dtype = "float23"}); }},
                                 {"dropout_rate", [] { Dropout(1.5, {.name = "drop"}); }},
                                 {"softmax_axis_out_of_range",
                                  [] {
                                    Sequential m({Input({4}), Softmax({.axis = 3, .name = "probabilities"})}, "mlp");
                                    m.build({4});
                                  }},
                                 {"reshape_to_other_size",
                                  [] {
                                    Sequential m({Input({4}), Reshape({3})}, "mlp");
                                    m.build({4});
                                  }},
                                 {"batch_normalization_axis",
                                  [] {
                                    Sequential m({Input({4}), BatchNormalization({.axis = 4, .name = "norm"})}, "mlp");
                                    m.build({4});
                                  }},
                                 {"two_layers_of_one_name",
                                  [] {
                                    Sequential({Dense(2, {.name = "a"}), Dense(2, {.name = "a"})}, "mlp");
                                  }},
                                 {"input_that_is_not_first",
                                  [] {
                                    Sequential({Dense(2), Input({3})}, "mlp");
                                  }},
                                 {"no_such_layer", [] { net().get_layer("hiden"); }},
                                 {"no_such_weight",
                                  [] {
                                    Sequential m = net();
                                    m.build({4});
                                    m.get_layer("hidden").weight("kernal");
                                  }},
                                 {"weight_before_build", [] { Dense(2, {.name = "hidden"}).weight("kernel"); }},
                                 {"set_weights_too_few",
                                  [] {
                                    Sequential m = net();
                                    m.build({4});
                                    m.set_weights({Tensor({4, 3})});
                                  }},
                                 {"set_weights_other_shape",
                                  [] {
                                    Sequential m = net();
                                    m.build({4});
                                    m.set_weights({Tensor({4, 3}), Tensor({3}), Tensor({1, 3}), Tensor({1})});
                                  }},
                                 {"count_params_before_build", [] { Sequential({Dense(2)}, "mlp").count_params(); }},
                                 {"shapes_that_do_not_broadcast",
                                  [] {
                                    ops::add(Tensor({2, 3}), Tensor({2, 4}));
                                  }},
                                 {"matmul_sizes",
                                  [] {
                                    ops::matmul(Tensor({2, 3}), Tensor({4, 5}));
                                  }},
                                 {"data_of_another_type",
                                  [] {
                                    Tensor({2, 3}).data<int32_t>();
                                  }},
                                 {"tensor_from_too_few_numbers",
                                  [] {
                                    Tensor({2, 2}, {1, 2, 3});
                                  }},
                                 {"size_that_is_not_known",
                                  [] {
                                    (void)(Shape{-1, 4}[0] * 2);
                                  }},
                                 {"layer_that_nobody_has",
                                  [] {
                                    Forgetful()(Tensor({1, 4}));
                                  }},
                                 {"layer_at_the_path_of_another",
                                  [] {
                                    SamePlace()(Tensor({1, 4}));
                                  }},
                                 {"null_for_a_name", [] { Initializer(static_cast<const char*>(nullptr)); }},
                                 {"values_of_a_trace",
                                  [] {
                                    ops::jit([](const std::vector<Tensor>& in) -> std::vector<Tensor> {
                                      return {in[0].rows(0, 1)};
                                    })({Tensor({2, 2})});
                                  }},
                                 {"gradient_of_integers",
                                  [] {
                                    ops::grad([](const std::vector<Tensor>& in) -> std::vector<Tensor> {
                                      return {ops::sum(in[0])};
                                    })({Tensor({2}, DType::i32)});
                                  }},
                                 {"number_of_an_array",
                                  [] {
                                    Tensor({2, 2}).item();
                                  }},
                             });
}

}  // namespace
}  // namespace cornu
