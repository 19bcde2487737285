// What files hold besides numbers, against whole files that Keras wrote: of every class, and of models made in C++.
#include <gtest/gtest.h>

#include "io/zip.h"
#include "nn/model.h"
#include "nn/registry.h"
#include "saving/config.h"
#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

template <class Base>
Value again(const Value& form) {
  return serialize<Base>(make_configurable<Base>(form).get());
}

/// A form read, and the object written again.
Value read_and_written(const std::string& module, const Value& form) {
  if (module == LayerImpl::kModule) return again<LayerImpl>(form);
  if (module == LossImpl::kModule) return again<LossImpl>(form);
  if (module == MetricImpl::kModule) return again<MetricImpl>(form);
  if (module == OptimizerImpl::kModule) return again<OptimizerImpl>(form);
  if (module == ScheduleImpl::kModule) return again<ScheduleImpl>(form);
  if (module == InitializerImpl::kModule) return again<InitializerImpl>(form);
  if (module == RegularizerImpl::kModule) return again<RegularizerImpl>(form);
  return again<ConstraintImpl>(form);
}

/// What test_files.py makes in Python, and tools/golden/saved_models.py on Keras.
std::map<std::string, std::function<Model()>> models() {
  const auto compiled = [](Sequential m, CompileConfig config) {
    m.compile(std::move(config));
    return m;
  };
  const DTypePolicy f64 = "float64";
  return {
      {"plain",
       [=] {
         const std::vector<Layer> layers{Input({3}), Dense(4, {.activation = "relu"}), Dropout(0.5),
                                         Dense(1, {.activation = "sigmoid"})};
         return compiled(Sequential(layers, "plain"),
                         {.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
       }},
      {"without_input",
       [=] {
         return Sequential{Dense(4), Dense(1)};
       }},
      {"built_later",
       [=] {
         Sequential m{Dense(4), Dense(1)};
         m.build({3});
         return compiled(m, {.optimizer = optimizers::SGD({.learning_rate = 0.125, .momentum = 0.5}), .loss = "mse"});
       }},
      {"frozen",
       [=] {
         Sequential m{Input({3}), Dense(2), Dense(1)};
         m.layers()[0].set_trainable(false);
         return compiled(m, {.optimizer = "sgd", .loss = "mse"});
       }},
      {"wide",
       [=] {
         return Sequential{Input({3}, DType::f64), Dense(2, {.dtype = f64}), Dense(1, {.dtype = f64})};
       }},
      {"nested",
       [=] {
         const Sequential inner(std::vector<Layer>{Input({3}), Dense(2)}, "inner");
         return compiled(Sequential{Input({3}), inner, Dense(1)}, {.optimizer = "adam", .loss = "mse"});
       }},
      {"nested_built_later",
       [=] {
         Sequential m{Sequential{Dense(2)}, Dense(1)};
         m.build({3});
         return m;
       }},
      {"optimizer_options",
       [=] {
         const schedules::ExponentialDecay rate({.initial_learning_rate = 0.125, .decay_steps = 10, .decay_rate = 0.5});
         return compiled(Sequential{Input({3}), Dense(1)},
                         {.optimizer = optimizers::AdamW({.learning_rate = rate,
                                                          .clipnorm = 1,
                                                          .use_ema = true,
                                                          .ema_overwrite_frequency = 3,
                                                          .gradient_accumulation_steps = 2}),
                          .loss = "mse",
                          .loss_weights = {2},
                          .metrics = {"mae"}});
       }},
  };
}

const std::map<std::string, Value>& golden_models() {
  static const std::map<std::string, Value> found = [] {
    std::map<std::string, Value> out;
    const Value all = golden_family("saved");
    for (const Value& c : all.at("cases").as_array()) out[c.at("name").as_string()] = c;
    return out;
  }();
  return found;
}

}  // namespace

TEST(Config, OfEveryClassComesBackAsKerasWritesIt) {
  int count = 0;
  const Value all = golden_family("configs");
  for (const Value& c : all.at("cases").as_array()) {
    const std::string name = c.at("name").as_string();
    for (const char* which : {"config", "defaults"})
      expect_same_config(read_and_written(name.substr(0, name.rfind('.')), c.at(which)), c.at(which),
                         text("{} {}", name, which));
    ++count;
  }
  EXPECT_GT(count, 130);
}

TEST(Config, OfModelsMadeHereIsWhatKerasWrites) {
  const Folder folder;
  for (const auto& [name, make] : models()) {
    clear_session();
    make().save(folder / "m.keras");
    const ZipReader zip = ZipReader::open(folder / "m.keras");
    const Value& theirs = golden_models().at(name);
    expect_same_config(parse_json(zip.read("config.json")), theirs.at("config"), name, true);
    Value metadata = parse_json(zip.read("metadata.json"));
    EXPECT_TRUE(metadata.erase("date_saved")) << name;
    expect_same_config(metadata, theirs.at("metadata"), name);
    std::vector<std::string> members;
    for (const ZipMember& m : zip.members()) members.push_back(m.name);
    EXPECT_EQ(Codec<std::vector<std::string>>::to_value(members), theirs.at("members")) << name;
  }
}

TEST(Config, OfModelsReadIsWrittenAgain) {
  for (const auto& [name, c] : golden_models()) {
    if (name.rfind("own_", 0) == 0 || name == "functions") continue;  // classes of Python's
    const Value& form = c.at("config");
    Model model = model_from_config(form, name);
    if (const auto compiled = compile_from_config(form, name)) model.compile(*compiled);
    model.model().compiled_as = Value();
    Value ours = model_to_config(model), theirs = form;
    if (name == "lists" || name == "objects")
      for (Value* one : {&ours, &theirs}) one->erase("compile_config");  // given as lists and functions: names here
    expect_same_config(ours, theirs, name);
  }
}

TEST(Config, ALayerAtTwoPlacesIsOne) {
  const Folder folder;
  const Dense shared(3, {.activation = "tanh", .name = "shared"});
  Sequential m{Input({3}), shared, ReLU(), Sequential{shared}, Dense(2)};
  m.compile({.optimizer = "adam", .loss = "mse"});
  EXPECT_EQ(m.weights().size(), 4u);
  EXPECT_EQ(m.count_params(), 20);
  const Tensor x = numbers({8, 3}, 1), y = numbers({8, 2}, 2);
  next_losses(m, x, y, 4, 4);
  m.save(folder / "m.keras");
  Model loaded = load_model(folder / "m.keras");
  EXPECT_EQ(loaded.layers()[0].impl(), static_cast<Model&>(loaded).model().children()[3]->children()[1]);
  EXPECT_EQ(next_losses(loaded, x, y, 4, 4), next_losses(m, x, y, 4, 4));
  expect_same_bits(loaded.get_weights(), m.get_weights(), "weight");
  EXPECT_NE(error_of([&] {
              Sequential{Input({3}), shared, Dense(3, {.name = "shared"})};
            }).find("got 'shared' twice"),
            std::string::npos);
}

TEST(WeightsFile, SkipsWhatDoesNotFitIfAsked) {
  const Folder folder;
  Sequential source{Input({3}), Dense(4), Dense(2)}, target{Input({3}), Dense(4), Dense(5)};
  source.save_weights(folder / "a.weights.h5");
  const std::vector<Tensor> before = target.get_weights();
  EXPECT_NE(error_of([&] { target.load_weights(folder / "a.weights.h5"); }).find("must have shape (4, 5), got (4, 2)"),
            std::string::npos);
  expect_same_bits(target.get_weights(), before, "weight");
  target.load_weights(folder / "a.weights.h5", {.skip_mismatch = true});
  for (size_t i = 0; i < 4; ++i)
    expect_same_bits(target.get_weights()[i], i < 2 ? source.get_weights()[i] : before[i], text("weight {}", i));
}

TEST(WeightsFile, OfAModelWithoutWeightsIsRefused) {
  const Folder folder;
  const Sequential unknown{Dense(2)};
  EXPECT_NE(error_of([&] { unknown.save_weights(folder / "a.weights.h5"); }).find("the model has no weights yet"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "a.weights.h5"));
}

TEST(SavedFile, OfLayersFrozenAfterTrainingLoads) {
  const Folder folder;
  const Tensor x = numbers({8, 3}, 1), y = labels_of(x);
  for (const bool first : {true, false}) {
    Sequential m{Input({3}), Dense(4), Dense(1)};
    m.layers()[0].set_trainable(first);
    m.compile({.optimizer = "adam", .loss = "mse"});
    m.fit(x, y, {.verbose = 0});
    m.layers()[0].set_trainable(!first);
    m.save(folder / "m.keras");
    Model loaded = load_model(folder / "m.keras");
    expect_same_bits(loaded.get_weights(), m.get_weights(), "weight");
    EXPECT_EQ(loaded.layers()[0]->trainable, !first);
    EXPECT_EQ(loaded.optimizer()->iterations(), 0) << "its state is another's";
    loaded.fit(x, y, {.verbose = 0});
  }
}
