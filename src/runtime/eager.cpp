// Single operations, run at once through the same kernels as compiled steps.
#include <map>
#include <mutex>

#include "io/json.h"
#include "ops/emit.h"
#include "runtime/step.h"
#include "tensor/storage.h"

namespace cornu {

Tensor run_eagerly(const OpDef& op, const Tensors& in, const Attrs& attrs) {
  // Bytes rather than text: formatting takes longer than a small operation.
  std::string key;
  const auto append = [&](const void* bytes, size_t n) { key.append(static_cast<const char*>(bytes), n); };
  const OpDef* const row = &op;
  append(&row, sizeof row);
  for (const Tensor& t : in) {
    const Shape& shape = t.shape();
    key += static_cast<char>(t.dtype());
    key += static_cast<char>(shape.rank());
    append(shape.begin(), static_cast<size_t>(shape.rank()) * sizeof(int64_t));
  }
  if (!attrs.empty()) key += write_json(attrs.to_value());

  struct Cached {
    std::unique_ptr<Step> step;
    uint64_t used;
  };
  static thread_local std::map<std::string, Cached> cache;
  static thread_local uint64_t clock = 0;
  constexpr size_t kCacheLimit = 256;
  auto found = cache.find(key);
  if (found == cache.end()) {
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
    if (cache.size() >= kCacheLimit) {
      auto oldest = cache.begin();
      for (auto it = cache.begin(); it != cache.end(); ++it)
        if (it->second.used < oldest->second.used) oldest = it;
      cache.erase(oldest);
    }
    found = cache
                .emplace(key,
                         Cached{std::make_unique<Step>(g, types, CompileOptions{.fuse = false, .check_nan = false}), 0})
                .first;
  }
  found->second.used = ++clock;
  return found->second.step->call(in)[0];
}

}  // namespace cornu
