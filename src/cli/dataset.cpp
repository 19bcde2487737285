// Loading data of every kind that the commands take.
#include "cli/dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "cli/command.h"
#include "data/csv_columns.h"

namespace cornu::cli {
namespace {

namespace fs = std::filesystem;

bool ends_with(const std::string& s, std::string_view end) {
  return s.size() >= end.size() && std::string_view(s).substr(s.size() - end.size()) == end;
}

void need_file(const std::string& path) {
  if (!fs::exists(path)) throw UsageError(text("there is no file '{}'", path));
}

Tensor load_array(const std::string& path) {
  need_file(path);
  return ends_with(path, ".npy") ? load_npy(path) : load_idx(path);
}

/// The first file of the folder whose name has all the parts.
std::string file_with(const std::string& folder, std::initializer_list<const char*> parts) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (std::all_of(parts.begin(), parts.end(), [&](const char* p) { return name.find(p) != name.npos; }))
      found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? "" : found[0];
}

struct Arrays {
  Tensor x, y, x_test, y_test;
};

Arrays load_folder(const std::string& folder, bool need_y) {
  const std::string images = file_with(folder, {"train", "images"}), labels = file_with(folder, {"train", "labels"});
  if (images.empty() || labels.empty())
    throw UsageError(
        text("the folder '{}' has no files named like train-images-idx3-ubyte.gz and "
             "train-labels-idx1-ubyte.gz; of a table, name the CSV file in it",
             folder));
  const std::string test_images = file_with(folder, {"t10k", "images"}),
                    test_labels = file_with(folder, {"t10k", "labels"});
  if (!need_y) return {load_array(images), {}, test_images.empty() ? Tensor() : load_array(test_images), {}};
  Arrays out{load_array(images), load_array(labels), {}, {}};
  if (!test_images.empty() && !test_labels.empty())
    out.x_test = load_array(test_images), out.y_test = load_array(test_labels);
  return out;
}

Arrays load_named(const std::string& path, const DataArgs& args, bool need_y) {
  const std::map<std::string, Tensor> all = load_npz(path);
  std::vector<std::string> names;
  for (const auto& entry : all) names.push_back(entry.first);
  const auto pick = [&](const std::string& given, std::initializer_list<const char*> usual, bool must) -> Tensor {
    if (!given.empty()) {
      if (all.count(given)) return all.at(given);
      throw UsageError(text("'{}' has no array '{}', only {}", path, given, names));
    }
    for (const char* name : usual)
      if (all.count(name)) return all.at(name);
    if (must) throw UsageError(text("'{}' has the arrays {}; name the ones to use with --x and --y", path, names));
    return {};
  };
  Arrays out{pick(args.x_name, {"x_train", "x", "X"}, true), {}, {}, {}};
  if (args.x_name.empty()) out.x_test = pick("", {"x_test"}, false);
  if (!need_y) return out;
  // The labels of x_new are y_new.
  const std::string theirs = "y" + (args.x_name.empty() ? "_train" : args.x_name.substr(1));
  if (!args.y_name.empty() && !args.labels.empty()) throw UsageError("give either --y or --labels, not both");
  const bool named = args.labels.empty();
  if (named) out.y = pick(args.y_name, {theirs.c_str(), "y_train", "y"}, true);
  if (args.x_name.empty()) out.y_test = pick("", {"y_test"}, false);
  return out;
}

void check_rows(const std::string& what, const Tensor& x, const Tensor& y) {
  if (x.rank() < 1 || x.shape()[0] == 0) throw UsageError(text("there are no {} rows", what));
  if (y.defined() && (y.rank() < 1 || y.shape()[0] != x.shape()[0]))
    throw UsageError(text("there are {} {} samples but {} labels", x.shape()[0], what, y.rank() ? y.shape()[0] : 1));
}

/// What a network cannot calculate with would make all its weights NaN.
void check_finite(const Tensor& t, const char* what) {
  if (!t.defined() || !is_floating(t.dtype())) return;
  int64_t bad = 0;
  for (const double v : t.to_doubles()) bad += !std::isfinite(v);
  if (bad)
    throw UsageError(text("{} of the {} numbers of the {} are NaN or infinite", grouped(bad), grouped(t.size()), what));
}
void check_finite(const Arrays& a) {
  for (const Tensor& x : {a.x, a.x_test}) check_finite(x, "samples");
  for (const Tensor& y : {a.y, a.y_test}) check_finite(y, "labels");
}

/// `tests`: the test part is all that is used, if there is one.
Arrays load_arrays(const DataArgs& a, bool need_y, bool tests) {
  Arrays out;
  if (!a.path.empty() && a.images.empty()) {
    need_file(a.path);
    if (fs::is_directory(a.path))
      out = load_folder(a.path, need_y);
    else if (ends_with(a.path, ".npz"))
      out = load_named(a.path, a, need_y);
    else
      out.x = load_array(a.path);
  } else {
    out.x = load_array(a.images);
  }
  if (!a.labels.empty() && tests && out.y_test.defined())
    throw UsageError(text("--labels has no effect, as '{}' has a test part of its own", a.path));
  if (!a.labels.empty()) out.y = load_array(a.labels);
  if (need_y && !out.y.defined()) throw UsageError("--labels must name the file of the labels");
  if (a.test_images.empty() != a.test_labels.empty())
    throw UsageError("--test-images and --test-labels belong together");
  if (!a.test_images.empty()) out.x_test = load_array(a.test_images), out.y_test = load_array(a.test_labels);
  if (!out.x_test.defined() || (need_y && !out.y_test.defined())) out.x_test = out.y_test = {};
  check_rows("training", out.x, out.y);
  if (out.x_test.defined()) check_rows("test", out.x_test, out.y_test);
  return out;
}

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= text.size() && !text.empty();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    out.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

Tensor column_of(const Tensor& y) {
  return y.defined() && y.rank() > 1 && y.size() == y.shape()[0] ? y.reshaped({y.shape()[0]}) : y;
}

}  // namespace

