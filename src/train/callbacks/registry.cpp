// The configs of callbacks, described.
#include "train/callbacks/registry.h"

namespace cornu {

using namespace callbacks;

template <>
struct Codec<SaveFreq> {
  static Value to_value(const SaveFreq& f) { return f.each_epoch() ? Value("epoch") : Value(f.batches()); }
  static SaveFreq from_value(const Value& v) {
    return v.is_string() ? SaveFreq(v.as_string().c_str()) : SaveFreq(v.as_int());
  }
};
template <>
struct Describe<EarlyStoppingConfig> {
  using T = EarlyStoppingConfig;
  static constexpr auto fields = std::tuple{field("monitor", &T::monitor),
                                            field("min_delta", &T::min_delta),
                                            field("patience", &T::patience),
                                            field("verbose", &T::verbose),
                                            field("mode", &T::mode),
                                            field("baseline", &T::baseline),
                                            field("restore_best_weights", &T::restore_best_weights),
                                            field("start_from_epoch", &T::start_from_epoch)};
};
template <>
struct Describe<TerminateOnNaNConfig> {
  using T = TerminateOnNaNConfig;
  static constexpr auto fields = std::tuple{field("raise_error", &T::raise_error)};
};
template <>
struct Describe<StopAtLossConfig> {
  static constexpr auto fields = std::tuple{required("threshold", &StopAtLossConfig::threshold)};
};
template <>
struct Describe<StopAtSmallUpdatesConfig> {
  static constexpr auto fields = std::tuple{required("threshold", &StopAtSmallUpdatesConfig::threshold)};
};
template <>
struct Describe<ReduceLROnPlateauConfig> {
  using T = ReduceLROnPlateauConfig;
  static constexpr auto fields =
      std::tuple{field("monitor", &T::monitor),   field("factor", &T::factor), field("patience", &T::patience),
                 field("verbose", &T::verbose),   field("mode", &T::mode),     field("min_delta", &T::min_delta),
                 field("cooldown", &T::cooldown), field("min_lr", &T::min_lr)};
};
template <>
struct Describe<ModelCheckpointConfig> {
  using T = ModelCheckpointConfig;
  static constexpr auto fields = std::tuple{required("filepath", &T::filepath),
                                            field("monitor", &T::monitor),
                                            field("verbose", &T::verbose),
                                            field("save_best_only", &T::save_best_only),
                                            field("save_weights_only", &T::save_weights_only),
                                            field("mode", &T::mode),
                                            field("save_freq", &T::save_freq),
                                            field("initial_value_threshold", &T::initial_value_threshold)};
};
template <>
struct Describe<BackupAndRestoreConfig> {
  using T = BackupAndRestoreConfig;
  static constexpr auto fields =
      std::tuple{required("backup_dir", &T::backup_dir), field("save_freq", &T::save_freq),
                 field("double_checkpoint", &T::double_checkpoint), field("delete_checkpoint", &T::delete_checkpoint)};
};
template <>
struct Describe<CSVLoggerConfig> {
  using T = CSVLoggerConfig;
  static constexpr auto fields =
      std::tuple{required("filename", &T::filename), field("separator", &T::separator), field("append", &T::append)};
};

const CallbackRegistry::Make* CallbackRegistry::find(const std::string& name) const {
  const auto found = rows_.find(name);
  return found == rows_.end() ? nullptr : &found->second.make;
}

std::vector<Parameter> CallbackRegistry::parameters(const std::string& name) const {
  const auto found = rows_.find(name);
  if (found == rows_.end()) throw CallError("keras.callbacks", text("has no class '{}'", name));
  return found->second.parameters();
}

std::vector<std::string> CallbackRegistry::names() const {
  std::vector<std::string> out;
  for (const auto& [name, row] : rows_) out.push_back(name);
  return out;
}

const CallbackRegistry& callback_registry() {
  static const CallbackRegistry* registry = [] {
    auto* r = new CallbackRegistry;
    r->add("EarlyStopping", EarlyStopping);
    r->add("TerminateOnNaN", TerminateOnNaN);
    r->add<StopAtLossConfig>("StopAtLoss", StopAtLoss);
    r->add<StopAtSmallUpdatesConfig>("StopAtSmallUpdates", StopAtSmallUpdates);
    r->add("ReduceLROnPlateau", ReduceLROnPlateau);
    r->add("ModelCheckpoint", ModelCheckpoint);
    r->add("BackupAndRestore", BackupAndRestore);
    r->add("CSVLogger", CSVLogger);
    return r;
  }();
  return *registry;
}

}  // namespace cornu
