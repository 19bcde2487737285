// The extension module: errors, then the parts.
#include "base/cpu_info.h"
#include "bind.h"

namespace {

PyObject* exception_of(cornu::Code code) {
  switch (code) {
    case cornu::Code::dtype:
      return PyExc_TypeError;
    case cornu::Code::trace:
    case cornu::Code::placement:
    case cornu::Code::call:
      return PyExc_RuntimeError;
    default:
      return PyExc_ValueError;
  }
}

}  // namespace

NB_MODULE(_core, m) {
  // Python's collector decides when objects go, so that some outlive the module at exit.
  nb::set_leak_warnings(false);
  nb::register_exception_translator([](const std::exception_ptr& p, void*) {
    try {
      std::rethrow_exception(p);
    } catch (const cornu::Error& e) {
      PyErr_SetString(exception_of(e.code), e.what());
    }
  });
  cornu::python::bind_tensor(m);
  cornu::python::bind_functions(m);
  cornu::python::bind_configurables(m);
  cornu::python::bind_training(m);
}