bool DataArgs::are_arrays() const {
  return !images.empty() || fs::is_directory(path) || ends_with(path, ".npz") || ends_with(path, ".npy") ||
         ends_with(path, ".gz") || ends_with(path, "ubyte");
}

void DataArgs::add_sources(CLI::App& c, const std::string& path_help, bool labels_too) {
  c.add_option("data", path, path_help);
  c.add_option("--images,--x-file", images, "Samples as IDX (.gz too) or .npy")->group("Arrays");
  c.add_option("--x", x_name, "Name of the samples in an .npz file; else x_train or x, or x_test where a model is used")
      ->group("Arrays");
  if (labels_too) {
    c.add_option("--labels,--y-file", labels, "Their labels, likewise")->group("Arrays");
    c.add_option("--y", y_name, "Name of the labels; else that of the samples with y")->group("Arrays");
  }
  const auto header = [&](const char* flag, bool there, const char* help) {
    return c
        .add_flag_callback(
            flag, [this, there] { csv.header = there; }, help)
        ->group("Table");
  };
  auto* with = header("--header", true, "The first line of the CSV file has the names, even if they are numbers");
  header("--no-header", false, "The first line is data; columns are named 1, 2, ...")->excludes(with);
  c.add_option("--separator", separator, "Between fields: ',', ';', '|' or tab; found out if not given")
      ->group("Table");
  c.add_option("--decimal", decimal, "In numbers: '.' or ','; found out if not given")->group("Table");
  c.add_option("--features", csv.features, "Columns to use, in that order, as a,b,c; else all that are of use")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("Table");
  c.add_option("--ignore", csv.ignore, "Columns to leave out")->delimiter(',')->allow_extra_args(false)->group("Table");
}

void DataArgs::add_columns(CLI::App& c) {
  c.add_option("-t,--target", csv.target, "Column to predict, by name or number")->group("Table");
  c.add_option("--categories", csv.categories, "Columns that stand for kinds, as postcodes, of up to 1000 kinds")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("Table");
  c.add_option("--missing", csv.missing, "Texts that stand for no value, as -999,unknown; besides NA, null, ? and such")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("Table");
  c.add_option("--task", target_kind, "'classes' or 'number': what the target is, if guessed wrongly")->group("Table");
  c.add_option("--test-images", test_images, "Samples to test with; else a part is held back")->group("Arrays");
  c.add_option("--test-labels", test_labels, "Their labels")->group("Arrays");
  c.add_option("--class-names", class_names, "Names of the classes 0, 1, ...: shirt,shoe,bag")->group("Arrays");
}

