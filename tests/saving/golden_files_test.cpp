// Files that Keras wrote: weights to the bit, predictions, and how training goes on.
#include <gtest/gtest.h>

#include "io/zip.h"
#include "nn/model.h"
#include "saving/config.h"
#include "saving/support.h"

using namespace cornu;
using namespace cornu::testing;

namespace {

/// Classes that no registry has yet; the cases that need them are skipped by this error alone.
bool waits_for_a_class(const std::string& error, const std::string& stem) {
  const bool unknown =
      error.find(", which is unknown") != std::string::npos || error.find("' is unknown") != std::string::npos;
  return unknown && stem.rfind("refused", 0) != 0;
}

/// How far results may be from Keras', which rounds halves at other places.
double tolerance(const Model& model) {
  double most = 1e-5;
  for (const Variable& v : model.weights())
    if (is_half(v.dtype())) most = std::max(most, v.dtype() == DType::f16 ? 4e-3 : 3e-2);
  return most;
}

void check(Model& model, const Value& json, bool weights_alone) {
  const double close = tolerance(model);
  const Value::Array& weights = json.at("weights").as_array();
  const std::vector<Variable> ours = model.weights();
  ASSERT_EQ(ours.size(), weights.size());
  for (size_t i = 0; i < ours.size(); ++i)
    expect_same_bits(ours[i].numpy(), golden_tensor(weights[i]), weights[i].at("path").as_string());
  expect_close(model.predict(golden_tensor(json.at("input"))), golden_tensor(json.at("prediction")), "prediction",
               close);
  const bool compiled = json.at("compiled").as_bool();
  EXPECT_TRUE(weights_alone || static_cast<bool>(model.model().compiled) == compiled);
  if (!compiled) return;
  const Value::Array& state = json.at("optimizer_variables").as_array();
  if (model.optimizer()->built()) {
    const std::vector<Variable>& v = model.optimizer()->variables();
    ASSERT_EQ(v.size(), state.size());
    for (size_t i = 0; i < v.size(); ++i)
      expect_same_bits(v[i].numpy(), golden_tensor(state[i]), state[i].at("path").as_string());
  } else {
    EXPECT_TRUE(state.empty());
  }
  if (!json.has("losses")) return;
  const Tensor expected = golden_tensor(json.at("losses"));
  const std::vector<double> got =
      next_losses(model, golden_tensor(json.at("train_x")), golden_tensor(json.at("train_y")),
                  json.at("batch_size").as_int(), static_cast<size_t>(expected.size()));
  expect_close(Tensor({static_cast<int64_t>(got.size())}, got), expected, "losses", close);
}

class KerasFile : public ::testing::TestWithParam<std::string> {};

std::vector<std::string> files() {
  std::vector<std::string> out;
  const Value all = parse_json(read_file(std::string(CORNU_TEST_DATA) + "/golden/files.json"), "files.json");
  for (const Value& one : all.at("cases").as_array()) out.push_back(one.at("name").as_string());
  return out;
}

}  // namespace

TEST_P(KerasFile, LoadsPredictsAndTrainsOn) {
  const std::string name = GetParam(), stem = name.substr(0, name.find('.'));
  Model model;
  std::string error;
  if (name == stem + ".keras") {
    error = error_of([&] { model = load_model(golden_file(name)); });
  } else {
    // Weights alone need a model of the same layers, which the .keras file of that name holds.
    const std::string with_model = name == "dense_adam_legacy.h5" ? "dense_adam.keras" : stem + ".keras";
    error = error_of([&] { model = load_model(golden_file(with_model)); });
    if (error.empty()) {
      for (Variable v : model.weights()) v.assign(Tensor::full(v.shape(), 7, v.dtype()));
      error = error_of([&] { model.load_weights(golden_file(name)); });
    }
  }
  if (stem.rfind("refused", 0) == 0) {
    EXPECT_NE(error.find(golden_file(name)), std::string::npos) << error;
    EXPECT_NE(error.find(stem == "refused_lambda" ? "Lambda" : "golden>Twice"), std::string::npos) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << "one sentence: " << error;
    return;
  }
  if (stem == "dense_adam_legacy") {
    EXPECT_NE(error.find("legacy .h5"), std::string::npos) << error;
    return;
  }
  if (waits_for_a_class(error, stem)) GTEST_SKIP() << error;
  ASSERT_EQ(error, "");
  const bool whole = name == stem + ".keras";
  check(model, golden_json(whole ? stem + ".json" : name + ".json"), !whole);
}

TEST_P(KerasFile, ConfigIsWrittenAsKerasWroteIt) {
  const std::string name = GetParam();
  if (name.find(".keras") == std::string::npos || name.rfind("refused", 0) == 0) return;
  Model model;
  const std::string error = error_of([&] { model = load_model(golden_file(name)); });
  if (waits_for_a_class(error, name)) GTEST_SKIP() << error;
  ASSERT_EQ(error, "");
  const ZipReader zip = ZipReader::open(golden_file(name));
  Value theirs = parse_json(zip.read("config.json"));
  EXPECT_EQ(model.optimizer() ? compile_to_config(model.model()).at("loss") : Value(),
            model.optimizer() ? theirs.at("compile_config").at("loss") : Value());
  model.model().compiled_as = Value();  // what follows is what we would write, not what was read
  Value ours = model_to_config(model);
  // Memory addresses, and members that are written only if they are set, or always, without a meaning of their own.
  const std::function<void(Value&)> plain = [&](Value& v) {
    if (v.is_array())
      for (Value& x : v.as_array()) plain(x);
    if (!v.is_object()) return;
    v.erase("shared_object_id");
    for (const char* key : {"quantization_config", "activity_regularizer"})
      if (const Value* x = v.find(key); x && x->is_null()) v.erase(key);
    for (auto& member : v.as_object()) plain(member.second);
  };
  plain(theirs);
  plain(ours);
  // Normalization was built by adapt, for as many rows as that had.
  for (Value* one : {&theirs, &ours})
    for (Value& layer : (*one)["config"]["layers"].as_array())
      if (Value* build = layer.find("build_config"); build && build->has("input_shape"))
        (*build)["input_shape"].as_array()[0] = Value();
  expect_same_config(ours, theirs, name);
}

INSTANTIATE_TEST_SUITE_P(Files, KerasFile, ::testing::ValuesIn(files()), [](const auto& info) {
  std::string name = info.param;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});
