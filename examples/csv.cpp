// From a CSV file with text, numbers and gaps to a model that takes raw rows and answers with names.
#include <cornu/cornu.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

using namespace cornu;

/// Flowers of three kinds: two lengths, of which some were not measured, and a colour.
static void write_flowers(const std::string& path) {
  const char* const kinds[] = {"setosa", "versicolor", "virginica"};
  const char* const colours[] = {"white", "blue"};
  std::ofstream out(path);
  out << "petal,sepal,colour,kind\n";
  for (int i = 0; i < 300; ++i) {
    const int k = i % 3, wobble = i * 7919 % 101 - 50;
    out << 1.5 + 2 * k + wobble * 0.01 << ',';
    if (i % 11) out << 5 + 0.5 * k + wobble * 0.02;
    out << ',' << colours[(i * 31 % 7 + k) % 2] << ',' << kinds[k] << '\n';
  }
}

int main() {
  const std::string folder = (std::filesystem::temp_directory_path() / "cornu_csv_example").string();
  std::filesystem::create_directories(folder);
  write_flowers(folder + "/flowers.csv");

  // Columns of text become zeros and ones, gaps the mean of the training part; the target tells that these are classes.
  const Table table = load_csv(folder + "/flowers.csv", {.target = "kind"});
  const auto [train, validation, test] = train_test_split(table, {.test = 0.2, .validation = 0.1, .seed = 1});
  for (const std::string& name : train.schema.feature_names()) std::printf("%s  ", name.c_str());
  std::printf("-> %s\n", train.schema.target.c_str());

  // What scales the numbers is a layer, so it is saved and loaded with the model.
  set_random_seed(1);
  Normalization scale;
  scale.adapt(train.x);
  Sequential model{Input({train.schema.width()}), scale, Dense(16, {.activation = "relu"}),
                   Dense(static_cast<int64_t>(train.schema.class_names.size()), {.activation = "softmax"})};
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  FitConfig fit{.batch_size = 16, .epochs = 100, .verbose = 0};
  fit.callbacks = {callbacks::EarlyStopping({.patience = 10, .restore_best_weights = true})};
  fit.validation_data = ValidationData{validation.x, validation.y, {}};
  model.fit(train.x, train.y, fit);
  const double accuracy = model.evaluate(test.x, test.y)["accuracy"];
  std::printf("accuracy on the test part: %.3f\n", accuracy);

  // The schema travels in the file, so that nothing but the file is needed later.
  model.metadata()["table"] = train.schema.to_value();
  model.save(folder + "/flowers.keras");

  // Later, or elsewhere: new rows, with the columns in another order and without the target.
  std::ofstream(folder + "/new.csv") << "colour,petal,sepal\nwhite,1.4,5.1\nblue,5.6,\n";
  Model loaded = load_model(folder + "/flowers.keras");
  const TableSchema schema = TableSchema::from_value(loaded.metadata().at("table"));
  const Tensor p = loaded.predict(load_csv_as(schema, folder + "/new.csv").x);
  std::string answers;
  for (int64_t row = 0; row < p.shape()[0]; ++row) {
    const std::span<const float> odds = p.data<float>().subspan(static_cast<size_t>(row) * 3, 3);
    const size_t best = static_cast<size_t>(std::max_element(odds.begin(), odds.end()) - odds.begin());
    std::printf("%s, with a probability of %.3f\n", schema.class_names[best].c_str(), static_cast<double>(odds[best]));
    answers += schema.class_names[best] + " ";
  }
  return accuracy > 0.9 && answers == "setosa virginica " ? 0 : 1;
}