void DataArgs::finish() {
  if (separator == "tab" || separator == "\\t") separator = "\t";
  if (separator.size() > 1) throw UsageError(text("--separator must be one character or 'tab', got '{}'", separator));
  csv.separator = separator.empty() ? 0 : separator[0];
  if (!decimal.empty() && decimal != "." && decimal != ",")
    throw UsageError(text("--decimal must be '.' or ',', got '{}'", decimal));
  csv.decimal = decimal.empty() ? 0 : decimal[0];
  for (const char* end : {".csv.gz", ".tsv.gz", ".txt.gz"})
    if (ends_with(path, end))
      throw UsageError(text("'{}' is compressed; unpack it first, for example with gunzip", path));
  if (target_kind == "classes") csv.target_kind = TargetKind::classes;
  if (target_kind == "number" || target_kind == "regression") csv.target_kind = TargetKind::number;
  if (!target_kind.empty() && csv.target_kind == TargetKind::automatic)
    throw UsageError(text("--task must be 'classes' or 'number', got '{}'", target_kind));
  for (const std::string& file : files())
    if (file == "-") throw UsageError("data cannot come from the standard input, as they are read twice; name a file");
  if (path.empty() && images.empty()) throw UsageError("no data were given: name a file, or --images and --labels");
  if (!path.empty() && !images.empty()) throw UsageError("give either a file or --images, not both");
}

void DataArgs::need_target() const {
  if (!csv.target.empty()) return;
  const CsvColumns columns(path, open_csv(path, csv.separator, csv.header, {}));
  throw UsageError(text("--target must name the column to predict; '{}' has {}", path, columns.names()));
}

Dataset load_for_training(DataArgs& a) {
  a.finish();
  Dataset out;
  out.title = a.path.empty() ? a.images : a.path;
  ModelInfo& info = out.info;
  a.check_flags(a.are_arrays());
  if (a.are_arrays()) {
    Arrays arrays = load_arrays(a, true, false);
    check_finite(arrays);
    out.x = arrays.x, out.y = column_of(arrays.y), out.x_test = arrays.x_test, out.y_test = column_of(arrays.y_test);
    if (take_classes(column_of(arrays.y), a.csv.target_kind, out.y, info.class_names)) {
      if (out.y_test.defined()) out.y_test = classes_by_name(out.y_test, info.class_names);
      info.task = info.class_names.size() == 2 ? Task::binary : Task::classes;
    }
    if (!a.class_names.empty()) {
      const std::vector<std::string> names = list_of(a.class_names);
      if (names.size() != info.class_names.size())
        throw UsageError(
            text("--class-names has {} names, but there are {} classes", names.size(), info.class_names.size()));
      info.class_names = names;
    }
    return out;
  }
  need_file(a.path);
  a.need_target();
  out.table = load_csv(a.path, a.csv);
  const TableSchema& s = out.table->schema;
  info.class_names = s.class_names;
  if (s.target_kind == TargetKind::classes) info.task = s.class_names.size() == 2 ? Task::binary : Task::classes;
  info.table = s;
  return out;
}

namespace {

struct OneBlock final : DataSource {
  Block block;
  bool given = false;
  void start(int64_t) override { given = false; }
  bool next(Block& out) override {
    if (std::exchange(given, true)) return false;
    out = block;
    return true;
  }
};

/// A model that was trained elsewhere: all columns are numbers, the target is named if it is needed.
TableSchema schema_without_description(DataArgs& a, const Model& model, bool need_y, ModelInfo& info) {
  CsvConfig c = a.csv;
  if (need_y && c.target.empty()) throw UsageError("--target must name the column of the true values");
  // All columns are named, so that none is left out for being the same in a file of few rows.
  const bool all = c.features.empty();
  if (all) c.features = CsvColumns(a.path, open_csv(a.path, c.separator, c.header, {})).names();
  if (all && need_y) c.ignore.push_back(c.target);
  if (need_y && info.classifies()) c.target_kind = TargetKind::classes;
  TableSchema seen = scan_csv(a.path, c);
  for (const Column& column : seen.columns)
    if (column.category)
      throw UsageError(
          text("'{}' must hold numbers, as the model says nothing of its categories; name the columns to use "
               "with --features, or leave some out with --ignore",
               column.name));
  if (!need_y || !info.classifies()) return seen;
  if (seen.class_names.size() != info.class_names.size())
    throw UsageError(
        text("'{}' has {} classes, the model {}", c.target, seen.class_names.size(), info.class_names.size()));
  if (!model.metadata().has("class_names")) info.class_names = seen.class_names;
  return seen;
}

}  // namespace

