// Our own files: what is saved comes back to the bit, trains on alike, and carries what the user adds.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "io/hdf5_reader.h"
#include "io/zip.h"
#include "nn/model.h"
#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

struct Net {
  std::string name;
  std::function<Model()> make;
  bool random = false;  ///< Keras' files have no random states, so that losses after loading are others.
};

Model compiled(std::initializer_list<Layer> layers, CompileConfig config) {
  Sequential m(layers);
  m.compile(std::move(config));
  return m;
}

std::vector<Net> nets() {
  using namespace optimizers;
  const auto plain = [] {
    return std::vector<Layer>{Input({6}), Dense(5, {.activation = "tanh"}), Dense(1, {.activation = "sigmoid"})};
  };
  const auto with = [plain](const char* name, auto optimizer) {
    return Net{name, [plain, optimizer] {
                 Sequential m(plain());
                 m.compile({.optimizer = optimizer(), .loss = "binary_crossentropy", .metrics = {"accuracy"}});
                 return m;
               }};
  };
  return {
      with("adam", [] { return Adam({.learning_rate = 0.01}); }),
      with("adamw_ema",
           [] { return AdamW({.learning_rate = 0.01, .global_clipnorm = 1, .use_ema = true, .ema_momentum = 0.9}); }),
      with("sgd", [] { return SGD(); }),
      with("sgd_momentum", [] { return SGD({.learning_rate = 0.05, .momentum = 0.9, .nesterov = true}); }),
      with("adam_accumulating", [] { return Adam({.learning_rate = 0.01, .gradient_accumulation_steps = 2}); }),
      with("adam_amsgrad", [] { return Adam({.learning_rate = 0.01, .amsgrad = true}); }),
      with("adam_schedule",
           [] {
             return Adam({.learning_rate = schedules::CosineDecay({.initial_learning_rate = 0.05, .decay_steps = 20})});
           }),
      with("sgd_piecewise",
           [] {
             return SGD({.learning_rate =
                             schedules::PiecewiseConstantDecay({.boundaries = {5, 10}, .values = {0.1, 0.05, 0.01}})});
           }),
      with("lamb", [] { return Optimizer("lamb"); }),
      with("adadelta", [] { return Adadelta({.learning_rate = 0.5}); }),
      with("lion", [] { return Optimizer("lion"); }),
      with("ftrl", [] { return Ftrl({.learning_rate = 0.05, .l1_regularization_strength = 0.01}); }),
      with("adafactor", [] { return Optimizer("adafactor"); }),
      with("schedule_free", [] { return ScheduleFreeAdamW({.learning_rate = 0.01}); }),
      with("muon", [] { return Optimizer("muon"); }),
      with("loss_scale", [] { return LossScaleOptimizer({.inner_optimizer = Adam({.learning_rate = 0.01})}); }),
      with("adamax", [] { return Optimizer("adamax"); }),
      with("nadam", [] { return Optimizer("nadam"); }),
      with("adagrad", [] { return Optimizer("adagrad"); }),
      with("rmsprop", [] { return Optimizer("rmsprop"); }),
      {"objects",
       [] {
         return compiled({Input({6}), Rescaling(0.5, {.offset = 0.1}), Dense(1)},
                         {.optimizer = Adam({.learning_rate = 0.02}),
                          .loss = losses::Huber({.delta = 0.7}),
                          .loss_weights = {0.5},
                          .metrics = {metrics::MeanAbsoluteError({.name = "mine"}), "mse"},
                          .weighted_metrics = {"mae"}});
       }},
      {"regularized",
       [] {
         return compiled({Input({6}),
                          Dense(4, {.activation = "relu",
                                    .kernel_initializer = initializers::HeNormal({.seed = 3}),
                                    .kernel_regularizer = "l2",
                                    .activity_regularizer = "l1",
                                    .kernel_constraint = "max_norm"}),
                          Dense(1, {.use_bias = false})},
                         {.optimizer = SGD({.learning_rate = 0.05}), .loss = "mse"});
       }},
      {"dropout",
       [] {
         return compiled({Input({6}), Dense(8), Dropout(0.3), Dense(1)},
                         {.optimizer = Adam({.learning_rate = 0.01}), .loss = "mse", .metrics = {"mae"}});
       },
       true},
      {"nested",
       [] {
         return compiled({Input({2, 3}), Flatten(), Sequential({Dense(4, {.activation = "relu"}), Dense(3)}),
                          Sequential({Dense(2)}), Dense(1)},
                         {.optimizer = Adam({.learning_rate = 0.01}), .loss = "mse"});
       }},
      {"every_layer",
       [] {
         return compiled({Input({6}), Dense(6, {.activation = "silu"}), BatchNormalization(), PReLU(), Reshape({2, 3}),
                          Permute({2, 1}), LayerNormalization(), LeakyReLU({.negative_slope = 0.1}), Flatten(),
                          ELU({.alpha = 0.5}), RepeatVector(2), Flatten(), ReLU({.max_value = 2}), Dense(3), Softmax(),
                          Dense(1, {.activation = "sigmoid"})},
                         {.optimizer = "adam", .loss = "binary_crossentropy"});
       }},
      {"uncompiled",
       [] {
         return Sequential({Input({6}), Dense(3, {.activation = "softmax"})});
       }},
  };
}

