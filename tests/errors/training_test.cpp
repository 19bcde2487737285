// What compile, fit, evaluate and predict say.
#include "errors/check_errors.h"

namespace cornu {
namespace {

Sequential net(int64_t outputs = 1) {
  return {{Input({4}), Dense(3, {.activation = "relu", .name = "hidden"}), Dense(outputs, {.name = "out"})}, "mlp"};
}
Sequential compiled(const char* loss = "mse", int64_t outputs = 1) {
  Sequential m = net(outputs);
  m.compile({.optimizer = "adam", .loss = loss, .metrics = {"accuracy"}});
  return m;
}
const Tensor x({6, 4}), y({6, 1});

std::function<void()> fit_with(FitConfig c) {
  return [c] {
    FitConfig quiet = c;
    quiet.verbose = 0;
    compiled().fit(x, y, quiet);
  };
}

TEST(Errors, Training) {
  const Tensor labels({6}, std::vector<int32_t>{0, 1, 2, 3, 1, 0});
  check_errors(
      "training.txt",
      {
          {"unknown_optimizer", [] { net().compile({.optimizer = "adm"}); }},
          {"unknown_loss", [] { net().compile({.loss = "binary_crossentorpy"}); }},
          {"unknown_metric",
           [] {
             Sequential m = net();
             m.compile({.loss = "mse", .metrics = {"acuracy"}});
             m.fit(x, y, {.verbose = 0});
           }},
          {"fit_before_compile", [] { net().fit(x, y); }},
          {"evaluate_before_compile", [] { net().evaluate(x, y); }},
          {"fit_without_a_loss",
           [] {
             Sequential m = net();
             m.compile();
             m.fit(x, y, {.verbose = 0});
           }},
          {"x_of_another_width",
           [] {
             compiled().fit(Tensor({6, 5}), y, {.verbose = 0});
           }},
          {"x_without_batch_axis", [] { compiled().fit(Tensor({4}), Tensor({4}), {.verbose = 0}); }},
          {"x_without_rows",
           [] {
             compiled().fit(Tensor(Shape{0, 4}), Tensor(Shape{0, 1}), {.verbose = 0});
           }},
          {"x_and_y_of_different_rows",
           [] {
             compiled().fit(x, Tensor({5, 1}), {.verbose = 0});
           }},
          {"y_of_another_width",
           [] {
             compiled().fit(x, Tensor({6, 3}), {.verbose = 0});
           }},
          {"y_one_hot_of_another_width",
           [] {
             compiled("categorical_crossentropy", 5).fit(x, Tensor({6, 3}), {.verbose = 0});
           }},
          {"y_binary_of_another_width",
           [] {
             compiled("binary_crossentropy", 1).fit(x, Tensor({6, 3}), {.verbose = 0});
           }},
          {"y_sparse_of_another_width",
           [] {
             compiled("sparse_categorical_crossentropy", 5).fit(x, Tensor({6, 3}), {.verbose = 0});
           }},
          {"y_class_that_the_model_has_no_output_for",
           [&] { compiled("sparse_categorical_crossentropy", 3).fit(x, labels, {.verbose = 0}); }},
          {"y_labels_one_and_two",
           [] {
             compiled("binary_crossentropy").fit(x, Tensor({6}, {1, 2, 1, 2, 1, 1}), {.verbose = 0});
           }},
          {"y_labels_minus_one_and_one",
           [] {
             compiled("binary_crossentropy").evaluate(x, Tensor({6}, {-1, 1, 1, 1, -1, 1}));
           }},
          {"y_numbers_for_a_loss_of_probabilities",
           [] {
             compiled("binary_crossentropy").train_on_batch(x, Tensor({6}, {0, 0.5, 1.5, 2, 3, 20}));
           }},
          {"y_class_numbers_for_a_loss_of_one_hot_rows",
           [] { compiled("categorical_crossentropy", 5).fit(x, y, {.verbose = 0}); }},
          {"y_one_hot_for_a_loss_of_class_numbers",
           [] {
             compiled("sparse_categorical_crossentropy", 5).fit(x, Tensor({6, 5}), {.verbose = 0});
           }},
          {"y_missing", [] { compiled().fit(x, Tensor(), {.verbose = 0}); }},
          {"sample_weight_of_other_rows", fit_with({.sample_weight = Tensor({5})})},
          {"sample_weight_of_two_columns", fit_with({.sample_weight = Tensor({6, 2})})},
          {"validation_split_of_one", fit_with({.validation_split = 1})},
          {"validation_split_negative", fit_with({.validation_split = -0.1})},
          {"validation_split_that_leaves_nothing", fit_with({.validation_split = 0.99})},
          {"validation_data_of_different_rows",
           fit_with({.validation_data = ValidationData{Tensor({3, 4}), Tensor({2, 1})}})},
          {"validation_data_of_another_width",
           fit_with({.validation_data = ValidationData{Tensor({3, 5}), Tensor({3, 1})}})},
          {"batch_size_zero", fit_with({.batch_size = 0})},
          {"epochs_negative", fit_with({.epochs = -1})},
          {"steps_per_epoch_zero", fit_with({.steps_per_epoch = 0})},
          {"loss_weights_of_two",
           [] {
             Sequential m = net();
             m.compile({.loss = "mse", .loss_weights = {1, 2}});
             m.fit(x, y, {.verbose = 0});
           }},
          {"optimizer_clip_twice",
           [] {
             Sequential m = net();
             m.compile({.optimizer = optimizers::Adam({.clipnorm = 1.0, .clipvalue = 1.0}), .loss = "mse"});
             m.fit(x, y, {.verbose = 0});
           }},
          {"predict_batch_size_zero", [] { net().predict(x, {.batch_size = 0}); }},
          {"predict_another_width",
           [] {
             net().predict(Tensor({6, 2}));
           }},
          {"evaluate_different_rows",
           [] {
             compiled().evaluate(x, Tensor({5, 1}));
           }},
          {"loss_without_a_gradient",
           [] {
             Sequential m = net();
             m.compile({.loss = [](const Tensor& t, const Tensor& p) { return ops::cast(t > p, DType::f32); }});
             m.fit(x, y, {.verbose = 0});
           }},
          {"fit_within_a_fit",
           [] {
             Sequential m = compiled();
             m.fit(x, y, {.verbose = 0, .callbacks = {callbacks::LambdaCallback({.on_epoch_end = [&](int64_t, Logs&) {
                                          m.fit(x, y, {.verbose = 0});
                                        }})}});
           }},
          {"callback_of_two_fits",
           [] {
             std::shared_ptr<Callback> one;
             one = callbacks::LambdaCallback(
                 {.on_epoch_end = [&](int64_t, Logs&) { compiled().fit(x, y, {.verbose = 0, .callbacks = {one}}); }});
             compiled().fit(x, y, {.verbose = 0, .callbacks = {one}});
           }},
          {"predictor_of_other_layers",
           [] {
             Sequential m = net();
             Predictor p(m, 1);
             m.add(Dense(2));
             p(x.data<float>().data(), nullptr);
           }},
          {"predictor_moved_from",
           [] {
             Predictor p(net(), 1);
             const Predictor other = std::move(p);
             p.input_size();
           }},
          {"early_stopping_mode", [] { callbacks::EarlyStopping({.mode = "maximum"}); }},
          {"k_fold_too_many", [] { k_fold(3, 5); }},
          {"cross_validation_rows",
           [] {
             cross_validate([] { return compiled(); }, x, Tensor({5, 1}));
           }},
          {"schedule_without_steps",
           [] { schedules::ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 0, .decay_rate = 0.9}); }},
      });
}

}  // namespace
}  // namespace cornu
