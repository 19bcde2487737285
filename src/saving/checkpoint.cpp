// Reads and writes checkpoints.
#include "saving/checkpoint.h"

#include <charconv>

#include "io/file.h"
#include "io/json.h"
#include "nn/model.h"
#include "nn/random.h"
#include "saving/keras_file.h"
#include "saving/weights.h"

namespace cornu {

static constexpr const char* kValues = "cornu/training.json";
static constexpr const char* kArrays = "cornu/training.h5";

const Tensor* TrainingState::find(const std::string& path) const {
  for (const auto& [name, tensor] : arrays)
    if (name == path) return &tensor;
  return nullptr;
}
std::vector<Tensor> TrainingState::list(const std::string& group) const {
  std::vector<Tensor> out;
  while (const Tensor* t = find(text("{}/{}", group, out.size()))) out.push_back(*t);
  return out;
}

static std::string seed_path(const std::string& layer) { return text("seeds/{}", layer); }

void write_checkpoint(const Model& model, TrainingState state, const std::string& path) {
  const std::lock_guard lock(model.model().busy);
  const RandomState random = random_state();
  state.values["random"] = Value::Array{std::to_string(random.seed), std::to_string(random.drawn)};
  walk_layers(model.model(), "", [&](LayerImpl& layer, const std::string& at) {
    if (layer.seed_state().defined()) state.arrays.emplace_back(seed_path(at), layer.seed_state().numpy());
  });
  H5Writer h5;
  for (const auto& [name, tensor] : state.arrays) write_tensor(h5, name, tensor);
  write_file_atomically(path, keras_archive(model, {{kValues, write_json(state.values)}, {kArrays, h5.finish()}}));
}

uint64_t whole_number(const Value& v, const std::string& who) {
  const std::string& digits = v.as_string();
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc() || end != digits.data() + digits.size())
    throw FileError(who, text("expected a whole number, got '{}'", digits));
  return out;
}

static RandomState random_of(const Value& values, const std::string& who) {
  const Value& random = values.at("random");
  return {whole_number(random.at(0), who), whole_number(random.at(1), who)};
}
void TrainingState::restore_random(const std::string& who) const { set_random_state(random_of(values, who)); }

static ZipReader open_checkpoint(const std::string& path) {
  ZipReader zip = ZipReader::open(path);
  if (!zip.has(kValues) || !zip.has(kArrays))
    throw FileError(path, "is no checkpoint: it was not written by save_checkpoint");
  return zip;
}

Value checkpoint_values(const std::string& path) { return parse_json(open_checkpoint(path).read(kValues), path); }

TrainingState read_checkpoint(const Model& model, const std::string& path) {
  const ZipReader zip = open_checkpoint(path);
  TrainingState state;
  state.values = parse_json(zip.read(kValues), path);
  const H5Reader h5(zip.read(kArrays), path);
  for (const std::string& name : h5.datasets()) state.arrays.emplace_back(name, read_tensor(h5, name, path));
  random_of(state.values, path);  // a damaged one is refused before anything changes
  std::vector<std::pair<LayerImpl*, const Tensor*>> seeds;
  walk_layers(model.model(), "", [&](LayerImpl& layer, const std::string& at) {
    const Tensor* t = state.find(seed_path(at));
    if (t && (t->shape() != Shape{2} || t->dtype() != DType::i32))
      throw FileError(path, text("the random state of layer '{}' must be two integers", layer.name));
    if (t) seeds.emplace_back(&layer, t);
  });
  read_weights(H5Reader(weights_member(zip, path), path), model, {.optimizer = OptimizerState::required}, path);
  for (const auto& [layer, seed] : seeds) layer->set_seed_state(*seed);
  state.restore_random(path);
  return state;
}

}  // namespace cornu
