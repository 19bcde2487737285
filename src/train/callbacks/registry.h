// Callbacks by Keras' names, for callers that have names and values only.
#pragma once
#include <cornu/callbacks.h>
#include <cornu/describe.h>

namespace cornu {

class CallbackRegistry {
 public:
  using Make = std::function<std::shared_ptr<Callback>(const Value& config)>;
  template <class Config>
  void add(const char* name, std::shared_ptr<Callback> (*make)(Config)) {
    rows_[name] = {[name, make](const Value& v) {
                     Config config = describe_from_value<Config>(v, name);
                     check_numbers(config, name);
                     return make(std::move(config));
                   },
                   parameters_of<Config>};
  }
  /// Null if there is none of that name.
  const Make* find(const std::string& name) const;
  /// CallError if there is none of that name.
  std::vector<Parameter> parameters(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  struct Row {
    Make make;
    std::vector<Parameter> (*parameters)();
  };
  std::map<std::string, Row> rows_;
};

/// All but those that are made of functions.
const CallbackRegistry& callback_registry();

}  // namespace cornu
