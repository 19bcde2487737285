// Single operations, run at once through the same kernels as compiled steps.
#include <unordered_map>

#include "io/json.h"
#include "ops/emit.h"
#include "runtime/step.h"
#include "tensor/storage.h"

namespace cornu {

namespace {

/// Compiled operations of this thread, by operation, attributes and the inputs' types and shapes.
struct Cache {
  struct Entry {
    std::unique_ptr<Step> step;
    uint64_t used;
  };
  static constexpr size_t kLimit = 256;
  std::unordered_map<std::string, Entry> entries;
  uint64_t clock = 0;
  std::string key;  // kept for its memory

  /// Bytes rather than text: formatting takes longer than a small operation.
  void set_key(const OpDef* op, const Tensors& in, const Attrs& attrs) {
    const auto append = [&](const void* bytes, size_t n) { key.append(static_cast<const char*>(bytes), n); };
    key.clear();
    append(&op, sizeof op);
    for (const Tensor& t : in) {
      const Shape& shape = t.shape();
      key += static_cast<char>(t.dtype());
      key += static_cast<char>(shape.rank());
      append(shape.begin(), static_cast<size_t>(shape.rank()) * sizeof(int64_t));
    }
    if (!attrs.empty()) key += write_json(attrs.to_value());
  }
  Entry& add(std::string new_key, std::unique_ptr<Step> step) {
    if (entries.size() >= kLimit) {
      auto oldest = entries.begin();
      for (auto it = entries.begin(); it != entries.end(); ++it)
        if (it->second.used < oldest->second.used) oldest = it;
      entries.erase(oldest);
    }
    return entries.emplace(std::move(new_key), Entry{std::move(step), 0}).first->second;
  }
};

std::unique_ptr<Step> compile(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  Graph g;
  std::vector<TypeShape> types;
  {
    Trace trace;
    Tensors inputs;
    for (const Tensor& t : in) {
      types.push_back({t.dtype(), t.shape()});
      inputs.push_back(trace.input(t.dtype(), t.shape()));
    }
    g = trace.finish({trace.emit(op, inputs, attrs)});
  }
  return std::make_unique<Step>(g, types, CompileOptions{.fuse = false, .check_nan = false});
}

}  // namespace

Tensor run_eagerly(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  static thread_local Cache cache;
  cache.set_key(&op, in, attrs);
  const auto found = cache.entries.find(cache.key);
  Cache::Entry* entry = found == cache.entries.end() ? nullptr : &found->second;
  if (!entry) {
    std::string key = cache.key;  // compiling may run operations too
    entry = &cache.add(std::move(key), compile(op, in, attrs));
  }
  entry->used = ++cache.clock;
  return entry->step->evaluate(in);
}

}  // namespace cornu
