"""The part of a model that trains: compile, fit, evaluate, predict, and the steps that a model may define itself."""
from . import _calls, _core, _data, _kinds, config as _config, losses, metrics as _metrics, optimizers
from ._compile_metrics import CompileMetrics
from ._tape import GradientTape


class Trainer:
    """compile, fit, evaluate, predict; ``train_step`` and ``test_step``, which subclasses may define anew."""
    #: Set by callbacks: the evaluation, or the prediction, that is going on ends after its present batch.
    stop_evaluating = property(lambda self: self._impl.stop_evaluating,
                               lambda self, on: setattr(self._impl, "stop_evaluating", bool(on)))
    stop_predicting = property(lambda self: self._impl.stop_predicting,
                               lambda self, on: setattr(self._impl, "stop_predicting", bool(on)))

    # ---- training

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None,
                run_eagerly=False, steps_per_execution=1, jit_compile="auto", auto_scale_loss=True):
        """How the model trains: an optimizer, a loss, metrics.

        ``steps_per_execution``: callbacks hear of so many batches at once. ``jit_compile`` is kept for files: steps are
        compiled unless ``run_eagerly``. ``auto_scale_loss``: a model of the policy mixed_float16 gets a
        LossScaleOptimizer around its optimizer.
        """
        for name, value in ("run_eagerly", run_eagerly), ("auto_scale_loss", auto_scale_loss):
            if value not in (True, False):
                raise ValueError(f"compile: {name} must be True or False, got {value!r}")
        if jit_compile not in ("auto", True, False):
            raise ValueError(f"compile: jit_compile must be 'auto', True or False, got {jit_compile!r}")
        steps_per_execution = _data.whole_number("compile", "steps_per_execution", steps_per_execution)
        if run_eagerly and jit_compile is True:
            import warnings
            warnings.warn("compile: steps that run eagerly are not compiled, jit_compile=True has no effect",
                          stacklevel=2)
            jit_compile = False
        found = optimizers.get(optimizer)
        if not isinstance(found, optimizers.Optimizer):
            raise ValueError(f"compile: optimizer must be a name or an Optimizer, got {optimizer!r}")
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16":
            if not isinstance(found, optimizers.LossScaleOptimizer):
                found = optimizers.LossScaleOptimizer(found)
        self.__dict__["_optimizer"] = found
        jit_compile = not run_eagerly if jit_compile == "auto" else bool(jit_compile)
        given = {"loss": loss, "loss_weights": loss_weights, "metrics": metrics, "weighted_metrics": weighted_metrics,
                 "run_eagerly": bool(run_eagerly), "steps_per_execution": steps_per_execution,
                 "jit_compile": jit_compile}
        engine_loss, kept_loss = losses.for_compile(loss)
        self.__dict__["loss"] = loss
        engine_metrics, kept = _metrics.for_compile(metrics)
        engine_weighted, kept_weighted = _metrics.for_compile(weighted_metrics)
        self.__dict__["_compiled_with"] = kept_loss, kept, kept_weighted  # what the engine holds weakly
        self.__dict__.pop("_metrics_of_compile", None)
        _core.compile(self._impl, self._optimizer._impl, engine_loss, loss_weights, engine_metrics, engine_weighted,
                      bool(run_eagerly), int(steps_per_execution), "true" if jit_compile else "false")
        self.__dict__["_compile_config"] = given

    def get_compile_config(self):
        """What compile was given, as files hold it; empty for a model that is not compiled."""
        if not self._impl.compiled:
            return {}
        given = self.__dict__.get("_compile_config")
        if given is None:
            return self._impl.compile_config()
        return {"optimizer": _kinds.serialize(self.optimizer),
                **{name: _kinds.serialize(value) for name, value in given.items()}}

    def compile_from_config(self, config):
        """Compiles the model as ``get_compile_config`` says."""
        if type(self).compile is not Trainer.compile:
            import warnings
            warnings.warn(f"{type(self).__name__} '{self.name}': is not compiled by loading, since its compile is its "
                          "own; define get_compile_config and compile_from_config too, or call compile")
            return
        self.compile(**_kinds.deserialize(config))

    @property
    def optimizer(self):
        known = self.__dict__.get("_optimizer")
        if known is None and self._impl.compiled:
            known = self.__dict__["_optimizer"] = _kinds.wrap(self._impl.optimizer(), "keras.optimizers")
        return known

    @property
    def metrics(self):
        """The mean of the loss, what compile was given, metrics in attributes, metrics of layers."""
        out = []
        if self._impl.compiled:
            out.append(self._loss_tracker)
            if self.compiled_metrics is not None:
                out.append(self.compiled_metrics)
            out += [_kinds.wrap(one, "keras.metrics") for one in self._impl.output_loss_trackers()]
        mine = {id(m) for m in self.compiled_metrics.metrics} if self.compiled_metrics is not None else ()
        return out + [m for m in self._own_metrics() if id(m) not in mine]

    @property
    def _loss_tracker(self):
        return _kinds.wrap(self._impl.loss_tracker(), "keras.metrics")

    @property
    def compiled_metrics(self):
        """The metrics that compile, or the file of the model, named; None if there are none."""
        if not self._impl.has_metrics:
            return None
        return self.__dict__.setdefault("_metrics_of_compile", CompileMetrics(self))

    _compile_metrics = compiled_metrics

    @property
    def metrics_names(self):
        return [m.name for m in self.metrics]

    def reset_metrics(self):
        for m in self.metrics:
            m.reset_state()

    @property
    def history(self):
        return self.__dict__.get("_history")

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
            validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0,
            steps_per_epoch=None, validation_steps=None, validation_batch_size=None, validation_freq=1):
        """Trains for a number of epochs; returns a History."""
        from .callbacks import History, VectorResults, told
        history, vectors = History(), VectorResults()
        batch_size, steps_per_epoch, validation_steps, validation_batch_size = _counts(
            "fit", batch_size=batch_size, steps_per_epoch=steps_per_epoch, validation_steps=validation_steps,
            validation_batch_size=validation_batch_size)
        epochs = _data.whole_number("fit", "epochs", epochs, 0)
        initial_epoch = _data.whole_number("fit", "initial_epoch", initial_epoch, 0)
        epochs = min(epochs, _config.max_epochs() or epochs)
        known = _data.steps(x, batch_size, validation_split)
        steps_per_epoch = _at_most(steps_per_epoch, known)
        validation_steps = _at_most(validation_steps)
        steps = steps_per_epoch or known
        callbacks = told("fit", callbacks, self, epochs, steps, verbose)
        told("fit", [history, vectors], self, epochs, steps, verbose)
        if class_weight is not None and sample_weight is not None:
            raise ValueError("fit: give class_weight or sample_weight, not both")
        if isinstance(validation_freq, (list, tuple, set, range)):
            validation_freq = [_data.whole_number("fit", "validation_freq", one) for one in validation_freq]
        else:
            validation_freq = _data.whole_number("fit", "validation_freq", validation_freq)
        if class_weight is not None and not isinstance(class_weight, dict):
            raise ValueError("fit: class_weight must be a dictionary {class number: weight}, got "
                             f"{type(class_weight).__name__} {class_weight!r}")
        if shuffle not in (True, False):
            raise ValueError(f"fit: shuffle must be True or False, got {shuffle!r}")
        config = {
            "epochs": epochs, "verbose": _verbosity("fit", verbose),
            "callbacks": [one._engine() for one in (*vectors.wanted(), *callbacks)],
            "validation_split": float(validation_split or 0), "shuffle": bool(shuffle), "class_weight": class_weight,
            "initial_epoch": initial_epoch, "steps_per_epoch": steps_per_epoch, "validation_steps": validation_steps,
            "validation_batch_size": validation_batch_size, "validation_freq": validation_freq,
            "batch_size": batch_size,
        }
        if validation_data is not None:
            config.update(_data.validation(validation_data, validation_batch_size))
        self._forget_if_changed()
        source = _data.source("fit", x, y, sample_weight, batch_size)
        if source is not None:
            if validation_split:
                raise ValueError("fit: validation_split needs arrays; give validation_data")
            epoch, values = _core.fit_source(self._impl, source, config)
        else:
            if sample_weight is not None:
                config["sample_weight"] = _data.weights(y, sample_weight)
            epoch, values = _core.fit(self._impl, _data.array(x), _data.array(y, "y"), config)
        history.epoch, history.history = epoch, {**values, **vectors.rows}
        self.__dict__["_history"] = history
        return history

    def _forget_if_changed(self):
        """Steps are traced for a set of trainable weights: another set, another trace."""
        now = tuple(w.path for w in self.trainable_weights) if self.built else None
        if self.__dict__.get("_traced_for") not in (None, now):
            self._impl.forget_steps()
        self.__dict__["_traced_for"] = now

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None,
                 return_dict=False):
        """The loss and the metrics: a number, a list, or a dictionary."""
        from .callbacks import told
        batch_size, steps = _counts("evaluate", batch_size=batch_size, steps=steps)
        steps = _at_most(steps)
        callbacks = told("evaluate", callbacks, self, 1, steps or _data.steps(x, batch_size, 0), verbose)
        rest = steps, _verbosity("evaluate", verbose), [one._engine() for one in callbacks]
        source = _data.source("evaluate", x, y, sample_weight, batch_size)
        if source is not None:
            logs = _core.evaluate_source(self._impl, source, *rest)
        else:
            logs = _core.evaluate(self._impl, *_data.triple(x, y, sample_weight), batch_size or 32, *rest)
        return self._result(logs, return_dict)

    def _result(self, logs, return_dict):
        """A dictionary, or a list, in the order of Keras' lists: what ``metrics`` names, then the rest by name."""
        if self.compiled_metrics is not None:
            logs.update((name, values) for name, values in self.compiled_metrics.vectors() if name in logs)
        if len(logs) == 1:
            return logs if return_dict else next(iter(logs.values()))
        names = []
        for metric in self.metrics:  # those of compile are called otherwise in the logs of several outputs
            names += [m.name for m in metric.metrics] if isinstance(metric, CompileMetrics) else [metric.name]
        ordered = {name: logs[name] for name in [*names, *sorted(logs)] if name in logs}
        return ordered if return_dict else list(ordered.values())

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The outputs as a NumPy array."""
        source = None
        if not hasattr(x, "dtype"):
            source = _data.source("predict", x, batch_size=batch_size)
            x = x if source is not None else _data.array(x)
        if batch_size is not None:
            batch_size = _data.whole_number("predict", "batch_size", batch_size)
        size = batch_size or 32
        if _limits["max_steps_per_epoch"] is not None:
            steps = _at_most(steps)
        if callbacks or steps is not None:
            from .callbacks import told
            size, steps = _counts("predict", batch_size=size, steps=steps)
            callbacks = told("predict", callbacks, self, 1, steps or _data.steps(x, size, 0), verbose)
        return self._predict(x, source, size, steps, _verbosity("predict", verbose), callbacks or [])

    def _predict(self, x, source, size, steps, verbose, callbacks):
        rest = steps, verbose, [one._engine() for one in callbacks]
        if source is None:
            return _core.predict(self._impl, x, size, *rest)
        return _core.predict_source(self._impl, source, *rest)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One update; the loss and metrics of this batch."""
        if class_weight is not None and sample_weight is not None:
            raise ValueError("train_on_batch: give class_weight or sample_weight, not both")
        x, y, weight = _data.array(x), _data.array(y, "y"), _data.weights(y, sample_weight)
        return self._result(_core.train_on_batch(self._impl, x, y, weight, class_weight), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        x, y, weight = _data.array(x), _data.array(y, "y"), _data.weights(y, sample_weight)
        return self._result(_core.test_on_batch(self._impl, x, y, weight), return_dict)

    def predict_on_batch(self, x):
        x = _data.array(x)
        return self._predict(x, None, max(1, _data.rows(x)), None, 0, [])

    # ---- steps of one's own

    def train_step(self, data):
        """One update; ``data`` is x, (x, y) or (x, y, sample_weight). Returns what the logs show, by name."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self._loss_of(x, y, y_pred, sample_weight, True)
            self._track_loss(loss, x)
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        if weights:
            self.optimizer.apply(tape.gradient(scaled, weights), weights)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data):
        """The logs of one batch of an evaluation."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        self._track_loss(self._loss_of(x, y, y_pred, sample_weight, False), x)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def _loss_of(self, x, y, y_pred, sample_weight, training):
        """That of ``compute_loss``, which need not take ``training``."""
        said = {"training": training} if _calls.takes(type(self).compute_loss, "training") else {}
        return self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **said)

    def _track_loss(self, loss, x):
        self._loss_tracker.update_state(loss, sample_weight=_core.rows(_data.leaves(x)[0]))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The compiled loss plus what layers added."""
        total = None if self._impl.loss is None else self._impl.compute_loss(y, y_pred, sample_weight)
        for extra in self.losses:
            total = extra if total is None else total + extra
        if total is None:
            raise ValueError(f"{type(self).__name__} '{self.name}': there is no loss to compute; give compile one")
        return total

    def stateless_compute_loss(self, trainable_variables, non_trainable_variables, metrics_variables, x=None, y=None,
                               y_pred=None, sample_weight=None, training=True):
        """The loss with these values of the variables, in order. Gives (loss, (trainable_variables, new values of the
        non-trainable variables, of the metrics' variables)); the model's own variables stay as they are."""
        from . import _stateless
        groups = (("trainable_variables", self.trainable_variables, trainable_variables),
                  ("non_trainable_variables", self.non_trainable_variables, non_trainable_variables),
                  ("metrics_variables", self.metrics_variables, metrics_variables))
        for what, mine, given in groups:
            _stateless.check_one_for_each(what, f"{type(self).__name__}().{what}", mine, given)
        loss, now = _stateless.run([v for _, mine, _ in groups for v in mine],
                                   [value for _, _, given in groups for value in given],
                                   lambda: self._loss_of(x, y, y_pred, sample_weight, training))
        first = len(trainable_variables)
        middle = first + len(non_trainable_variables)
        return loss, (list(trainable_variables), now[first:middle], now[middle:])

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Adds a batch to the compiled metrics; returns the values of all."""
        if self.compiled_metrics is not None:
            self.compiled_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self):
        """The value of each metric, by name."""
        return flat({m.name: m.result() for m in self.metrics})

    def _reports_itself(self):
        """Whether the logs hold more than the engine's step knows."""
        cls = type(self)
        hooks = "compute_metrics", "get_metrics_result", "metrics"
        return any(getattr(cls, hook) is not getattr(Trainer, hook) for hook in hooks) or bool(self._own_metrics())

    def _engine_step(self, name, data):
        """The logs of a step that is not the engine's own; None if it is."""
        if getattr(type(self), name) is getattr(Trainer, name) and not self._reports_itself():
            return None
        with _calls.TrainingFlag(name == "train_step"):
            logs = getattr(self, name)(data)
        if not isinstance(logs, dict):
            raise ValueError(f"{type(self).__name__}.{name} must return a dictionary of values, got "
                             f"{type(logs).__name__}")
        return flat(logs)

    def _engine_loss(self, x, y, y_pred, weight, training):
        """What a subclass minimises; None if it is the usual loss."""
        if type(self).compute_loss is Trainer.compute_loss:
            return None
        return self._loss_of(x, y, y_pred, weight, training)

    def _defines_loss(self):
        """Whether what compile was given is for the class's own ``compute_loss`` to use."""
        return type(self).compute_loss is not Trainer.compute_loss

    def _reset_own_metrics(self):
        """True if the model resets the compiled metrics too."""
        if type(self).reset_metrics is not Trainer.reset_metrics:
            self.reset_metrics()
            return True
        for m in self._own_metrics() if type(self).metrics is Trainer.metrics else self.metrics:
            m.reset_state()
        return False


#: What keras.config allows at most.
_limits = _config._state


def _at_most(steps, known=None):
    """Steps as they are said, and no more than keras.config allows, of as many as there are if that is known."""
    most = _limits["max_steps_per_epoch"]
    return steps if most is None else min(n for n in (most, steps, known) if n is not None)


def _verbosity(who, verbose):
    """As the engine has it: -1 is "auto"."""
    if verbose == "auto":
        return -1
    if verbose not in (0, 1, 2):
        raise ValueError(f"{who}: verbose must be 'auto', 0, 1 or 2, got {verbose!r}")
    return int(verbose)


def _counts(who, **numbers):
    return [_data.whole_number(who, name, value) for name, value in numbers.items()]


def unpack_x_y_sample_weight(data):
    """(x, y, sample_weight) of what a step is given."""
    if not isinstance(data, (tuple, list)):
        return data, None, None
    return (*data, None, None)[:3]


def flat(logs):
    """Logs by name; what holds several comes apart."""
    out = {}
    for name, value in logs.items():
        out.update(value if isinstance(value, dict) else {name: value})
    return out
