// Compiled steps that are kept for the next call alike: those used last, within a number and a size.
#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>

#include "runtime/step.h"

namespace cornu {

/// What the limits mean: never more than `many` steps, and no more than `few` while their memory exceeds `bytes`.
struct KeptLimits {
  size_t many, few;
  uint64_t bytes = uint64_t{64} << 20;
};

class KeptSteps {
 public:
  explicit KeptSteps(KeptLimits limits) : limits_(limits) {}

  /// Null if there is none.
  Step* find(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    found->second.used = ++clock_;
    return found->second.step.get();
  }
  Step& add(std::string key, std::unique_ptr<Step> step) {
    bytes_ += step->arena_bytes();
    while (!entries_.empty() &&
           (entries_.size() >= limits_.many || (entries_.size() >= limits_.few && bytes_ > limits_.bytes)))
      drop_one();
    return *entries_.emplace(std::move(key), Entry{std::move(step), ++clock_}).first->second.step;
  }
  size_t size() const { return entries_.size(); }
  uint64_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::unique_ptr<Step> step;
    uint64_t used;
  };
  /// The one whose last use is longest ago: of the large ones if there is no room for them, as small ones make none.
  void drop_one() {
    constexpr uint64_t kLarge = uint64_t{1} << 20;
    const bool full = bytes_ > limits_.bytes;
    const auto order = [&](const auto& e) {
      return std::pair(full && e.second.step->arena_bytes() < kLarge, e.second.used);
    };
    const auto oldest =
        std::ranges::min_element(entries_, [&](const auto& a, const auto& b) { return order(a) < order(b); });
    bytes_ -= oldest->second.step->arena_bytes();
    entries_.erase(oldest);
  }

  KeptLimits limits_;
  std::unordered_map<std::string, Entry> entries_;
  uint64_t clock_ = 0, bytes_ = 0;
};

}  // namespace cornu