bool ModelData::next(DataSource::Block& out) {
  const bool first = !std::exchange(started_, true);
  if (source->next(out)) return true;
  if (first && csv && csv->rows_without_target() > 0)
    throw UsageError(text("'{}' has no row in which '{}' has a value", title, target));
  if (first) throw UsageError(text("'{}' has no rows", title));
  return false;
}

/// "'sex' has 'other' (1 row)"
static std::string told(const UnknownLevels& u) {
  std::string values;
  for (size_t i = 0; i < std::min<size_t>(u.values.size(), 5); ++i)
    values += (values.empty() ? "'" : ", '") + u.values[i] + "'";
  if (u.values.size() > 5) values += " and others";
  return text("'{}' has {} ({})", u.column, values, counted(u.rows, "row"));
}

std::string ModelData::warning() const {
  if (!csv) return "";
  std::string kinds, numbers, out;
  for (const UnknownLevels& u : csv->unknown()) {
    std::string& list = u.number ? numbers : kinds;
    list += (list.empty() ? "" : "; ") + told(u);
  }
  const auto warn = [&](const std::string& what) { out += (out.empty() ? "" : "\n") + ("cornu: warning: " + what); };
  if (!kinds.empty()) warn("values that the model was not trained with count as no kind at all: " + kinds);
  if (!numbers.empty()) warn("numbers that float32 does not hold count as missing: " + numbers);
  if (const int64_t n = csv->rows_without_target())
    warn(text("left out {} without a value of '{}'", counted(n, "row"), target));
  return out;
}

ModelData load_for_model(DataArgs& a, const Model& model, bool need_y) {
  a.finish();
  ModelData out;
  out.title = a.path.empty() ? a.images : a.path;
  out.info = ModelInfo::of(model);
  a.check_flags(a.are_arrays());
  if (a.are_arrays()) {
    const Arrays arrays = load_arrays(a, need_y, true);
    // A file with a test part is there to test with.
    const bool test = arrays.x_test.defined();
    const auto block = std::make_shared<OneBlock>();
    block->block.x = test ? arrays.x_test : arrays.x;
    if (need_y) {
      check_finite(block->block.x, "samples");
      block->block.y = column_of(test ? arrays.y_test : arrays.y);
      check_finite(block->block.y, "labels");
      if (out.info.classifies()) block->block.y = classes_by_name(block->block.y, out.info.class_names);
    }
    out.source = block;
    return out;
  }
  need_file(a.path);
  if (out.info.table && (!a.csv.features.empty() || !a.csv.ignore.empty()))
    throw UsageError("the model knows its columns; --features and --ignore are for models without a description");
  TableSchema schema = out.info.table ? *out.info.table : schema_without_description(a, model, need_y, out.info);
  if (!need_y) schema.target.clear();
  if (need_y && !a.csv.target.empty()) schema.target = a.csv.target;
  out.target = schema.target;
  constexpr int64_t kNumbers = 1 << 21;  // in a block
  const int64_t rows = std::clamp<int64_t>(kNumbers / schema.width() / 1024 * 1024, 1024, 65536);
  const CsvSourceConfig config{
      .separator = a.csv.separator, .header = a.csv.header, .decimal = a.csv.decimal, .block_rows = rows};
  out.csv = std::make_shared<CsvSource>(a.path, schema, config);
  out.source = out.csv;
  return out;
}

}  // namespace cornu::cli
