// What load_model makes of other forms of config, and of damaged or hostile files.
#include <gtest/gtest.h>

#include <random>

#include "io/zip.h"
#include "nn/model.h"
#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;

struct ScaleConfig {
  double scale = 1;
  CORNU_LAYER_FIELDS;
};
template <>
struct cornu::Describe<ScaleConfig> {
  static constexpr auto fields =
      std::tuple_cat(layer_fields<ScaleConfig>(), std::tuple{field("scale", &ScaleConfig::scale)});
};

namespace {

struct Scale final : WithLayerConfig<Scale, ScaleConfig> {
  static constexpr const char* kName = "Scale";
  using WithLayerConfig::WithLayerConfig;
  Tensor call(const Tensor& x, const CallContext&) override { return x * config.scale; }
};

/// dense_adam.keras with another config.
std::string with_config(const std::function<void(Value&)>& change, const std::string& file = "dense_adam.keras") {
  const ZipReader zip = ZipReader::open(golden_file(file));
  Value config = parse_json(zip.read("config.json"));
  change(config);
  const std::string text = write_json(config), weights = zip.read("model.weights.h5");
  return write_zip({{"config.json", text}, {"model.weights.h5", weights}});
}
std::string refusal(const std::function<void(Value&)>& change) {
  return error_of([&] { load_model_bytes(with_config(change), {}, "m.keras"); });
}
Value& layer(Value& config, size_t i) { return config["config"]["layers"].as_array()[i]; }

}  // namespace

TEST(OtherForms, BatchInputShapeOfKeras2) {
  const Model model = load_model_bytes(with_config([](Value& c) {
    c["config"]["layers"].as_array().erase(c["config"]["layers"].as_array().begin());
    layer(c, 0)["config"]["batch_input_shape"] = Value::Array{Value(), 6};
    c["config"].erase("build_input_shape");
    c.erase("build_config");
  }));
  expect_same_bits(model.get_weights(), load_model(golden_file("dense_adam.keras")).get_weights(), "weight");
}

TEST(OtherForms, FunctionalChains) {
  const auto chain = [](Value& c) {
    c["module"] = "keras.src.models.functional";
    c["class_name"] = c["registered_name"] = "Functional";
    Value::Array& layers = c["config"]["layers"].as_array();
    std::string before;
    for (Value& one : layers) {
      one["name"] = one.at("config").at("name");
      one["inbound_nodes"] = Value::array();
      if (!before.empty()) {
        Value tensor = Value::object();
        tensor["class_name"] = "__keras_tensor__";
        tensor["config"]["keras_history"] = Value::Array{before, 0, 0};
        Value node = Value::object();
        node["args"] = Value::Array{tensor};
        node["kwargs"] = Value::object();
        one["inbound_nodes"].push_back(node);
      }
      before = one.at("name").as_string();
    }
    c["config"]["input_layers"] = Value::Array{layers[0].at("name"), 0, 0};
    c["config"]["output_layers"] = Value::Array{Value::Array{before, 0, 0}};
  };
  Model model = load_model_bytes(with_config(chain));
  Model original = load_model(golden_file("dense_adam.keras"));
  const Tensor x = numbers({4, 6}, 1);
  expect_same_bits(model.predict(x), original.predict(x), "prediction");
  EXPECT_NE(refusal([&](Value& c) {
              chain(c);
              c["config"]["output_layers"] = Value::Array{"nowhere", 0, 0};
            }).find("its output_layers name 'nowhere[0]', which nothing in the model gives"),
            std::string::npos);
}

TEST(OtherForms, CompileConfigs) {
  const auto compiled = [](const std::function<void(Value&)>& change) {
    return *load_model_bytes(with_config([&](Value& c) { change(c["compile_config"]); })).model().compiled;
  };
  Value function = Value::object();
  function["module"] = "builtins";
  function["class_name"] = "function";
  function["config"] = "mean_squared_error";
  EXPECT_EQ(compiled([&](Value& c) { c["loss"] = function; }).loss.leaf()->class_name(), "MeanSquaredError");
  EXPECT_EQ(compiled([&](Value& c) { c["loss"] = Value::Array{"mse"}; }).loss.only()->class_name(), "MeanSquaredError");
  EXPECT_EQ(compiled([&](Value& c) {
              c["metrics"] = Value::Array{Value::Array{"mae", "mse"}};
            }).metrics.leaf_count(),
            2u);
  EXPECT_EQ(compiled([&](Value& c) { c["loss_weights"] = Value::Array{0.5}; }).loss_weights.only(), 0.5);
  EXPECT_FALSE(load_model_bytes(with_config([](Value& c) { c["compile_config"] = Value::object(); })).model().compiled);
  EXPECT_FALSE(load_model(golden_file("dense_adam.keras"), {.compile = false}).model().compiled);
  EXPECT_EQ(refusal([](Value& c) { c["compile_config"]["loss"] = "means_squared_error"; }),
            "ConfigError: m.keras: loss: keras.losses: 'means_squared_error' is unknown; did you mean "
            "'mean_squared_error'?\n  to load the model without it: compile = false");
}

