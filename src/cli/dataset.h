// Data for a command: CSV, NPZ, NPY, IDX, or a folder of IDX files.
#pragma once
#include <CLI/CLI.hpp>

#include <cornu/data_source.h>

#include "cli/task.h"

namespace cornu::cli {

struct DataArgs {
  std::string path, images, labels, test_images, test_labels, x_name, y_name, separator, decimal, target_kind,
      class_names;
  CsvConfig csv;

  /// The flags that say where data are, without those of labels if none are needed.
  void add_sources(CLI::App& command, const std::string& path_help, bool labels_too = true);
  /// Those that tell a table's columns apart.
  void add_columns(CLI::App& command);
  /// Takes what is text into csv; UsageError for a wrong value.
  void finish();
  /// UsageError for a flag that has no effect on data of this kind.
  void check_flags(bool arrays) const;
  /// Those that are read.
  std::vector<std::string> files() const;
  /// UsageError that names the table's columns if none of them is the target.
  void need_target() const;
  /// Whether they are arrays, not a table.
  bool are_arrays() const;
};

struct Dataset {
  std::string title;
  std::optional<Table> table;   ///< CSV; otherwise x and y.
  Tensor x, y, x_test, y_test;  ///< Of arrays; the test part if the files have one.
  ModelInfo info;
  /// Classes or numbers of all rows.
  const Tensor& labels() const { return table ? table->y : y; }
  int64_t rows() const { return table ? table->schema.rows : x.shape()[0]; }
};

/// Finds out what the target is.
Dataset load_for_training(DataArgs& args);
/// Data for a model that exists, in blocks: CSV files of any size, arrays in one piece.
struct ModelData {
  std::string title;
  ModelInfo info;
  std::shared_ptr<DataSource> source;
  std::shared_ptr<CsvSource> csv;  ///< The same, if it is one.
  std::string target;              ///< Of a table; empty if it is not read.
  /// The next block; UsageError at a first one that is empty.
  bool next(DataSource::Block& out);
  /// What the model cannot know and which rows were left out, a line each; empty if there is nothing to tell.
  std::string warning() const;

 private:
  bool started_ = false;
};
/// Of files with a test part, that part. Without `need_y` the target is neither needed nor read.
ModelData load_for_model(DataArgs& args, const Model& model, bool need_y);

}  // namespace cornu::cli
