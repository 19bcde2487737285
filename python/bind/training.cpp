// Models: compile, fit, evaluate, predict, saving; callbacks and data sources whose methods are Python's.
#include "base/interrupt.h"
#include "bind.h"
#include "callbacks.h"
#include "saving/config.h"
#include "scripted_layers.h"
#include "tensor/cell.h"
#include "train/callbacks/registry.h"
#include "train/trainer.h"

namespace cornu::python {

std::optional<ModelImpl::StepLogs> ScriptedModel::own_step(StepKind kind, const Tree<Tensor>& x, const Tree<Tensor>& y,
                                                           const Tree<Tensor>& weight) {
  const nb::gil_scoped_acquire gil;
  nb::list data;
  data.append(from_tensors(x));
  if (!y.is_none() || !weight.is_none()) data.append(from_tensors(y));
  if (!weight.is_none()) data.append(from_tensors(weight));
  nb::object logs = self.get().attr("_engine_step")(kind == StepKind::train ? "train_step" : "test_step",
                                                    data.size() == 1 ? nb::object(data[0]) : nb::tuple(data));
  if (logs.is_none()) return std::nullopt;
  StepLogs out;
  for (auto [name, value] : nb::cast<nb::dict>(logs)) out.emplace_back(text_of(name), to_tensor(value));
  return out;
}

namespace {

using nb::literals::operator""_a;

/// Ctrl-C: what Python raises ends fit, evaluate or predict, and the model stays usable.
void look_for_signals() {
  const nb::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

/// Batches of a Python generator or PyDataset: `next_block()` gives (x, y, weight) or None at the end of a pass.
struct ScriptedSource final : DataSource {
  explicit ScriptedSource(nb::handle object)
      : self(object),
        batches_(nb::cast<int64_t>(object.attr("batches"))),
        reads_ahead_(nb::cast<bool>(object.attr("reads_ahead"))) {}
  Self self;
  int64_t batches_;
  bool reads_ahead_;
  void shuffle(std::optional<uint64_t> seed) override { call("shuffle", seed); }
  void start(int64_t pass) override { call("start", pass); }
  bool gives_batches() const override { return true; }
  int64_t batches() const override { return batches_; }
  bool reads_ahead() const override { return reads_ahead_; }
  void on_epoch_begin() override { call("on_epoch_begin"); }
  void on_epoch_end() override { call("on_epoch_end"); }
  bool next(Block& out) override {
    const nb::gil_scoped_acquire gil;
    nb::object block = self.get().attr("next_block")();
    if (block.is_none()) return false;
    out = {to_tensors(block[0]), to_tensors(block[1]), to_tensors(block[2])};
    return true;
  }

 private:
  template <class... A>
  void call(const char* name, const A&... args) {
    const nb::gil_scoped_acquire gil;
    self.get().attr(name)(args...);
  }
};

/// Arrays that are read where they are, as long as the call lasts.
Tree<Tensor> arrays(nb::handle h) {
  return to_tree<Tensor>(h, [](nb::handle one) { return to_tensor(one, {}, true); });
}
nb::object give_arrays(Tree<Tensor>&& tree) {
  return from_tree(tree, [](Tensor t) {
    if (t.impl().use_count() > 2) t = t.clone();  // one that the model gives at several places
    return give_numpy(std::move(t));
  });
}

FitConfig fit_config(nb::dict k, const std::shared_ptr<Added>& added) {
  FitConfig c;
  const auto read = [&]<class T>(const char* name, T& into) {
    if (k.contains(name) && !k[name].is_none()) into = nb::cast<T>(k[name]);
  };
  const auto count = [&](const char* name, std::optional<int64_t>& into) {
    if (k.contains(name) && !k[name].is_none()) into = nb::cast<int64_t>(k[name]);
  };
  read("batch_size", c.batch_size);
  read("epochs", c.epochs);
  read("verbose", c.verbose);
  read("validation_split", c.validation_split);
  read("shuffle", c.shuffle);
  read("initial_epoch", c.initial_epoch);
  count("steps_per_epoch", c.steps_per_epoch);
  count("validation_steps", c.validation_steps);
  count("validation_batch_size", c.validation_batch_size);
  if (k.contains("callbacks"))
    for (nb::handle one : k["callbacks"]) c.callbacks.push_back(nb::cast<std::shared_ptr<Callback>>(one));
  c.callbacks.push_back(added);
  if (k.contains("validation_freq")) {
    const nb::handle freq = k["validation_freq"];
    c.validation_freq = nb::isinstance<nb::list>(freq) ? ValidationFreq(nb::cast<std::vector<int64_t>>(freq))
                                                       : ValidationFreq(nb::cast<int64_t>(freq));
  }
  if (k.contains("class_weight") && !k["class_weight"].is_none())
    for (auto [label, weight] : nb::cast<nb::dict>(k["class_weight"]))
      c.class_weight[nb::cast<int64_t>(nb::int_(label))] = nb::cast<double>(nb::float_(weight));
  if (k.contains("sample_weight")) c.sample_weight = arrays(k["sample_weight"]);
  if (k.contains("validation_data") && !k["validation_data"].is_none()) {
    const nb::object v = k["validation_data"];
    c.validation_data = ValidationData{arrays(v[0]), arrays(v[1]), nb::len(v) > 2 ? arrays(v[2]) : Tree<Tensor>()};
  }
  return c;
}

/// The source that validation reads, if it is one; must outlive the fit.
struct ValidationSource {
  ValidationSource(nb::dict k, FitConfig& c) {
    if (!k.contains("validation_source")) return;
    source.emplace(k["validation_source"]);
    c.validation_source = &*source;
  }
  std::optional<ScriptedSource> source;
};

/// The part of a history that this run added.
nb::object history(const History& h, Added& run) {
  const auto last = [](const auto& list, size_t count) {
    const auto n = static_cast<std::ptrdiff_t>(std::min(count, list.size()));
    return std::remove_cvref_t<decltype(list)>(list.end() - n, list.end());
  };
  nb::dict values;
  for (const auto& [name, list] : h.history)
    if (const size_t count = run.values[name]) values[nb::cast(name)] = nb::cast(last(list, count));
  return nb::make_tuple(last(h.epoch, run.epochs), values);
}

MetricSpec metric_spec(nb::handle h) {
  return PyUnicode_Check(h.ptr()) ? MetricSpec(nb::cast<std::string>(h))
                                  : MetricSpec(Metric(nb::cast<std::shared_ptr<MetricImpl>>(h)));
}

void compile(std::shared_ptr<ModelImpl> model, std::shared_ptr<OptimizerImpl> optimizer, nb::handle loss,
             nb::handle loss_weights, nb::handle metrics, nb::handle weighted, bool run_eagerly,
             int64_t steps_per_execution, const std::string& jit_compile) {
  CompileConfig c{.optimizer = Optimizer(std::move(optimizer)),
                  .run_eagerly = run_eagerly,
                  .steps_per_execution = steps_per_execution,
                  .jit_compile = jit_compile,
                  .auto_scale_loss = false};  // Python's object of the optimizer is the one around it
  c.loss = to_tree<Loss>(loss, [](nb::handle one) {
    return PyUnicode_Check(one.ptr()) ? Loss(nb::cast<std::string>(one))
                                      : Loss(nb::cast<std::shared_ptr<LossImpl>>(one));
  });
  c.loss_weights = to_tree<double>(loss_weights, [](nb::handle one) { return nb::cast<double>(nb::float_(one)); });
  c.metrics = to_tree<MetricSpec>(metrics, metric_spec);
  c.weighted_metrics = to_tree<MetricSpec>(weighted, metric_spec);
  Model(std::move(model)).compile(std::move(c));
}

/// Python's objects know more of themselves than the engine does: what files hold of a model is theirs to say.
void describe_by(ModelImpl& model, nb::object f) {
  const std::shared_ptr<nb::object> keep(new nb::object(std::move(f)), [](nb::object* o) {
    const nb::gil_scoped_acquire gil;
    delete o;
  });
  model.description = [keep]() -> Value {
    const nb::gil_scoped_acquire gil;
    return to_value((*keep)());
  };
}

void bind_models(nb::module_& m) {
  nb::class_<ModelImpl, LayerImpl>(m, "ModelImpl")
      .def_prop_rw(
          "stop_training", [](const ModelImpl& model) { return model.stop_training.load(); },
          [](ModelImpl& model, bool stop) { model.stop_training = stop; })
      .def_prop_rw(
          "stop_evaluating", [](const ModelImpl& model) { return model.stop_evaluating.load(); },
          [](ModelImpl& model, bool stop) { model.stop_evaluating = stop; })
      .def_prop_rw(
          "stop_predicting", [](const ModelImpl& model) { return model.stop_predicting.load(); },
          [](ModelImpl& model, bool stop) { model.stop_predicting = stop; })
      .def_prop_ro("ready", &ModelImpl::ready)
      .def_prop_ro("compiled", [](const ModelImpl& model) { return model.compiled.has_value(); })
      .def_prop_ro("input_shape", [](const ModelImpl& model) { return shape_tuples(model.input_shapes()); })
      .def("layers",
           [](const ModelImpl& model) {
             std::vector<std::shared_ptr<LayerImpl>> out;
             for (const Layer& l : model.layers()) out.push_back(l.impl());
             return out;
           })
      .def("optimizer",
           [](const ModelImpl& model) {
             return model.compiled ? model.compiled->optimizer.impl() : std::shared_ptr<OptimizerImpl>();
           })
      .def_prop_ro("loss",
                   [](const ModelImpl& model) {
                     if (!model.compiled) return nb::object(nb::none());
                     return from_tree(model.compiled->loss, [](const Loss& loss) { return nb::cast(loss.impl()); });
                   })
      .def(
          "compute_loss",
          [](ModelImpl& model, nb::handle y, nb::handle y_pred, nb::handle weight) {
            return trainer_of(model)->compiled_loss(model, to_tensors(y), to_tensors(y_pred), to_tensors(weight));
          },
          "y_true"_a.none(), "y_pred"_a, "sample_weight"_a.none())
      .def_prop_ro("has_metrics",
                   [](const ModelImpl& model) {
                     const auto& c = model.compiled;
                     return c && c->metrics.leaf_count() + c->weighted_metrics.leaf_count() > 0;
                   })
      .def("loss_tracker", [](ModelImpl& model) { return trainer_of(model)->running_loss.tracker.impl(); })
      .def("output_loss_trackers",
           [](ModelImpl& model) {
             nb::list out;
             for (const auto& one : trainer_of(model)->running_losses) out.append(nb::cast(one.tracker.impl()));
             return out;
           })
      .def(
          "compiled_metrics",
          [](ModelImpl& model, nb::handle y_true, nb::handle y_pred) {
            Trainer& trainer = *trainer_of(model);
            if (!y_pred.is_none()) {
              const Tree<Tensor> given = to_tensors(y_pred);
              if (!trainer.losses_built_for) trainer.build_losses(model, given);
              trainer.build_metrics(model, given, to_tensors(y_true));
            }
            nb::list out;
            for (const Trainer::Tracked& t : trainer.metrics)
              out.append(nb::make_tuple(t.name, t.metric.impl(), t.weighted, t.output));
            return out;
          },
          "y_true"_a.none(), "y_pred"_a.none())
      .def("describe_by", &describe_by, "Files hold what `f` gives; None of it: what the engine knows.")
      .def("compile_config", [](const ModelImpl& model) { return from_value(compile_to_config(model)); })
      .def("build_if_possible", [](ModelImpl& model) { return without_gil([&] { return model.build_if_possible(); }); })
      .def(
          "build",
          [](ModelImpl& model, nb::handle shape) {
            const Tree<TypeShape> batch = to_shapes(shape).map([](const Shape& s) { return TypeShape{DType::f32, s}; });
            without_gil([&] { model.ensure_built(batch); });
          })
      .def("forget_steps", [](ModelImpl& model) {
        without_gil([&] {
          const std::lock_guard lock(model.busy);
          if (model.trainer) model.trainer->forget_steps();
        });
      });
  bind_graphs(m);
  bind_scripted<ScriptedModel>(m, "ScriptedModel")
      .def(
          "base_build", [](ScriptedModel& m, nb::handle shapes) { m.base_build(to_shapes(shapes)); }, "shapes"_a.none())
      .def("base_config", &ScriptedModel::base_config)
      .def("mix_in", &ScriptedModel::mix_in)
      .def("base", &ScriptedModel::base);
  m.def("compile", &compile, "model"_a, "optimizer"_a, "loss"_a.none(), "loss_weights"_a.none(), "metrics"_a.none(),
        "weighted_metrics"_a.none(), "run_eagerly"_a, "steps_per_execution"_a, "jit_compile"_a);
  m.def(
      "fit",
      [](std::shared_ptr<ModelImpl> model, nb::handle x, nb::object y, nb::dict config) {
        const auto added = std::make_shared<Added>();
        FitConfig c = fit_config(config, added);
        const Tree<Tensor> tx = arrays(x), ty = arrays(y);
        const ValidationSource validation(config, c);
        const History h = without_gil([&] { return Model(std::move(model)).fit(tx, ty, std::move(c)); });
        return history(h, *added);
      },
      "model"_a, "x"_a, "y"_a.none(), "config"_a);
  m.def("fit_source", [](std::shared_ptr<ModelImpl> model, nb::handle source, nb::dict config) {
    const auto added = std::make_shared<Added>();
    FitConfig c = fit_config(config, added);
    const ValidationSource validation(config, c);
    ScriptedSource s(source);
    const History h = without_gil([&] { return Model(std::move(model)).fit(s, std::move(c)); });
    return history(h, *added);
  });
  m.def(
      "evaluate",
      [](std::shared_ptr<ModelImpl> model, nb::handle x, nb::handle y, nb::handle weight, int64_t batch_size,
         std::optional<int64_t> steps, int verbose, const Callbacks& callbacks) {
        const Tree<Tensor> tx = arrays(x), ty = arrays(y);
        const EvaluateConfig c{.batch_size = batch_size,
                               .verbose = verbose,
                               .sample_weight = arrays(weight),
                               .steps = steps,
                               .callbacks = callbacks};
        return to_dict(without_gil([&] { return Model(std::move(model)).evaluate(tx, ty, c); }));
      },
      "model"_a, "x"_a, "y"_a.none(), "sample_weight"_a.none(), "batch_size"_a, "steps"_a.none(), "verbose"_a,
      "callbacks"_a);
  m.def(
      "evaluate_source",
      [](std::shared_ptr<ModelImpl> model, nb::handle source, std::optional<int64_t> steps, int verbose,
         const Callbacks& callbacks) {
        ScriptedSource s(source);
        const EvaluateConfig c{.verbose = verbose, .steps = steps, .callbacks = callbacks};
        return to_dict(without_gil([&] { return Model(std::move(model)).evaluate(s, c); }));
      },
      "model"_a, "source"_a, "steps"_a.none(), "verbose"_a, "callbacks"_a);
  m.def(
      "predict",
      [](std::shared_ptr<ModelImpl> model, nb::handle x, int64_t batch_size, std::optional<int64_t> steps, int verbose,
         const Callbacks& callbacks) {
        const Tree<Tensor> tx = arrays(x);
        const PredictConfig c{.batch_size = batch_size, .verbose = verbose, .steps = steps, .callbacks = callbacks};
        return give_arrays(without_gil([&] { return Model(std::move(model)).predict(tx, c); }));
      },
      "model"_a, "x"_a, "batch_size"_a, "steps"_a.none(), "verbose"_a, "callbacks"_a);
  m.def("predict_on_batch", [](std::shared_ptr<ModelImpl> model, nb::handle x) {
    const Tree<Tensor> tx = arrays(x);
    return from_tensors(without_gil([&] { return Model(std::move(model)).predict_on_batch(tx); }));
  });
  m.def(
      "predict_source",
      [](std::shared_ptr<ModelImpl> model, nb::handle source, std::optional<int64_t> steps, int verbose,
         const Callbacks& callbacks) {
        ScriptedSource s(source);
        const PredictConfig c{.verbose = verbose, .steps = steps, .callbacks = callbacks};
        return give_arrays(without_gil([&] { return Model(std::move(model)).predict(s, c); }));
      },
      "model"_a, "source"_a, "steps"_a.none(), "verbose"_a, "callbacks"_a);
  m.def(
      "train_on_batch",
      [](std::shared_ptr<ModelImpl> model, nb::handle x, nb::handle y, nb::handle weight, nb::handle class_weight) {
        std::map<int64_t, double> classes;
        if (!class_weight.is_none())
          for (auto [label, w] : nb::cast<nb::dict>(class_weight))
            classes[nb::cast<int64_t>(nb::int_(label))] = nb::cast<double>(w);
        const Tree<Tensor> tx = arrays(x), ty = arrays(y), tw = arrays(weight);
        return to_dict(without_gil([&] { return Model(std::move(model)).train_on_batch(tx, ty, tw, classes); }));
      },
      "model"_a, "x"_a, "y"_a.none(), "sample_weight"_a.none(), "class_weight"_a.none());
  m.def(
      "test_on_batch",
      [](std::shared_ptr<ModelImpl> model, nb::handle x, nb::handle y, nb::handle weight) {
        const Tree<Tensor> tx = arrays(x), ty = arrays(y), tw = arrays(weight);
        return to_dict(without_gil([&] { return Model(std::move(model)).test_on_batch(tx, ty, tw); }));
      },
      "model"_a, "x"_a, "y"_a.none(), "sample_weight"_a.none());
  m.def(
      "set_output",
      [](nb::object write, bool terminal, nb::object warn) {
        const auto calling = [](nb::object f) {
          auto* keep = new nb::object(std::move(f));  // set once, for the process
          return [keep](const std::string& text) {
            const nb::gil_scoped_acquire gil;
            (*keep)(text);
          };
        };
        set_output(calling(std::move(write)), terminal, calling(std::move(warn)));
      },
      "Where the progress of training goes, and what it warns of.");
  m.def("summary", [](std::shared_ptr<ModelImpl> model, int width, const std::vector<double>& positions,
                      bool expand_nested, bool show_trainable, const std::vector<std::string>& layer_range) {
    return without_gil([&] {
      return Model(std::move(model)).summary({width, positions, expand_nested, show_trainable, layer_range});
    });
  });
  m.def("save", [](std::shared_ptr<ModelImpl> model, const std::string& path) {
    without_gil([&] { Model(std::move(model)).save(path); });
  });
  m.def("save_weights", [](std::shared_ptr<ModelImpl> model, const std::string& path) {
    without_gil([&] { Model(std::move(model)).save_weights(path); });
  });
  m.def("load_weights", [](std::shared_ptr<ModelImpl> model, const std::string& path, bool skip_mismatch) {
    without_gil([&] { Model(std::move(model)).load_weights(path, {.skip_mismatch = skip_mismatch}); });
  });
  m.def("load_model", [](const std::string& path, bool compiled) {
    return std::static_pointer_cast<ModelImpl>(load_model(path, {.compile = compiled}).impl());
  });
}

}  // namespace

void bind_training(nb::module_& m) {
  nb::class_<Callback>(m, "CallbackImpl", nb::is_weak_referenceable())
      .def("state", [](const Callback& c) { return from_value(c.state()); })
      .def("run_hook", run_hook);
  nb::class_<ScriptedCallback, Callback>(m, "ScriptedCallback")
      .def(nb::init<nb::handle, bool, bool, bool, std::shared_ptr<Callback>>(), "callback"_a, "batches"_a,
           "test_batches"_a, "predict_batches"_a, "inner"_a.none());
  m.def("callback_names", [] { return callback_registry().names(); });
  m.def("callback_parameters",
        [](const std::string& name) { return parameter_rows(callback_registry().parameters(name)); });
  m.def("make_callback",
        [](const std::string& name, nb::handle config) { return (*callback_registry().find(name))(to_value(config)); });
  bind_models(m);
  set_interrupt_check(look_for_signals);
}

}  // namespace cornu::python