TEST(OtherForms, ClassesOfOnesOwn) {
  registry<LayerImpl>().add<Scale>({}, "tests");
  Sequential model{Input({3}), Layer(make_layer<Scale>({.scale = 3}, here())), Dense(2)};
  model.build({3});
  Model loaded = load_model_bytes(save_model_bytes(model));
  EXPECT_EQ(registry<LayerImpl>().registered_name(*loaded.layers()[0].impl()), "tests>Scale");
  const Tensor x = numbers({4, 3}, 1);
  expect_same_bits(loaded.predict(x), model.predict(x), "prediction");
}

TEST(Refused, OneSentenceNamesFileAndClass) {
  const auto first = [](const std::string& error) { return error.substr(0, error.find('\n')); };
  EXPECT_EQ(first(refusal([](Value& c) { layer(c, 1)["class_name"] = "Dens"; })),
            "ConfigError: m.keras: layer 'dense' is of the class 'Dens', which is unknown; did you mean 'Dense'?");
  EXPECT_EQ(first(refusal([](Value& c) { layer(c, 1)["config"]["units"] = -1; })),
            "ConfigError: m.keras: layer 'dense' (Dense): Dense 'dense': units must be positive, got -1");
  EXPECT_NE(refusal([](Value& c) { layer(c, 1)["class_name"] = "Lambda"; }).find("holds program code"),
            std::string::npos);
  EXPECT_NE(refusal([](Value& c) { c["class_name"] = "MyModel"; }).find("a model of the class 'MyModel'"),
            std::string::npos);
  EXPECT_NE(refusal([](Value& c) { layer(c, 1)["config"]["quantization_config"] = Value::object(); }).find("quantized"),
            std::string::npos);
  EXPECT_NE(refusal([](Value& c) { layer(c, 1)["config"]["dtype"] = "mixed_float8"; }).find("mixed_float8"),
            std::string::npos);
  const std::string config = "{}";
  EXPECT_EQ(error_of([&] {
              load_model_bytes(write_zip({{"config.json", config}, {"model.weights.json", config}}));
            }),
            "FileError: model: has sharded weights, which are not supported yet");
  EXPECT_NE(error_of([] { load_model(golden_file("dense_adam.weights.h5")); }).find("is a file of HDF5"),
            std::string::npos);
  EXPECT_NE(error_of([] { load_model("no such file.keras"); }).find("FileError"), std::string::npos);
}

TEST(Refused, SizesThatNoFileFills) {
  const char* asks = "bytes more than its file can fill";
  EXPECT_NE(refusal([](Value& c) { layer(c, 1)["config"]["units"] = int64_t{1} << 40; }).find(asks), std::string::npos);
  EXPECT_NE(refusal([](Value& c) { layer(c, 1)["config"]["units"] = INT64_MAX; }).find("ConfigError: m.keras"),
            std::string::npos);
  EXPECT_NE(refusal([](Value& c) {
              layer(c, 0)["config"]["batch_shape"] = Value::Array{Value(), int64_t{1} << 60, int64_t{1} << 60};
            }).find("ConfigError: m.keras"),
            std::string::npos);
}

/// Bytes flipped, cut and repeated anywhere: an error of files or configs, or a model.
TEST(Refused, DamagedFilesOnlyGiveFileAndConfigErrors) {
  std::mt19937 random(1);
  int refused = 0, loaded = 0;
  for (const char* name : {"dense_adam.keras", "regularized.keras", "dense_loss_and_metric_objects.keras"}) {
    const std::string whole = read_file(golden_file(name));
    // Checksums of the archive catch most damage, so its members are damaged too.
    const ZipReader zip(whole, name);
    for (int i = 0; i < 1500; ++i) {
      std::string config = zip.read("config.json"), weights = zip.read("model.weights.h5"), bytes = whole;
      std::string& target = i % 3 == 0 ? bytes : i % 3 == 1 ? config : weights;
      for (int n = static_cast<int>(random() % 4); n >= 0; --n)
        target[random() % target.size()] =
            static_cast<char>(random() % 4 ? random() : target[random() % target.size()]);
      if (random() % 8 == 0) target.resize(random() % target.size());
      if (i % 3) bytes = write_zip({{"config.json", config}, {"model.weights.h5", weights}});
      try {
        load_model_bytes(bytes, {}, name);
        ++loaded;
      } catch (const FileError&) {
        ++refused;
      } catch (const ConfigError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 500);
  EXPECT_GT(loaded, 100);
}
