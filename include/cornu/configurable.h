// Everything that Keras describes by a config: layers, losses, metrics, optimizers, initializers and their like. One
// way to name them, to write them to files, and to add one's own.
#pragma once
#include <cornu/describe.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

namespace cornu {

/// Anything with a Keras config. Held by handles, which share it; not for several threads at once unless a class says
/// so.
class CORNU_API Configurable {
 public:
  virtual ~Configurable() = default;
  virtual std::string class_name() const = 0;  ///< "Dense"
  virtual Value get_config() const = 0;
  /// "package>Name" of what is known by its name alone, as a user's activation; classes are known to their registry.
  std::string registered_name;
};

/// Fills in class_name and get_config for a class with `using Config = ...` (described) and `kName`.
/// A number that is NaN is refused, unless the class has a member `kTakesNaN`.
/// struct Mine final : Described<Mine, LossImpl> { ... explicit Mine(Config c) : Described(std::move(c)) {} };
template <class Self, class Base, class ConfigType>
class WithConfig : public Base {
 public:
  using Config = ConfigType;
  explicit WithConfig(Config c) : config(std::move(c)) {
    if constexpr (!requires { Self::kTakesNaN; }) check_numbers(config, Self::kName);
  }
  std::string class_name() const override { return Self::kName; }
  Value get_config() const override { return describe_to_value(config); }
  Config config;
};

namespace detail {
/// What a registry knows of its classes besides how they are made: no template, so that its maps are compiled once.
class CORNU_API ClassList {
 public:
  explicit ClassList(const char* module);
  /// What the constructor of a class takes. CallError if the class was not added by its type.
  std::vector<Parameter> parameters(const std::string& name) const;
  /// The class that a name means; the name itself if it is no other name of one.
  std::string class_name(const std::string& name) const;
  bool is_class(const std::string& name) const;
  /// Whether the plain name is that of a user's class alone.
  bool is_users(const std::string& name) const;
  const std::vector<std::string>& names() const;
  /// "package>Name" if the object is of a user's class, else empty.
  std::string registered_name(const Configurable& object) const;

 protected:
  void insert(const std::string& name, const std::vector<std::string>& aliases, std::vector<Parameter> (*parameters)());
  /// The name in files of a user's class.
  std::string insert_users(const std::type_info& type, const std::string& package, const std::string& name);

 private:
  struct Lists;
  std::shared_ptr<Lists> lists_;
};

/// A ConfigError: a live object of another kind than that of `module`.
[[noreturn]] CORNU_API void wrong_live(const char* module, const Value& v);
/// A CallError: nothing was given where an object of `module` is needed.
[[noreturn]] CORNU_API void empty_handle(const char* module);
}  // namespace detail

/// The classes of one kind by name. `Base::kModule` is Keras' module, as "keras.losses". Lives as long as the process;
/// classes are added before several threads use it.
template <class Base>
class Registry : public detail::ClassList {
 public:
  Registry() : ClassList(Base::kModule) {}
  using Make = std::function<std::shared_ptr<Base>(const Value& config)>;
  /// Adds T, made from T::Config; `aliases` are further names, as "mse". `package` marks a user's class, which files
  /// name "package>Name"; its plain name serves too, unless Keras has a class of that name.
  template <class T>
  void add(const std::vector<std::string>& aliases = {}, const std::string& package = "") {
    const Make make = [](const Value& config) -> std::shared_ptr<Base> {
      return std::make_shared<T>(describe_from_value<typename T::Config>(config, T::kName));
    };
    if (!package.empty()) makers_[insert_users(typeid(T), package, T::kName)] = make;
    makers_.try_emplace(T::kName, make);
    for (const std::string& alias : aliases) makers_[alias] = make;
    insert(T::kName, aliases, parameters_of<typename T::Config>);
  }
  /// Adds a class that is made in another way, as one written in another language.
  void add(const std::string& name, Make make) { makers_[name] = std::move(make); }
  const Make* find(const std::string& name) const {
    const auto found = makers_.find(name);
    return found == makers_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Make> makers_;
};

/// The one registry of a kind; filled with Keras' classes at first use.
template <class Base>
Registry<Base>& registry();

/// From a name, or from Keras' form {"module", "class_name", "config", "registered_name"}. ConfigError with a
/// suggestion if there is no such class; code in a file (a lambda) is refused.
template <class Base>
CORNU_API std::shared_ptr<Base> make_configurable(const Value& identifier);
/// Keras' form of an object; null for none.
template <class Base>
CORNU_API Value serialize(const Base* object);

/// Handle to a configurable, given by name, as an object, or not at all. Copies share the object and keep it alive.
template <class Impl>
class Handle {
 public:
  static constexpr const char* kModule = Impl::kModule;
  Handle() = default;
  Handle(const char* name) : impl_(make_configurable<Impl>(Value(not_null(name, kModule)))) {}
  Handle(const std::string& name) : impl_(make_configurable<Impl>(Value(name))) {}
  Handle(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  explicit operator bool() const { return impl_ != nullptr; }
  Impl* operator->() const { return &**this; }
  /// CallError from an empty handle.
  Impl& operator*() const {
    if (!impl_) detail::empty_handle(kModule);
    return *impl_;
  }
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 protected:
  std::shared_ptr<Impl> impl_;
};

/// The live object in a config, which must be of that kind.
template <class Impl>
std::shared_ptr<Impl> live_as(const Value& v) {
  auto object = std::dynamic_pointer_cast<Impl>(v.live());
  if (!object) detail::wrong_live(Impl::kModule, v);
  return object;
}

template <class Impl>
struct Codec<Handle<Impl>> {
  static Value to_value(const Handle<Impl>& h) { return serialize<Impl>(h.impl().get()); }
  static Handle<Impl> from_value(const Value& v) {
    if (v.live()) return Handle<Impl>(live_as<Impl>(v));
    return v.is_null() ? Handle<Impl>() : Handle<Impl>(make_configurable<Impl>(v));
  }
};

}  // namespace cornu
