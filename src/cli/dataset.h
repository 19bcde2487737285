// Data for a command: CSV, NPZ, NPY, IDX, or a folder of IDX files.
#pragma once
#include <CLI/CLI.hpp>

#include "cli/task.h"

namespace cornu::cli {

struct DataArgs {
  std::string path, images, labels, test_images, test_labels, x_name, y_name, separator, target_kind, class_names;
  CsvConfig csv;
  bool no_header = false;

  /// The flags that say where data are.
  void add_sources(CLI::App& command, const std::string& path_help);
  /// Those that tell a table's columns apart.
  void add_columns(CLI::App& command);
  /// Takes what is text into csv; UsageError for a wrong value.
  void finish();
};

struct Dataset {
  std::string title;
  std::optional<Table> table;   ///< CSV; otherwise x and y.
  Tensor x, y, x_test, y_test;  ///< Of arrays; the test part if the files have one.
  ModelInfo info;
  int64_t rows() const { return table ? table->schema.rows : x.shape()[0]; }
};

/// Finds out what the target is.
Dataset load_for_training(DataArgs& args);
/// Data for a model that exists. Without `need_y` they may lack the target.
Dataset load_for_model(DataArgs& args, const Model& model, bool need_y);

}  // namespace cornu::cli
