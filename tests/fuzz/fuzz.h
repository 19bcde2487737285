// What the fuzzers share: input as text, and FileError as the one way to say no.
#pragma once
#include <cornu/error.h>

#include <cstdint>
#include <string>
#include <string_view>

/// Runs `f` and swallows the errors that a damaged file may cause; anything else ends the fuzzer.
template <class F>
void may_refuse(F&& f) {
  try {
    f();
  } catch (const cornu::FileError&) {}
}

inline std::string_view as_text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
