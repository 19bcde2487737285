// Plain functions of tensors: compiled once for each signature, and their gradients.
#include <cornu/ops.h>

#include <map>
#include <mutex>

#include "autodiff/gradient.h"
#include "runtime/step.h"

namespace cornu::ops {
namespace {

/// Steps by the types and shapes of the arguments. Copies of the function share it.
struct Compiled {
  Function f;
  std::map<std::string, std::unique_ptr<Step>> steps;
  std::mutex mutex;

  Tensors operator()(const Tensors& in) {
    if (current_trace()) return f(in);  // part of a larger function
    const std::lock_guard lock(mutex);
    std::string key;
    std::vector<TypeShape> types;
    for (const Tensor& t : in) {
      key += text("{}{} ", t.dtype(), t.shape());
      types.push_back({t.dtype(), t.shape()});
    }
    std::unique_ptr<Step>& step = steps[key];
    if (!step) {
      Graph g;
      {
        Trace trace;
        Tensors inputs;
        for (const TypeShape& t : types) inputs.push_back(trace.input(t.dtype, t.shape));
        g = trace.finish(f(inputs));
      }
      step = std::make_unique<Step>(g, types);
    }
    return step->call(in);
  }
};

}  // namespace

static void must_be_there(const Function& f, const char* who) {
  if (!f) throw CallError(who, "the function is empty");
}

Function jit(Function f) {
  must_be_there(f, "jit");
  auto compiled = std::make_shared<Compiled>();
  compiled->f = std::move(f);
  return [compiled](const Tensors& in) { return (*compiled)(in); };
}

Function value_and_grad(Function f) {
  must_be_there(f, "grad");
  return jit([f = std::move(f)](const Tensors& in) {
    const Tensors out = f(in);
    if (out.empty()) throw CallError("grad", "the function must return a scalar, got nothing");
    Tensors result = gradients(out[0], in);
    result.insert(result.end(), out.begin(), out.end());
    return result;
  });
}

Function grad(Function f) {
  Function both = value_and_grad(std::move(f));
  return [both](const Tensors& in) {
    Tensors all = both(in);
    all.resize(in.size());
    return all;
  };
}

}  // namespace cornu::ops
