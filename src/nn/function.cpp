// Plain functions of tensors: compiled once for each signature; and gradients of functions.
#include <cornu/ops.h>

#include <mutex>

#include "autodiff/gradient.h"
#include "ops/emit.h"
#include "runtime/kept_steps.h"
#include "tensor/storage.h"

namespace cornu::ops {
namespace {

/// Steps by the types and shapes of the arguments; the ones used last, as texts may have any number of lengths. Copies
/// of the function share it.
struct Compiled {
  Function f;
  KeptSteps steps{{.many = 32, .few = 8}};
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
    Step* step = steps.find(key);
    if (!step) {
      Graph g;
      {
        Trace trace;
        Tensors inputs;
        for (const TypeShape& t : types) inputs.push_back(trace.input(t.dtype, t.shape));
        g = trace.finish(f(inputs));
      }
      step = &steps.add(std::move(key), std::make_unique<Step>(g, types));
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

/// f and its gradients in the trace that is going on.
static Tensors value_and_gradients(const Function& f, const Tensors& in, const std::vector<size_t>& wanted) {
  Tensors wrt;
  const auto add = [&](size_t i) {
    if (i >= in.size()) throw CallError("grad", text("there is no input {}, only {}", i, in.size()));
    if (!is_floating(in[i].dtype()))
      throw DTypeError("grad",
                       text("input {} must be of a floating type to have a gradient, got {}; cast it, or number "
                            "the inputs that are to have one",
                            i, in[i].dtype()));
    wrt.push_back(in[i]);
  };
  for (const size_t i : wanted) add(i);
  for (size_t i = 0; wanted.empty() && i < in.size(); ++i) add(i);
  const Tensors out = f(in);
  if (out.empty()) throw CallError("grad", "the function must return a scalar, got nothing");
  Tensors result = gradients(out[0], wrt);
  result.insert(result.end(), out.begin(), out.end());
  return result;
}

Function value_and_grad(Function f, std::vector<size_t> inputs) {
  must_be_there(f, "grad");
  return [f = std::move(f), inputs = std::move(inputs)](const Tensors& in) {
    if (current_trace()) return value_and_gradients(f, in, inputs);
    Trace trace(TraceMode::record_and_run);
    Tensors watched;  // each a value of its own, also where one tensor is given twice
    for (const Tensor& t : in) {
      watched.push_back(Tensor(std::make_shared<TensorImpl>(*t.impl())));
      trace.watch(watched.back());
    }
    return value_and_gradients(f, watched, inputs);
  };
}

Function grad(Function f, std::vector<size_t> inputs) {
  const size_t wanted = inputs.size();
  Function both = value_and_grad(std::move(f), std::move(inputs));
  return [both = std::move(both), wanted](const Tensors& in) {
    Tensors all = both(in);
    all.resize(wanted ? wanted : in.size());
    return all;
  };
}

}  // namespace cornu::ops
