// Flags that say where data are, once they are given.
#include <algorithm>
#include <filesystem>

#include "cli/command.h"
#include "cli/dataset.h"

namespace cornu::cli {

std::vector<std::string> DataArgs::files() const {
  std::vector<std::string> out;
  for (const std::string* file : {&path, &images, &labels, &test_images, &test_labels})
    if (!file->empty()) out.push_back(*file);
  return out;
}

void DataArgs::check_flags(bool arrays) const {
  struct Flag {
    const char* name;
    bool given;
  };
  const auto refuse = [&](std::initializer_list<Flag> flags, const char* of) {
    for (const Flag& f : flags)
      if (f.given) throw UsageError(text("{} is for {}, and '{}' is none", f.name, of, path.empty() ? images : path));
  };
  if (!arrays)
    refuse({{"--labels", !labels.empty()},
            {"--test-images", !test_images.empty()},
            {"--test-labels", !test_labels.empty()},
            {"--class-names", !class_names.empty()}},
           "arrays");
  if (std::error_code none; !csv.target.empty() && std::filesystem::is_directory(path, none))
    throw UsageError(text("'{}' is a folder; of a table, name the CSV file in it", path));
  if (!path.ends_with(".npz")) refuse({{"--x", !x_name.empty()}, {"--y", !y_name.empty()}}, ".npz files");
  if (arrays)
    refuse({{"--target", !csv.target.empty()},
            {"--features", !csv.features.empty()},
            {"--ignore", !csv.ignore.empty()},
            {"--categories", !csv.categories.empty()},
            {"--missing", !csv.missing.empty()},
            {"--separator", !separator.empty()},
            {"--decimal", !decimal.empty()},
            {"a header", csv.header.has_value()}},
           "tables");
}

}  // namespace cornu::cli
