// Layers, losses, metrics, optimizers and their like: those of the engine, and those whose methods are Python's.
#include <set>

#include <cornu/convolution.h>
#include "bind.h"
#include "nn/call_frame.h"
#include "nn/call_record.h"
#include "nn/layers/families.h"
#include "nn/metrics/mean.h"
#include "nn/model.h"
#include "nn/registry.h"
#include "ops/emit.h"
#include "scripted_layers.h"
#include "tensor/cell.h"

namespace cornu::python {
namespace {

using nb::literals::operator""_a;

/// Calls `f` with the kind's base class; the kinds in one place.
template <class F>
auto with_kind(const std::string& module, F f) {
  if (module == LayerImpl::kModule) return f.template operator()<LayerImpl>();
  if (module == LossImpl::kModule) return f.template operator()<LossImpl>();
  if (module == MetricImpl::kModule) return f.template operator()<MetricImpl>();
  if (module == OptimizerImpl::kModule) return f.template operator()<OptimizerImpl>();
  if (module == ScheduleImpl::kModule) return f.template operator()<ScheduleImpl>();
  if (module == InitializerImpl::kModule) return f.template operator()<InitializerImpl>();
  if (module == RegularizerImpl::kModule) return f.template operator()<RegularizerImpl>();
  if (module == ConstraintImpl::kModule) return f.template operator()<ConstraintImpl>();
  throw ConfigError(module, "holds no classes");
}

/// The trainable weights, the others, or both, in order.
nb::list weights_by(const LayerImpl& layer, bool trainable, bool other) {
  std::set<const Cell*> trains;
  for (const Weight& w : weights_of(layer, true)) trains.insert(w.variable.cell().get());
  nb::list out;
  for (const Weight& w : weights_of(layer, false))
    if (trains.count(w.variable.cell().get()) ? trainable : other) out.append(nb::cast(w.variable.cell()));
  return out;
}

void bind_layers(nb::module_& m) {
  m.def(
      "dtype_policy", [] { return dtype_policy().name; }, "The policy of layers that are given none.");
  m.def("image_data_format", image_data_format);
  m.def("set_image_data_format", [](const std::string& format) { set_image_data_format(format); });
  m.def(
      "dtype_policy_form", [] { return from_value(Codec<DTypePolicy>::to_value(dtype_policy())); },
      "What files hold of it.");
  m.def("set_dtype_policy", [](nb::handle policy) { set_dtype_policy(to_policy(policy)); });
  m.def("floatx", [] { return to_string(floatx()); });
  m.def("set_floatx", [](const std::string& name) { set_floatx(dtype_from_string(name)); });
  m.def(
      "policy_dtypes",
      [](const std::string& name) {
        const DTypePolicy policy(name.c_str());
        if (!policy.quantization_mode().empty()) throw DTypeError("dtype", text("'{}' names a quantized policy", name));
        return nb::make_tuple(to_string(policy.compute_dtype()), to_string(policy.variable_dtype()));
      },
      "What a policy of that name computes in, and keeps variables in.");
  nb::class_<LayerImpl, Configurable>(m, "LayerImpl")
      .def_rw("name", &LayerImpl::name)
      .def_prop_rw(
          "trainable", [](const LayerImpl& l) -> bool { return l.trainable; },
          [](LayerImpl& l, bool on) { l.set_trainable(on); })
      .def_prop_rw(
          "own_trainable", [](const LayerImpl& l) -> bool { return l.trainable; },
          [](LayerImpl& l, bool on) { l.trainable = on; })
      .def_prop_ro("dtype", [](const LayerImpl& l) { return to_string(l.variable_dtype); })
      .def_prop_ro("compute_dtype", [](const LayerImpl& l) { return to_string(l.dtype); })
      .def_prop_ro("policy", [](const LayerImpl& l) { return l.dtype_policy().name; })
      .def_prop_ro("policy_form",
                   [](const LayerImpl& l) { return from_value(Codec<DTypePolicy>::to_value(l.dtype_policy())); })
      .def("set_dtype", [](LayerImpl& l, nb::handle policy) { l.change_policy(to_policy(policy)); })
      .def_rw("autocast", &LayerImpl::autocast)
      .def_prop_rw(
          "activity_regularizer", [](const LayerImpl& l) { return l.activity_regularizer.impl(); },
          [](LayerImpl& l, std::shared_ptr<RegularizerImpl> r) { l.activity_regularizer = Regularizer(std::move(r)); },
          nb::for_setter(nb::arg().none()))
      .def(
          "seed_state",
          [](LayerImpl& l, std::optional<int64_t> seed) {
            if (!l.seed_state().defined()) {
              const auto start = static_cast<int32_t>(seed ? static_cast<uint64_t>(*seed) : next_seed());
              l.set_seed_state(Tensor({2}, std::vector<int32_t>{start, 0}));
            }
            return l.seed_state().cell();
          },
          "seed"_a.none(), "The variable of a layer that draws random numbers, which starts with `seed` if it is new.")
      .def_prop_ro("path", &LayerImpl::path)
      .def_prop_ro("built_at_init", [](const LayerImpl& l) { return dynamic_cast<const BuiltAtInit*>(&l) != nullptr; })
      .def_prop_ro("built", &LayerImpl::built)
      .def_prop_ro("build_shape", [](const LayerImpl& l) { return shape_tuple(l.build_shape()); })
      .def_prop_ro("build_config", [](const LayerImpl& l) { return from_value(build_config(l)); })
      .def_prop_ro("output_shape", [](const LayerImpl& l) { return shape_tuples(l.output_shapes()); })
      .def(
          "build_once", [](LayerImpl& l, nb::handle shapes) { l.build_once(to_shapes(shapes)); }, "shapes"_a.none())
      .def(
          "__call__",
          [](const std::shared_ptr<LayerImpl>& l, nb::handle x, std::optional<bool> training, nb::handle mask,
             nb::object arguments, nb::handle values) {
            CallOptions options{training, {}, to_masks(mask), keep_object(std::move(arguments)), to_value(values)};
            return from_tensors(l->apply(to_tensors(x), options));
          },
          "x"_a, "training"_a.none(), "mask"_a = nb::none(), "arguments"_a = nb::none(), "values"_a = nb::none())
      .def_prop_ro(
          "call_parameters",
          [](const LayerImpl& l) {
            nb::list out;
            for (const CallParameter& p : l.call_parameters())
              out.append(nb::make_tuple(p.name, p.tensors, p.required, from_value(p.default_value)));
            return out;
          },
          "(name, whether it takes tensors, whether it must be given, default) of each argument of its call, where "
          "that "
          "takes more than `inputs`.")
      .def("input", [](const std::shared_ptr<LayerImpl>& l) { return from_tensors(Layer(l).input()); })
      .def("output", [](const std::shared_ptr<LayerImpl>& l) { return from_tensors(Layer(l).output()); })
      .def(
          "record_at",
          [](const std::shared_ptr<LayerImpl>& l, size_t number) -> nb::object {
            const auto records = l->records();
            if (number >= records.size()) return nb::none();
            const auto& record = records[number];
            return nb::make_tuple(from_tensors(record->inputs), from_tensors(outputs_of(record)));
          },
          "(inputs, outputs) of the call of that number that was noted; None if there is none.")
      .def_prop_ro("supports_masking", &LayerImpl::supports_masking)
      .def(
          "compute_mask",
          [](const LayerImpl& l, nb::handle x, nb::handle masks) {
            return from_tensors(l.compute_masks(to_tensors(x), to_tensors(masks)));
          },
          "inputs"_a, "masks"_a.none())
      .def_prop_ro("calls_noted", [](const LayerImpl& l) { return l.records().size(); })
      .def_rw("is_operation", &LayerImpl::is_operation)
      .def("symbolic_input", [](const std::shared_ptr<LayerImpl>& l) { return symbolic_input(l); })
      .def("weights", &weights_by)
      .def("own_weights", [](const LayerImpl& l) { return cells(l.own_weights(), &Weight::variable); })
      .def("losses",
           [](const LayerImpl& l) {
             std::vector<Tensor> out;
             l.collect_losses(out);
             return out;
           })
      .def("adapt", [](LayerImpl& l, nb::handle data) { l.adapt({to_tensor(data, DType::f32)}); })
      .def("children", &children_of);
  m.def(
      "get_weights",
      [](std::shared_ptr<ModelImpl> model) {
        std::vector<Tensor> all = without_gil([&] { return Model(std::move(model)).get_weights(); });
        nb::list out;
        for (Tensor& t : all) out.append(give_numpy(std::move(t)));
        return out;
      },
      "Of one moment, where another thread trains the model.");
  m.def("set_weights", [](std::shared_ptr<ModelImpl> model, nb::list values) {
    std::vector<Tensor> all;
    for (nb::handle v : values) all.push_back(to_tensor(v));
    without_gil([&] { Model(std::move(model)).set_weights(all); });
  });
  bind_scripted<ScriptedLayer>(m, "ScriptedLayer")
      .def(
          "base_build", [](ScriptedLayer& l, nb::handle shapes) { l.base_build(to_shapes(shapes)); }, "shapes"_a.none())
      .def("base_config", &ScriptedLayer::base_config);
}

void bind_metrics(nb::module_& m) {
  nb::class_<MetricImpl, Configurable>(m, "MetricImpl")
      .def_prop_ro("name", &MetricImpl::name)
      .def(
          "update",
          [](MetricImpl& metric, nb::handle a, nb::handle b, nb::handle weight) {
            metric.update_state(tensor_or_none(a), tensor_or_none(b), tensor_or_none(weight));
          },
          "y_true"_a.none(), "y_pred"_a.none(), "sample_weight"_a.none())
      .def("result", &MetricImpl::result)
      .def(
          "values",
          [](const MetricImpl& metric, nb::handle a, nb::handle b) {
            const auto* mean = dynamic_cast<const MeanImpl*>(&metric);
            if (!mean) throw CallError(metric.name(), "is not the mean of one value for each sample");
            return mean->values(to_tensor(a), to_tensor(b));
          },
          "One value for each sample, of which the metric is the mean.")
      .def("reset", &MetricImpl::reset)
      .def("variables", [](const MetricImpl& metric) { return cells(metric.variables()); });
  nb::class_<ScriptedMetric, MetricImpl>(m, "ScriptedMetric")
      .def(nb::init<nb::handle, std::shared_ptr<MetricImpl>>(), "self"_a, "base"_a.none())
      .def(
          "base_update",
          [](ScriptedMetric& metric, nb::handle a, nb::handle b, nb::handle weight) {
            metric.base_update(tensor_or_none(a), tensor_or_none(b), tensor_or_none(weight));
          },
          "y_true"_a.none(), "y_pred"_a.none(), "sample_weight"_a.none())
      .def("base_result", &ScriptedMetric::base_result)
      .def("base_reset", &ScriptedMetric::base_reset)
      .def("base_config", &ScriptedMetric::base_config)
      .def("variables", [](const ScriptedMetric& metric) { return cells(metric.all_variables()); })
      .def("add_variable", [](ScriptedMetric& metric, const std::string& name, nb::handle start) {
        return metric.make_variable(name, to_tensor(start)).cell();
      });
}

void bind_functions_like(nb::module_& m) {
  nb::class_<LossImpl, Configurable>(m, "LossImpl")
      .def_prop_ro("name", &LossImpl::name)
      .def_prop_ro("reduction", &LossImpl::reduction)
      .def_prop_rw(
          "dtype", [](const LossImpl& l) { return to_string(l.dtype.value_or(DType::f32)); },
          [](LossImpl& l, const std::string& name) { l.dtype = dtype_from_string(name); },
          "The type that floating arguments are brought to, and that the loss has.")
      .def("values", [](const LossImpl& l, nb::handle y, nb::handle p) { return l.call(to_tensor(y), to_tensor(p)); })
      .def(
          "__call__",
          [](const LossImpl& l, nb::handle y, nb::handle p, nb::handle weight) {
            return l.reduced(to_tensor(y), to_tensor(p), tensor_or_none(weight));
          },
          "y_true"_a, "y_pred"_a, "sample_weight"_a.none());
  nb::class_<ScriptedLoss, LossImpl>(m, "ScriptedLoss")
      .def(nb::init<nb::handle, std::string, std::string, bool, bool>(), "self"_a, "name"_a, "reduction"_a, "squeeze"_a,
           "whole"_a = false);
  nb::class_<InitializerImpl, Configurable>(m, "InitializerImpl")
      .def(
          "__call__",
          [](const InitializerImpl& i, nb::handle shape, nb::handle dtype) {
            const NoTrace concrete;
            return i.call(to_shape(shape), dtype.is_none() ? floatx() : to_dtype(dtype));
          },
          "shape"_a, "dtype"_a.none());
  nb::class_<RegularizerImpl, Configurable>(m, "RegularizerImpl")
      .def("__call__", [](const RegularizerImpl& r, nb::handle x) { return r.call(to_tensor(x)); });
  nb::class_<ConstraintImpl, Configurable>(m, "ConstraintImpl")
      .def("__call__", [](const ConstraintImpl& r, nb::handle x) { return r.call(to_tensor(x)); });
  nb::class_<ScheduleImpl, Configurable>(m, "ScheduleImpl").def("__call__", [](const ScheduleImpl& s, nb::handle step) {
    return s.call(to_tensor(step));
  });
  nb::class_<ActivationImpl, Configurable>(m, "ActivationImpl")
      .def("__call__", [](const ActivationImpl& a, nb::handle x) { return a.call(to_tensor(x)); });
  nb::class_<ScriptedInitializer, InitializerImpl>(m, "ScriptedInitializer").def(nb::init<nb::handle>());
  nb::class_<ScriptedRegularizer, RegularizerImpl>(m, "ScriptedRegularizer").def(nb::init<nb::handle>());
  nb::class_<ScriptedConstraint, ConstraintImpl>(m, "ScriptedConstraint").def(nb::init<nb::handle>());
  nb::class_<ScriptedSchedule, ScheduleImpl>(m, "ScriptedSchedule").def(nb::init<nb::handle>());
  nb::class_<ScriptedActivation, ActivationImpl>(m, "ScriptedActivation").def(nb::init<nb::object, std::string>());
}

}  // namespace

Value to_value(nb::handle h) {
  PyObject* o = h.ptr();
  if (h.is_none()) return {};
  if (PyBool_Check(o)) return o == Py_True;
  if (PyLong_Check(o)) return nb::cast<int64_t>(h);
  if (PyFloat_Check(o)) return PyFloat_AsDouble(o);
  if (PyUnicode_Check(o)) return nb::cast<std::string>(h);
  if (nb::isinstance<Configurable>(h)) return Value(nb::cast<std::shared_ptr<Configurable>>(h));
  if (PyDict_Check(o)) {
    Value out = Value::object();
    for (auto [key, value] : nb::borrow<nb::dict>(h)) out[text_of(key)] = to_value(value);
    return out;
  }
  if (PyList_Check(o) || PyTuple_Check(o)) {
    Value out = Value::array();
    for (nb::handle one : h) out.push_back(to_value(one));
    return out;
  }
  if (nb::hasattr(h, "tolist")) return to_value(h.attr("tolist")());  // NumPy's scalars and arrays, tensors
  throw nb::type_error(text("a config cannot hold {}", nb::repr(h).c_str()).c_str());
}

nb::object from_value(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::null:
      return nb::none();
    case Value::Kind::boolean:
      return nb::bool_(v.as_bool());
    case Value::Kind::integer:
      return nb::int_(v.as_int());
    case Value::Kind::real:
      return nb::float_(v.as_double());
    case Value::Kind::string:
      return nb::cast(v.as_string());
    case Value::Kind::array: {
      nb::list out;
      for (const Value& one : v.as_array()) out.append(from_value(one));
      return out;
    }
    case Value::Kind::object: {
      nb::dict out;
      for (const auto& [key, one] : v.as_object()) out[nb::cast(key)] = from_value(one);
      return out;
    }
    case Value::Kind::live:
      return nb::cast(v.live());
  }
  return nb::none();
}

