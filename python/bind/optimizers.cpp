// Optimizers: those of the engine, those written in Python, and those that hold others.
#include "bind.h"
#include "nn/optimizers/family.h"
#include "ops/emit.h"
#include "scripted.h"
#include "tensor/cell.h"

namespace cornu::python {
namespace {

std::vector<Tensor> tensors_or_none(nb::handle all) {
  std::vector<Tensor> out;
  for (nb::handle one : all) out.push_back(tensor_or_none(one));
  return out;
}

/// None for variables that are undefined.
nb::list cells_or_none(const std::vector<Variable>& variables) {
  nb::list out;
  for (const Variable& v : variables) out.append(v.defined() ? nb::cast(v.cell()) : nb::none());
  return out;
}

}  // namespace

void bind_optimizers(nb::module_& m) {
  m.def(
      "multi_optimizer",
      [](nb::object choose, const std::vector<std::pair<std::string, std::shared_ptr<OptimizerImpl>>>& by_path,
         std::shared_ptr<OptimizerImpl> otherwise, std::optional<double> factor, const std::string& name) {
        // Destroyed wherever the optimizer is, with the interpreter's lock.
        const std::shared_ptr<nb::object> held(new nb::object(std::move(choose)), [](nb::object* o) {
          const nb::gil_scoped_acquire gil;
          delete o;
        });
        OptimizerMap map;
        for (const auto& [path, one] : by_path) map.by_path.emplace_back(path, Optimizer(one));
        map.default_optimizer = Optimizer(std::move(otherwise));
        map.choose = [held](const Variable& v) {
          const nb::gil_scoped_acquire gil;
          return Optimizer(nb::cast<std::shared_ptr<OptimizerImpl>>((*held)(v.cell())));
        };
        return optimizers::MultiOptimizer({.optimizer_map = std::move(map), .loss_scale_factor = factor, .name = name})
            .impl();
      },
      nb::arg("choose"), nb::arg("by_path"), nb::arg("otherwise").none(), nb::arg("loss_scale_factor").none(),
      nb::arg("name"), "An optimizer of several: those of a map, which files hold, and what choose(variable) gives.");
  m.def("inner_optimizers", [](const OptimizerImpl& multi) {
    std::vector<std::shared_ptr<OptimizerImpl>> out;
    for (const Optimizer& one : optimizers_of(multi)) out.push_back(one.impl());
    return out;
  });
  m.def("optimizer_map", [](const OptimizerImpl& multi) {
    const OptimizerMap map = optimizer_map_of(multi);
    nb::dict by_path;
    for (const auto& [path, one] : map.by_path) by_path[path.c_str()] = nb::cast(one.impl());
    return nb::make_tuple(nb::cast(map.default_optimizer.impl()), by_path);
  });
  nb::class_<OptimizerImpl, Configurable>(m, "OptimizerImpl")
      .def_prop_ro("name", &OptimizerImpl::name)
      .def_prop_ro("built", &OptimizerImpl::built)
      .def_prop_rw("learning_rate", &OptimizerImpl::learning_rate,
                   [](OptimizerImpl& o, double rate) { o.set_learning_rate(rate); })
      .def("set_schedule",
           [](OptimizerImpl& o, std::shared_ptr<ScheduleImpl> s) { o.set_learning_rate(Schedule(std::move(s))); })
      .def_prop_ro("iterations", &OptimizerImpl::iterations)
      .def_prop_ro("iterations_variable", [](const OptimizerImpl& o) { return o.iterations_variable().cell(); })
      .def_prop_rw("loss_scale_factor", &OptimizerImpl::loss_scale_factor, &OptimizerImpl::set_loss_scale_factor,
                   nb::for_setter(nb::arg().none()))
      .def_prop_ro("averages", [](const OptimizerImpl& o) { return cells_or_none(o.averages()); })
      .def_prop_ro("accumulated", [](const OptimizerImpl& o) { return cells_or_none(o.accumulated()); })
      .def("clipped",
           [](const OptimizerImpl& o, nb::handle gradients) { return o.clipped(tensors_or_none(gradients)); })
      .def("update_one", [](OptimizerImpl& o, nb::handle gradient, const std::shared_ptr<Cell>& cell,
                            nb::handle rate) { o.update_one(to_tensor(gradient), Variable(cell), to_tensor(rate)); })
      .def_prop_ro("variables", [](const OptimizerImpl& o) { return cells(o.variables()); })
      .def_prop_ro("trainable", [](const OptimizerImpl& o) { return cells(o.trainable()); })
      .def("build",
           [](OptimizerImpl& o, const std::vector<std::shared_ptr<Cell>>& trainable) {
             std::vector<Variable> variables;
             for (const auto& c : trainable) variables.emplace_back(c);
             const NoTrace concrete;
             o.build(variables);
           })
      .def("scale_loss", [](const OptimizerImpl& o, nb::handle loss) { return o.scale_loss(to_tensor(loss)); })
      .def(
          "exclude_from_weight_decay",
          [](OptimizerImpl& o, const std::vector<std::shared_ptr<Cell>>& cells, const std::vector<std::string>& names) {
            std::vector<Variable> variables;
            for (const auto& c : cells) variables.emplace_back(c);
            o.exclude_from_weight_decay(variables, names);
          })
      .def("finalize_variable_values", [](OptimizerImpl& o) { o.finalize_variable_values(); })
      .def("apply", [](OptimizerImpl& o, nb::handle gradients) { o.apply(tensors_or_none(gradients)); });
  nb::class_<ScriptedOptimizer, OptimizerImpl>(m, "ScriptedOptimizer")
      .def(nb::init<nb::handle, std::shared_ptr<OptimizerImpl>, bool>())
      .def("base_apply", [](ScriptedOptimizer& o, nb::handle gradients) { o.base_apply(tensors_or_none(gradients)); })
      .def("base_build", &ScriptedOptimizer::base_build)
      .def("base_update", [](ScriptedOptimizer& o, nb::handle gradient, const std::shared_ptr<Cell>& variable,
                             nb::handle rate) { o.base_update(to_tensor(gradient), variable, to_tensor(rate)); })
      .def("base_config", &ScriptedOptimizer::base_config)
      .def("add_slot", [](ScriptedOptimizer& o, std::shared_ptr<Cell> like, const std::string& name) {
        return o.make_slot(Variable(std::move(like)), name).cell();
      });
}

}  // namespace cornu::python
