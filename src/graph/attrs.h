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
    CORNU_ASSERT(box_ && typeid(*box_) == typeid(Box<T>));
    return static_cast<const Box<T>&>(*box_).value;
  }
  Value to_value() const { return box_ ? box_->to_value() : Value(); }
  bool operator==(const Attrs& o) const { return box_ == o.box_ || to_value() == o.to_value(); }

 private:
  struct BoxBase {
    virtual ~BoxBase() = default;
    virtual Value to_value() const = 0;
  };
  template <class T>
  struct Box final : BoxBase {
    explicit Box(T v) : value(std::move(v)) {}
    Value to_value() const override { return describe_to_value(value); }
    T value;
  };
  std::shared_ptr<const BoxBase> box_;
};

}  // namespace cornu
