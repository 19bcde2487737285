// What the interface takes as a text: a string that cannot be made of a null pointer.
#pragma once
#include <cornu/error.h>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace cornu {

namespace detail {
[[noreturn]] CORNU_API void null_text(const CallSite& at);
}

/// A std::string in all but one thing: a null `const char*` is a ConfigError that says where it was given. (What
/// std::string does with it is a std::logic_error, or a crash.)
class Text : public std::string {
 public:
  Text() = default;
  Text(const char* characters, CallSite at = here()) : std::string(checked(characters, at)) {}
  Text(std::string string) noexcept : std::string(std::move(string)) {}
  explicit Text(std::string_view view) : std::string(view) {}
  /// What becomes a string by itself, as a std::filesystem::path does.
  template <class T>
  requires(std::convertible_to<const T&, std::string> && !std::convertible_to<const T&, const char*> &&
           !std::derived_from<T, std::string>) Text(const T& other)
      : std::string(static_cast<std::string>(other)) {}

 private:
  static const char* checked(const char* characters, const CallSite& at) {
    if (!characters) detail::null_text(at);
    return characters;
  }
};

/// The same for a std::string_view: valid while the characters are.
class TextView : public std::string_view {
 public:
  TextView() = default;
  TextView(const char* characters, CallSite at = here()) : std::string_view(checked(characters, at)) {}
  TextView(const std::string& string) noexcept : std::string_view(string) {}
  TextView(std::string_view view) noexcept : std::string_view(view) {}

 private:
  static const char* checked(const char* characters, const CallSite& at) {
    if (!characters) detail::null_text(at);
    return characters;
  }
};

}  // namespace cornu