class RoundTrip : public ::testing::TestWithParam<size_t> {};

}  // namespace

/// With CORNU_KEEP_FILES=FOLDER the files stay there, with the JSON that tools/check_keras_files.py compares with.
TEST_P(RoundTrip, LoadsAndTrainsOnToTheBit) {
  const Net net = nets()[GetParam()];
  set_random_seed(7);
  clear_session();
  Model model = net.make();
  const Shape in = model.layers()[0]->class_name() == "Flatten" ? Shape{32, 2, 3} : Shape{32, 6};
  const Tensor x = numbers(in, 1), y = labels_of(x);
  const bool trains = model.optimizer() && net.name != "uncompiled";
  if (trains) next_losses(model, x, y, 8, 6);
  model.build(in.slice(1));
  model.metadata()["class_names"] = Value::Array{"no", "yes"};
  model.metadata()["threshold"] = 0.25;

  const Folder folder;
  const char* keep = std::getenv("CORNU_KEEP_FILES");
  if (keep) fs::create_directories(keep);
  const std::string stem = keep ? (fs::path(keep) / net.name).string() : folder / net.name;
  model.save(stem + ".keras");
  Model loaded = load_model(stem + ".keras");
  EXPECT_EQ(loaded.name(), model.name());
  EXPECT_EQ(loaded.metadata(), model.metadata());
  EXPECT_EQ(loaded.summary(), model.summary());
  expect_same_bits(loaded.get_weights(), model.get_weights(), "weight");
  expect_same_bits(loaded.predict(x), model.predict(x), "prediction");
  const std::string again = folder / "again.keras";
  loaded.save(again);
  for (const char* member : {"config.json", "model.weights.h5"})
    EXPECT_EQ(ZipReader::open(stem + ".keras").read(member), ZipReader::open(again).read(member)) << member;

  Value about = about_file(model, x.rows(0, 5));
  if (trains) {
    const std::vector<double> expected = next_losses(model, x, y, 8, 20);
    if (!net.random) {
      EXPECT_EQ(next_losses(loaded, x, y, 8, 20), expected);
      about["train_x"] = array_value(x);
      about["train_y"] = array_value(y);
      about["batch_size"] = 8;
      about["losses"] = Codec<std::vector<double>>::to_value(expected);
    }
  }
  if (keep) write_file_atomically(stem + ".json", write_json(about));
}
INSTANTIATE_TEST_SUITE_P(Nets, RoundTrip, ::testing::Range(size_t{0}, nets().size()),
                         [](const auto& info) { return nets()[info.param].name; });