nb::list parameter_rows(const std::vector<Parameter>& parameters) {
  nb::list out;
  for (const Parameter& p : parameters)
    out.append(nb::make_tuple(p.name, from_value(p.default_value), p.required, p.kind));
  return out;
}

void bind_configurables(nb::module_& m) {
  nb::class_<Configurable>(m, "Configurable", nb::is_weak_referenceable())
      .def_prop_ro("class_name", &Configurable::class_name)
      .def_rw("registered_name", &Configurable::registered_name)
      .def("get_config", [](const Configurable& c) { return from_value(c.get_config()); })
      .def_prop_ro("identity", [](const Configurable& c) { return reinterpret_cast<uintptr_t>(&c); });
  bind_functions_like(m);
  bind_layers(m);
  bind_metrics(m);
  bind_optimizers(m);
  m.def("parameters", [](const std::string& module, const std::string& name) {
    return parameter_rows(with_kind(module, [&]<class K>() { return registry<K>().parameters(name); }));
  });
  m.def("is_class", [](const std::string& module, const std::string& name) {
    return with_kind(module, [&]<class K>() { return registry<K>().is_class(name); });
  });
  m.def("class_name", [](const std::string& module, const std::string& name) {
    return with_kind(module, [&]<class K>() { return registry<K>().class_name(name); });
  });
  m.def("class_names",
        [](const std::string& module) { return with_kind(module, [&]<class K>() { return registry<K>().names(); }); });
  m.def("make", [](const std::string& module, nb::object identifier) -> nb::object {
    const Value v = to_value(identifier);
    return with_kind(module, [&]<class K>() -> nb::object { return nb::cast(make_configurable<K>(v)); });
  });
  m.def("serialize", [](const std::string& module, std::shared_ptr<Configurable> c) -> nb::object {
    return with_kind(module,
                     [&]<class K>() { return from_value(serialize<K>(std::dynamic_pointer_cast<K>(c).get())); });
  });
  /// A class of Python's, so that files can name it: `make(config)` gives the engine's object.
  m.def("register_class", [](const std::string& module, const std::string& name, nb::object make) {
    auto* keep = new nb::object(std::move(make));  // lives as long as the registry: for the process
    with_kind(module, [&]<class K>() {
      registry<K>().add(name, [keep](const Value& config) -> std::shared_ptr<K> {
        const nb::gil_scoped_acquire gil;
        return nb::cast<std::shared_ptr<K>>((*keep)(from_value(config)));
      });
    });
  });
  m.def("register_activation", [](const std::string& name, nb::object function, const std::string& package) {
    auto* keep = new nb::object(std::move(function));  // for the process, as the table
    register_activation(
        name,
        [keep](const Tensor& x) {
          const nb::gil_scoped_acquire gil;
          return to_tensor((*keep)(x));
        },
        package);
  });
  m.def("make_activation", [](const std::string& name) { return make_configurable<ActivationImpl>(Value(name)); });
  m.def("unique_name", &unique_layer_name);
  m.def("snake_case", &to_snake_case);
  m.def("clear_session", &clear_session);
  m.def(
      "has_one_value",
      [](nb::handle x) {
        PyObject* const o = x.ptr();
        if (current_trace() || CallFrame::current() || x.is_none()) return false;
        if (PyList_Check(o) || PyTuple_Check(o) || PyDict_Check(o)) return false;
        return !nb::isinstance<Tensor>(x) || !nb::cast<const Tensor&>(x).symbolic();
      },
      nb::arg().none(), "Whether x is one array, and nothing is traced and this thread in the call of no layer.");
  m.def(
      "in_layer", [] { return CallFrame::current() != nullptr; }, "Whether this thread is in the call of a layer.");
  m.def(
      "training", [] { return CallFrame::current() && CallFrame::current()->training(); },
      "Whether the call of a layer that this thread is in trains.");
  m.def("set_random_seed", &set_random_seed);
  m.def("next_seed", [] { return next_seed() & 0x7fffffff; });
}

}  // namespace cornu::python
