// Attributes of a node: one described struct, compared, printed and parsed through its fields.
#pragma once
#include <cornu/describe.h>

#include <memory>
#include <string>
#include <typeinfo>

#include "base/assert.h"

namespace cornu {

class Attrs {
 public:
  Attrs() = default;
  template <class T>
  static Attrs of(T value) {
    Attrs a;
    a.box_ = std::make_shared<const Box<T>>(std::move(value));
    return a;
  }
  bool empty() const { return !box_; }
  /// The struct; an op's row and its kernels agree on T.
  template <class T>
  const T& as() const {
    CORNU_ASSERT(box_ && box_->type() == typeid(T));
    return static_cast<const Held<T>&>(*box_).value;
  }
  Value to_value() const { return box_ ? box_->to_value() : Value(); }
  bool operator==(const Attrs& o) const { return box_ == o.box_ || to_value() == o.to_value(); }

 private:
  struct BoxBase {
    virtual ~BoxBase() = default;
    virtual Value to_value() const = 0;
    virtual const std::type_info& type() const = 0;
  };
  /// What as() needs: a class whose functions Clang instantiates no earlier than where a Box is made.
  template <class T>
  struct Held : BoxBase {
    explicit Held(T v) : value(std::move(v)) {}
    T value;
  };
  template <class T>
  struct Box final : Held<T> {
    using Held<T>::Held;
    Value to_value() const override { return describe_to_value(this->value); }
    const std::type_info& type() const override { return typeid(T); }
  };
  std::shared_ptr<const BoxBase> box_;
};

/// How a row names the struct of its attributes.
using AttrsReader = Attrs (*)(const Value& fields, const std::string& who);
template <class T>
Attrs attrs_of(const Value& fields, const std::string& who) {
  return Attrs::of(describe_from_value<T>(fields, who));
}

}  // namespace cornu