TEST(WeightsFile, RoundTripsAndLoadsFromKerasFilesToo) {
  const Folder folder;
  const auto make = [] {
    Sequential m{Input({3}), Dense(4), Dense(2)};
    m.compile({.optimizer = "adam", .loss = "mse"});
    return m;
  };
  Sequential a = make();
  const Tensor x = numbers({8, 3}, 1), y = numbers({8, 2}, 2);
  next_losses(a, x, y, 4, 5);
  a.save_weights(folder / "a.weights.h5");
  a.save(folder / "a.keras");
  for (const char* file : {"a.weights.h5", "a.keras"}) {
    Sequential b = make();
    b.load_weights(folder / file);
    expect_same_bits(b.get_weights(), a.get_weights(), file);
    EXPECT_EQ(b.optimizer()->iterations(), 5);
    if (std::string(file) != "a.keras") continue;  // the last: `a` trains on here
    EXPECT_EQ(next_losses(b, x, y, 4, 5), next_losses(a, x, y, 4, 5));
  }
  Sequential other{Input({3}), Dense(4), Dense(2)};  // not compiled: the optimizer's state has no place
  other.load_weights(folder / "a.weights.h5");
  Sequential sgd{Input({3}), Dense(4), Dense(2)};  // another optimizer keeps its own state
  sgd.compile({.optimizer = "sgd", .loss = "mse"});
  sgd.load_weights(folder / "a.weights.h5");
  EXPECT_EQ(sgd.optimizer()->iterations(), 0);
}

TEST(WeightsFile, KeepsDoubles) {
  const Folder folder;
  const auto make = [] { return Sequential{Input({3}, DType::f64), Dense(4, {.dtype = "float64"})}; };
  Sequential a = make(), b = make();
  a.build({3});
  b.build({3});
  a.save_weights(folder / "a.weights.h5");
  EXPECT_EQ(H5Reader::open(folder / "a.weights.h5").info("layers/dense/vars/0").type, "float64");
  b.load_weights(folder / "a.weights.h5");
  expect_same_bits(b.get_weights(), a.get_weights(), "weight");
  a.save(folder / "a.keras");
  expect_same_bits(load_model(folder / "a.keras").get_weights(), a.get_weights(), "weight");
}

TEST(WeightsFile, SaysWhatDoesNotFitAndChangesNothing) {
  const Folder folder;
  Sequential a{Input({3}), Dense(4), Dense(2)};
  a.build({3});
  a.save_weights(folder / "a.weights.h5");
  const std::string path = folder / "a.weights.h5";
  const auto error = [&](Sequential m) {
    m.build({3});
    const std::vector<Tensor> before = m.get_weights();
    const std::string text = error_of([&] { m.load_weights(path); });
    expect_same_bits(m.get_weights(), before, "weight");
    return text;
  };
  EXPECT_EQ(error(Sequential{Input({3}), Dense(4, {.name = "first"}), Dense(5, {.name = "wide"})}),
            "ShapeError: " + path + ": weight 'kernel' of layer Dense 'wide' must have shape (4, 5), got (4, 2)");
  EXPECT_EQ(error(Sequential{Input({3}), Dense(4, {.use_bias = false, .name = "bare"}), Dense(2)}),
            "FileError: " + path + ": layer Dense 'bare' has 1 weights, but the file has 2 in 'layers/dense/vars'");
  EXPECT_EQ(error(Sequential{Input({3}), Dense(4), Dense(2), Dense(2, {.name = "third"})}),
            "FileError: " + path + ": layer Dense 'third' has 2 weights, but the file has 0 in 'layers/dense_2/vars'");
}

