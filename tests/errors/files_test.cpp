// What loading and saving say of files that are missing, damaged, foreign or of another model.
#include <fstream>
#include <sstream>

#include "errors/check_errors.h"
#include "io/json.h"
#include "io/zip.h"

namespace cornu {
namespace {

std::string golden(const std::string& name) { return std::string(CORNU_TEST_DATA) + "/golden/files/" + name; }
std::string bytes_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}
Sequential net() { return {{Input({4}), Dense(3, {.name = "hidden"}), Dense(1, {.name = "out"})}, "mlp"}; }

/// dense_adam.keras with another config, or without a member.
void load_changed(const std::function<void(Value&)>& change, const std::string& without = "") {
  const ZipReader zip = ZipReader::open(golden("dense_adam.keras"));
  Value config = parse_json(zip.read("config.json"));
  change(config);
  const std::string text = write_json(config), weights = zip.read("model.weights.h5");
  std::vector<std::pair<std::string, std::string_view>> members;
  if (without != "config.json") members.push_back({"config.json", text});
  if (without != "model.weights.h5") members.push_back({"model.weights.h5", weights});
  load_model_bytes(write_zip(members), {}, "model.keras");
}
/// A model with metadata of ours, whose text is changed in an archive that is whole.
void load_with_metadata(const std::function<std::string(std::string)>& change) {
  Model model = net();
  model.metadata()["threshold"] = 0.25;
  const ZipReader zip(save_model_bytes(model), "model.keras");
  const std::string metadata = change(zip.read("metadata.json"));
  const std::string config = zip.read("config.json"), weights = zip.read("model.weights.h5");
  load_model_bytes(write_zip({{"metadata.json", metadata}, {"config.json", config}, {"model.weights.h5", weights}}), {},
                   "model.keras");
}
Value& layer(Value& config, size_t i) { return config["config"]["layers"].as_array()[i]; }
void nothing(Value&) {}

TEST(Errors, Files) {
  const std::string good = bytes_of(golden("dense_adam.keras"));
  std::string flipped = good;
  flipped[good.size() / 2] ^= 0x20;
  check_errors(
      "files.txt",
      {
          {"missing", [] { load_model("no_such_folder/model.keras"); }},
          {"a_folder", [] { load_model("/tmp"); }},
          {"empty", [] { load_model(temporary_file("empty.keras", "")); }},
          {"text_in_place_of_an_archive", [] { load_model(temporary_file("notes.keras", "These are my notes.\n")); }},
          {"cut_off", [&] { load_model(temporary_file("cut.keras", good.substr(0, good.size() / 2))); }},
          {"one_bit_changed", [&] { load_model(temporary_file("flipped.keras", flipped)); }},
          {"one_bit_of_the_metadata_changed",
           [] {
             Model model = net();
             model.metadata()["threshold"] = 0.25;
             std::string bytes = save_model_bytes(model);
             bytes[bytes.find("threshold")] ^= 1;
             load_model_bytes(bytes, {}, "model.keras");
           }},
          {"metadata_cut_off", [] { load_with_metadata([](std::string t) { return t.substr(0, t.size() - 3); }); }},
          {"metadata_of_another_kind", [] { load_with_metadata([](const std::string&) { return "[1]"; }); }},
          {"our_metadata_of_another_kind",
           [] { load_with_metadata([](const std::string&) { return R"({"cornu": 3})"; }); }},
          {"a_whole_hdf5_file_of_keras_2", [] { load_model(temporary_file("old.h5", "\x89HDF\r\n\x1a\n old")); }},
          {"without_config", [] { load_changed(nothing, "config.json"); }},
          {"without_weights", [] { load_changed(nothing, "model.weights.h5"); }},
          {"unknown_layer", [] { load_changed([](Value& c) { layer(c, 1)["class_name"] = "Dens"; }); }},
          {"layer_of_another_kind_of_network",
           [] { load_changed([](Value& c) { layer(c, 1)["class_name"] = "LSTM"; }); }},
          {"lambda",
           [] {
             load_changed([](Value& c) {
               layer(c, 1)["class_name"] = "Lambda";
               layer(c, 1)["config"]["function"] = "4wEAAAAAAAAA";
             });
           }},
          {"custom_layer",
           [] {
             load_changed([](Value& c) {
               layer(c, 1)["module"] = "my_layers";
               layer(c, 1)["class_name"] = "Scale";
               layer(c, 1)["registered_name"] = "my_package>Scale";
             });
           }},
          {"unknown_argument", [] { load_changed([](Value& c) { layer(c, 1)["config"]["unitz"] = 3; }); }},
          {"argument_of_another_kind", [] { load_changed([](Value& c) { layer(c, 1)["config"]["units"] = "many"; }); }},
          {"unknown_activation", [] { load_changed([](Value& c) { layer(c, 1)["config"]["activation"] = "rellu"; }); }},
          {"weights_of_another_shape", [] { load_changed([](Value& c) { layer(c, 1)["config"]["units"] = 7; }); }},
          {"config_without_class", [] { load_changed([](Value& c) { c.erase("class_name"); }); }},
          {"load_weights_missing",
           [] {
             Sequential m = net();
             m.build({4});
             m.load_weights("no_such.weights.h5");
           }},
          {"load_weights_before_build",
           [] {
             Sequential m({Dense(2, {.name = "hidden"})}, "mlp");
             m.load_weights(golden("dense_adam.keras"));
           }},
          {"load_weights_of_another_model",
           [] {
             Sequential m = net();
             m.build({4});
             m.load_weights(golden("dense_adam.keras"));
           }},
          {"load_weights_of_no_hdf5_file",
           [] {
             Sequential m = net();
             m.build({4});
             m.load_weights(temporary_file("notes.weights.h5", "These are my notes.\n"));
           }},
          {"save_under_another_ending", [] { net().save("model.txt"); }},
          {"save_into_a_missing_folder", [] { net().save("no_such_folder/model.keras"); }},
          {"save_a_function_of_ones_own",
           [] {
             const Sequential m({Input({2}), Dense(1, {.activation = Activation([](const Tensor& t) { return t; })})},
                                "mlp");
             m.save(temporary_file("mine.keras", ""));
           }},
          {"resume_from_a_model_file",
           [] {
             Sequential m = net();
             m.compile({.loss = "mse"});
             resume(m, golden("dense_adam.keras"));
           }},
          {"npy_missing", [] { load_npy("no_such.npy"); }},
          {"npy_of_something_else", [] { load_npy(temporary_file("notes.npy", "These are my notes.\n")); }},
          {"idx_of_something_else", [] { load_idx(temporary_file("notes-idx3-ubyte", "These are my notes.\n")); }},
      });
}

}  // namespace
}  // namespace cornu
