// Graphs of layers: symbolic tensors, functional and sequential models as structures.
#include "bind.h"
#include "nn/functional.h"
#include "saving/config.h"
#include "scripted_layers.h"

namespace cornu::python {

using nb::literals::operator""_a;

bool in_graph(nb::handle x) { return nb::isinstance<Tensor>(x) && in_graph_of_layers(nb::cast<const Tensor&>(x)); }
bool same_in_graph(nb::handle a, nb::handle b) {
  const auto &x = *nb::cast<const Tensor&>(a).impl(), &y = *nb::cast<const Tensor&>(b).impl();
  return x.record == y.record && x.output == y.output;
}

/// What files hold of calls is Python's to write and to read: cornu._calls.
static void set_foreign_calls() {
  const auto calls = [](const char* name) { return nb::module_::import_("cornu._calls").attr(name); };
  foreign_calls().write = [calls](const LayerImpl&, const std::shared_ptr<const void>& arguments,
                                  const std::vector<Value>& tensors) {
    const nb::gil_scoped_acquire gil;
    nb::list forms;
    for (const Value& form : tensors) forms.append(from_value(form));
    return to_value(calls("written")(to_object(arguments), forms));
  };
  foreign_calls().call = [calls](const std::shared_ptr<LayerImpl>& layer, const Value& args, const Value& kwargs,
                                 const Tensors& tensors) {
    const nb::gil_scoped_acquire gil;
    return to_tensors(calls("call_as_written")(layer, from_value(args), from_value(kwargs), tensors));
  };
}

static void bind_symbolic(nb::module_& m) {
  set_foreign_calls();
  m.def(
      "made_from",
      [](const Tensor& t) {
        nb::list out;
        if (const auto& record = t.impl()->record)
          record->inputs.each([&](const Tensor& one) {
            if (in_graph_of_layers(one)) out.append(nb::cast(one));
          });
        return out;
      },
      "The symbolic tensors of the call that gave a symbolic tensor; none of an Input's.");
  m.def(
      "layer_of",
      [](const Tensor& t) { return t.impl()->record ? t.impl()->record->layer : std::shared_ptr<LayerImpl>(); },
      "The layer that gave a symbolic tensor; None of others.");
  m.def(
      "symbolic_tensor",
      [](nb::handle shape, nb::handle dtype, const std::string& name) {
        return symbolic_tensor(to_shape(shape), to_dtype(dtype), name);
      },
      "shape"_a, "dtype"_a, "name"_a);
  m.def(
      "output_spec",
      [](LayerImpl& l, nb::handle x, std::optional<bool> training, nb::handle mask, nb::object arguments,
         nb::handle values) {
        const CallOptions options{training, {}, to_masks(mask), keep_object(std::move(arguments)), to_value(values)};
        return from_tensors(compute_output_spec(l, to_tensors(x), options));
      },
      "layer"_a, "x"_a, "training"_a.none(), "mask"_a.none(), "arguments"_a.none(), "values"_a = nb::none(),
      "Symbolic tensors like those that a call would give; the call is not noted.");
}

void bind_graphs(nb::module_& m) {
  bind_symbolic(m);
  nb::class_<SequentialImpl, ModelImpl>(m, "SequentialImpl")
      .def("__init__",
           [](SequentialImpl* self, const std::string& name) {
             new (self) SequentialImpl;
             self->name = name;
           })
      .def("add", [](SequentialImpl& s, std::shared_ptr<LayerImpl> layer) { s.add(Layer(std::move(layer))); })
      .def("pop", &SequentialImpl::pop)
      .def_prop_ro("inputs", [](const SequentialImpl& s) { return from_tensors(s.symbolic_ends().first); })
      .def_prop_ro("outputs", [](const SequentialImpl& s) { return from_tensors(s.symbolic_ends().second); });
  nb::class_<FunctionalImpl, ModelImpl>(m, "FunctionalImpl")
      .def("__init__",
           [](FunctionalImpl* self, nb::handle inputs, nb::handle outputs, const std::string& name) {
             new (self) FunctionalImpl(to_tensors(inputs), to_tensors(outputs), name);
           })
      .def_prop_ro("inputs", [](const FunctionalImpl& f) { return from_tensors(f.inputs()); })
      .def_prop_ro("outputs", [](const FunctionalImpl& f) { return from_tensors(f.outputs()); })
      .def(
          "calls",
          [](const FunctionalImpl& f) {
            nb::list out;
            for (const auto& record : f.graph().records) {
              const CallOptions& options = record->options;
              out.append(nb::make_tuple(
                  record->layer, from_tensors(record->inputs), from_tensors(outputs_of(record)), options.training,
                  from_tensors(options.mask.defined() ? Tree<Tensor>(options.mask) : options.masks),
                  to_object(options.arguments)));
            }
            return out;
          },
          "(layer, inputs, outputs, training, masks, arguments) of each call, in an order in which they can be done.")
      .def("operations",
           [](const FunctionalImpl& f) {
             nb::list out;
             for (const auto& layer : f.graph().layers) out.append(nb::cast(layer));
             return out;
           })
      .def_prop_ro("input_names", &FunctionalImpl::input_names)
      .def_prop_ro("output_names", &FunctionalImpl::output_names);
  m.def("functional_from_config", [](nb::handle config) {
    Value form = Value::object();
    form["class_name"] = "Functional";
    form["config"] = to_value(config);
    return std::static_pointer_cast<ModelImpl>(model_from_config(form, "the config").impl());
  });
}

}  // namespace cornu::python