TEST(SavedFile, NamesMustHaveKerasEndings) {
  Sequential m{Input({3}), Dense(1)};
  m.build({3});
  EXPECT_NE(error_of([&] { m.save("model.h5"); }).find("must end in '.keras'"), std::string::npos);
  EXPECT_NE(error_of([&] { m.save_weights("model.h5"); }).find("must end in '.weights.h5'"), std::string::npos);
}

/// As in Keras: the file has the function's name, which loading has to know, unless it goes without.
TEST(SavedFile, FunctionsAreSavedByTheirNames) {
  Sequential m{Input({3}), Dense(1)};
  m.compile({.loss = Loss([](const Tensor& y, const Tensor& p) { return ops::square(y - p); }, "own")});
  const std::string bytes = save_model_bytes(m);
  const std::string error = error_of([&] { load_model_bytes(bytes); });
  EXPECT_NE(error.find("'own' is unknown"), std::string::npos) << error;
  EXPECT_NE(error.find("compile = false"), std::string::npos) << error;
  EXPECT_FALSE(load_model_bytes(bytes, {.compile = false}).model().compiled);
}

TEST(SavedFile, ModelsThatStartWithInputHaveWeights) {
  Sequential m{Input({4}), Dense(3)};
  m.add(Dense(1));
  EXPECT_EQ(m.get_weights().size(), 4u);
  EXPECT_EQ(m.count_params(), 19);
  const Tensor x({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(load_model_bytes(save_model_bytes(m)).predict(x).to_doubles(), m.predict(x).to_doubles());
  EXPECT_THROW(m.add(Reshape({7})), Error);
  EXPECT_EQ(m.layers().size(), 2u);  // what does not fit is not kept
  m.pop();
  EXPECT_EQ(m.count_params(), 15);
}

TEST(SavedFile, LayersMayStandForActivations) {
  Value layer = serialize<LayerImpl>(LeakyReLU({.negative_slope = 0.1}).impl().get());
  Sequential m{Input({2}), Dense(2, {.activation = Codec<Activation>::from_value(layer),
                                     .use_bias = false,
                                     .kernel_initializer = "identity"})};
  const Tensor x({1, 2}, {-1, 2});
  const Model again = load_model_bytes(save_model_bytes(m));
  for (Model model : {Model(m), again}) {
    EXPECT_NEAR(model.predict(x).to_doubles()[0], -0.1, 1e-6);
    EXPECT_EQ(model.predict(x).to_doubles()[1], 2);
  }
  const Value with_weights = serialize<LayerImpl>(PReLU().impl().get());
  EXPECT_NE(error_of([&] {
              Sequential{Input({2}), Dense(2, {.activation = Codec<Activation>::from_value(with_weights)})};
            }).find("must be a layer of its own"),
            std::string::npos);
}

TEST(SavedFile, ActivationsOfKerasKeepTheirNames) {
  register_activation(
      "relu", [](const Tensor& x) { return x * 7.0; }, "me");
  const Tensor x({1}, {2});
  EXPECT_EQ(Activation("relu")(x).item(), 2);
  EXPECT_EQ(Activation("me>relu")(x).item(), 14);
  const Value own = Codec<Activation>::to_value("me>relu");
  EXPECT_EQ(Codec<Activation>::from_value(own)(x).item(), 14);
}

TEST(SavedFile, AFailureLeavesTheOldFile) {
  const Folder folder;
  Sequential m{Input({3}), Dense(1)};
  m.build({3});
  m.save(folder / "m.keras");
  const std::string before = read_file(folder / "m.keras");
  // No room: files of this process may have 1 kB, so the write fails as on a full disk.
  rlimit old{}, small{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 1024;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { m.save(folder / "m.keras"); });
  const std::string backup = error_of([&] { save_checkpoint(m, folder / "m.keras"); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(error.find("FileError"), std::string::npos) << error;
  EXPECT_NE(backup.find("FileError"), std::string::npos) << backup;
  EXPECT_EQ(read_file(folder / "m.keras"), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()), 1) << "nothing else stays";
}
