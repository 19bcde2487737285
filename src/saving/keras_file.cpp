// Reads and writes .keras files.
#include "saving/keras_file.h"

#include <ctime>
#include <new>

#include "io/file.h"
#include "io/json.h"
#include "nn/model.h"
#include "saving/config.h"
#include "saving/weights.h"
#include "tensor/storage.h"

namespace cornu {
namespace {

constexpr const char* kConfig = "config.json";
constexpr const char* kMetadata = "metadata.json";
constexpr const char* kWeights = "model.weights.h5";
constexpr const char* kOurs = "cornu";  ///< The key of metadata.json under which Keras does not look.

std::string now() {
  const std::time_t t = std::time(nullptr);
  std::tm local{};
  localtime_r(&t, &local);
  char out[32];
  std::strftime(out, sizeof out, "%Y-%m-%d@%H:%M:%S", &local);
  return out;
}

std::string metadata_text(const Model& model) {
  Value out = Value::object();
  out["keras_version"] = "3.15.1";
  out["date_saved"] = now();
  if (model.metadata().size()) out[kOurs] = model.metadata();
  return write_json(out);
}

/// What we added to Keras' metadata. Damage is refused as in the other members: without its metadata a model would read
/// the columns of a table in another order, and be silently wrong.
Value metadata_of(const ZipReader& zip, const std::string& who) {
  if (!zip.has(kMetadata)) return Value::object();
  const std::string member = text("{} {}", who, kMetadata);
  const Value all = parse_json(zip.read(kMetadata), member);
  if (!all.is_object()) throw FileError(member, "must be a JSON object");
  const Value* ours = all.find(kOurs);
  if (!ours) return Value::object();
  if (!ours->is_object()) throw FileError(member, text("'{}' must be a JSON object", kOurs));
  return *ours;
}

bool ends_with(const std::string& s, std::string_view end) {
  return s.size() >= end.size() && std::string_view(s).substr(s.size() - end.size()) == end;
}

void need_ending(const std::string& who, const std::string& path, std::string_view ending) {
  if (!ends_with(path, ending)) throw CallError(who, text("the file's name must end in '{}', got '{}'", ending, path));
}

std::string title(const Model& m) { return text("{} '{}'", m.model().class_name(), m.name()); }

Model load(std::string bytes, LoadConfig options, const std::string& who) {
  if (bytes.rfind("\x89HDF", 0) == 0)
    throw FileError(who,
                    "is a file of HDF5, not a .keras archive; legacy .h5 models are not supported yet, and weights "
                    "alone are loaded with load_weights");
  if (bytes.empty()) throw FileError(who, "must be a .keras file, got an empty one");
  const ZipReader zip(std::move(bytes), who);
  if (!zip.has(kConfig)) throw FileError(who, text("is no .keras file: the archive has no '{}'", kConfig));
  const Value form = parse_json(zip.read(kConfig), text("{} {}", who, kConfig));
  const std::string weights = weights_member(zip, who);
  Value metadata = metadata_of(zip, who);
  // Weights, what they are converted from, and the optimizer's slots: a few times what the file has.
  constexpr uint64_t kFloor = uint64_t{1} << 24;
  const StorageLimit limit(kFloor + 8 * weights.size());
  Model model = model_from_config(form, who);
  if (options.compile)
    if (std::optional<CompileConfig> compiled = compile_from_config(form, who)) {
      model.compile(std::move(*compiled));
      model.model().compiled_as = present_compile_config(form);
    }
  const H5Reader h5(weights, text("{} {}", who, kWeights));
  if (!model.model().ready() && h5.has("layers"))
    throw ConfigError(who, "does not state the shape of the input, so its weights cannot be placed");
  read_weights(h5, model, {.optimizer = OptimizerState::if_it_fits}, who);
  model.metadata() = std::move(metadata);
  return model;
}

}  // namespace

std::string weights_member(const ZipReader& zip, const std::string& who) {
  if (zip.has(kWeights)) return zip.read(kWeights);
  if (zip.has("model.weights.npz")) throw FileError(who, "keeps its weights as .npz, which is not supported yet");
  for (const ZipMember& m : zip.members())
    if (ends_with(m.name, ".weights.json")) throw FileError(who, "has sharded weights, which are not supported yet");
  throw FileError(who, text("is no .keras file: the archive has no '{}'", kWeights));
}

std::string keras_archive(const Model& model, const Members& extra) {
  const std::lock_guard lock(model.model().busy);  // what is saved stays as it is meanwhile
  model.model().build_if_possible();               // a model with a known input has weights, used or not
  const std::string metadata = metadata_text(model), config = write_json(model_to_config(model));
  H5Writer h5;
  write_weights(h5, model);
  const std::string weights = h5.finish();
  std::vector<std::pair<std::string, std::string_view>> members = {
      {kMetadata, metadata}, {kConfig, config}, {kWeights, weights}};
  for (const auto& [name, bytes] : extra) members.emplace_back(name, bytes);
  return write_zip(members);
}

std::string save_model_bytes(const Model& model) { return keras_archive(model); }

Model load_model_bytes(TextView bytes, LoadConfig config, const Text& who) {
  try {
    return load(std::string(bytes), config, who);
  } catch (const FileError&) {
    throw;
  } catch (const ConfigError& e) {
    if (e.who == who) throw;
    throw ConfigError(who, sentence_of(e));
  } catch (const Error& e) {
    const std::string sentence = sentence_of(e);
    throw ConfigError(who, e.who == who ? sentence.substr(std::min(sentence.size(), who.size() + 2)) : sentence);
  } catch (const std::bad_alloc&) {
    throw ConfigError(who, "asks for more memory than there is");
  } catch (const std::length_error&) {
    throw ConfigError(who, "asks for more memory than there is");
  }
}

Model load_model(const Text& path, LoadConfig config) { return load_model_bytes(read_file(path), config, path); }

void Model::save(const Text& path) const {
  need_ending(text("save of {}", title(*this)), path, ".keras");
  write_file_atomically(path, keras_archive(*this));
}

void Model::save_weights(const Text& path) const {
  need_ending(text("save_weights of {}", title(*this)), path, ".weights.h5");
  H5Writer h5;
  {
    const std::lock_guard lock(model().busy);
    if (!model().build_if_possible())
      throw CallError(text("save_weights of {}", title(*this)),
                      "the model has no weights yet; start it with Input, or call build", {}, model().where);
    write_weights(h5, *this);
  }
  write_file_atomically(path, h5.finish());
}

void Model::load_weights(const Text& path, LoadWeightsConfig config) {
  ModelImpl& m = model();
  if (!m.build_if_possible())
    throw CallError(text("load_weights of {}", title(*this)),
                    "the model has no weights yet; start it with Input, or call build", {}, m.where);
  std::string bytes = read_file(path);
  if (bytes.rfind("PK", 0) == 0) bytes = weights_member(ZipReader(std::move(bytes), path), path);
  const H5Reader h5(std::move(bytes), path);
  if (h5.attribute("", "layer_names") || h5.has("model_weights"))
    throw FileError(path, "is a legacy .h5 file of Keras, which is not supported yet; save as .keras or .weights.h5");
  read_weights(h5, *this, {.optimizer = OptimizerState::if_it_fits, .skip_mismatch = config.skip_mismatch}, path);
}

Value& Model::metadata() const { return model().metadata; }

}  // namespace cornu
