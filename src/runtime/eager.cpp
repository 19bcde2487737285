// Single operations, run at once through the same kernels as compiled steps.
#include "ops/emit.h"
#include "runtime/kept_steps.h"

namespace cornu {
namespace {

/// Compiled operations of this thread, by operation, attributes and the inputs' types and shapes.
struct Cache {
  /// Results as large as all that is kept are rare, and making them takes longer than compiling does.
  static constexpr KeptLimits kLimits{.many = 256, .few = 1};
  KeptSteps steps{kLimits};
  std::string key;  // kept for its memory

  /// Bytes rather than text: formatting takes longer than a small operation.
  void set_key(const OpDef* op, const Tensors& in, const Attrs& attrs) {
    key.clear();
    append(op);
    append(in.size());
    for (const Tensor& t : in) {
      const Shape& shape = t.shape();
      append(t.dtype());
      append(shape.rank());
      for (int64_t d : shape.raw()) append(d);
    }
    if (!attrs.empty()) append_value(attrs.to_value());
  }

 private:
  template <class T>
  void append(T number) {
    key.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  /// Names of members follow from the operation.
  void append_value(const Value& v) {
    append(v.kind());
    switch (v.kind()) {
      case Value::Kind::null:
      case Value::Kind::live:  // attributes hold none
        return;
      case Value::Kind::boolean:
        return append(v.as_bool());
      case Value::Kind::integer:
        return append(v.as_int());
      case Value::Kind::real:
        return append(v.as_double());
      case Value::Kind::string:
        append(v.as_string().size());
        key += v.as_string();
        return;
      case Value::Kind::array:
        append(v.size());
        for (const Value& one : v.as_array()) append_value(one);
        return;
      case Value::Kind::object:
        append(v.size());
        for (const auto& [name, one] : v.as_object()) append_value(one);
        return;
    }
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
  Step* step = cache.steps.find(cache.key);
  if (!step) {
    std::string key = cache.key;  // compiling may run operations too
    std::unique_ptr<Step> made = compile(op, in, attrs);
    if (made->arena_bytes() > Cache::kLimits.bytes) return made->evaluate(in);
    step = &cache.steps.add(std::move(key), std::move(made));
  }
  return step->evaluate(in);
}

}  // namespace cornu
