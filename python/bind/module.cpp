// The extension module: errors, then the parts.
#include "bind.h"

void cornu::python::set_exception(const Error& e) {
  const auto type = [&] {
    switch (e.code) {
      case Code::dtype:
        return PyExc_TypeError;
      case Code::key:
        return PyExc_KeyError;
      case Code::trace:
      case Code::placement:
      case Code::call:
        return PyExc_RuntimeError;
      default:
        return PyExc_ValueError;
    }
  };
  PyErr_SetString(type(), e.message());
}

NB_MODULE(_core, m) {
  // Python's collector decides when objects go, so that some outlive the module at exit.
  nb::set_leak_warnings(false);
  nb::register_exception_translator([](const std::exception_ptr& p, void*) {
    try {
      std::rethrow_exception(p);
    } catch (const cornu::Error& e) {
      cornu::python::set_exception(e);
    }
  });
  cornu::python::bind_tensor(m);
  cornu::python::bind_functions(m);
  cornu::python::bind_traces(m);
  cornu::python::bind_control_flow(m);
  cornu::python::bind_configurables(m);
  cornu::python::bind_training(m);
}
