// The models that training writes, for Keras.
#include "cli/support.h"
#include "io/zip.h"
#include "saving/support.h"

using namespace cornu_cli;
using namespace cornu;
using namespace cornu::testing;

namespace {

/// Two columns, and a target of words or numbers.
std::string table(bool words) {
  std::string out = "a,b,target\n";
  for (int i = 0; i < 120; ++i) {
    const double a = std::sin(i), b = 5 + 2 * std::cos(3.0 * i);
    out += text("{},{},", a, b) + (words ? a + b > 5 ? "yes" : "no" : text("{}", a * b)) + "\n";
  }
  return out;
}

}  // namespace

TEST_F(Cli, ModelsAreWhatKerasWrites) {
  write("d.csv", table(true));
  ASSERT_EQ(run({"train", "d.csv", "--target", "target", "--out", "m.keras", "--epochs", "3"}).status, 0);
  const ZipReader zip = ZipReader::open((folder_ / "m.keras").string());
  Value ours = parse_json(zip.read("config.json"));
  Value& normalization = ours["config"]["layers"].as_array()[1]["config"];
  for (const char* key : {"mean", "variance"}) {
    EXPECT_EQ(normalization[key].size(), 2u);
    normalization[key] = Value::Array{0.0, 0.0};
  }
  const Value all = golden_family("saved");
  for (const Value& c : all.at("cases").as_array()) {
    if (c.at("name").as_string() != "command_line") continue;
    expect_same_config(ours, c.at("config"), "command line", true);
    Value metadata = parse_json(zip.read("metadata.json"));
    EXPECT_TRUE(metadata.erase("date_saved") && metadata.erase("cornu"));
    expect_same_config(metadata, c.at("metadata"), "command line");
    return;
  }
  FAIL() << "nothing is recorded";
}

/// With CORNU_KEEP_FILES=FOLDER the files stay there, with the JSON that tools/check_keras_files.py compares with.
TEST_F(Cli, ModelsLoadAndTrainOn) {
  for (const bool words : {true, false}) {
    write("d.csv", table(words));
    ASSERT_EQ(run({"train", "d.csv", "--target", "target", "--out", "m.keras", "--epochs", "3"}).status, 0);
    const std::string path = (folder_ / "m.keras").string();
    Model model = load_model(path);
    const Tensor x = numbers({16, 2}, 1);
    Value about = about_file(model, x);
    about["train_x"] = array_value(x);
    about["train_y"] = array_value(labels_of(x));
    about["batch_size"] = 4;
    const std::vector<double> p = model.predict(x.rows(0, 4)).to_doubles(), y = labels_of(x).to_doubles();
    double right = 0;
    for (size_t i = 0; i < 4; ++i)
      right += words ? -std::log(y[i] > 0 ? p[i] : 1 - p[i]) / 4 : std::pow(p[i] - y[i], 2) / 4;
    if (!words)
      right *= parse_json(ZipReader::open(path).read("config.json"))
                   .at("compile_config")
                   .at("loss_weights")
                   .at(0)
                   .as_double();
    about["losses"] = Codec<std::vector<double>>::to_value(next_losses(model, x, labels_of(x), 4, 5));
    EXPECT_NEAR(about["losses"].at(0).as_double(), right, 1e-5 * right);
    const char* keep = std::getenv("CORNU_KEEP_FILES");
    if (!keep) continue;
    const std::string stem =
        (std::filesystem::path(keep) / (words ? "command_line_classes" : "command_line_numbers")).string();
    std::filesystem::copy_file(path, stem + ".keras", std::filesystem::copy_options::overwrite_existing);
    write_file_atomically(stem + ".json", write_json(about));
  }
}
