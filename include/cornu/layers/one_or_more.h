// A number or a list of numbers, as Keras' configs give axes, and scales that may differ by channel.
#pragma once
#include <cornu/describe.h>

namespace cornu {

template <class T>
struct OneOrMore {
  OneOrMore(T value) : values{value}, single(true) {}
  OneOrMore(std::vector<T> several) : values(std::move(several)) {}
  OneOrMore(std::initializer_list<T> several) : values(several) {}
  std::vector<T> values;
  bool single = false;  ///< Given, and written again, as a number instead of a list.
};
template <class T>
struct Codec<OneOrMore<T>> {
  static Value to_value(const OneOrMore<T>& v) {
    return v.single ? Codec<T>::to_value(v.values[0]) : Codec<std::vector<T>>::to_value(v.values);
  }
  static OneOrMore<T> from_value(const Value& v) {
    if (v.is_array()) return Codec<std::vector<T>>::from_value(v);
    return Codec<T>::from_value(v);
  }
};
using AxisOrAxes = OneOrMore<int64_t>;

}  // namespace cornu
