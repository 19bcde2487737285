"""keras.callbacks: Callback, the engine's callbacks, and those made of functions."""
from . import _absent, _core, _generate


class Callback:
    """Base of callbacks: define the hooks that you need. ``self.model`` and ``self.params`` are set before training."""
    model = None
    params = None
    _common = False

    def set_model(self, model):
        self.model = model

    def set_params(self, params):
        self.params = params

    def on_train_begin(self, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_batch_begin(self, batch, logs=None):
        pass

    def on_batch_end(self, batch, logs=None):
        pass

    def on_train_batch_begin(self, batch, logs=None):
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs=None):
        pass

    def on_test_end(self, logs=None):
        pass

    def on_test_batch_begin(self, batch, logs=None):
        pass

    def on_test_batch_end(self, batch, logs=None):
        pass

    def on_predict_begin(self, logs=None):
        pass

    def on_predict_end(self, logs=None):
        pass

    def on_predict_batch_begin(self, batch, logs=None):
        pass

    def on_predict_batch_end(self, batch, logs=None):
        pass

    def _defines(self, *names):
        return any(name in self.__dict__ or getattr(type(self), name) is not getattr(Callback, name) for name in names)

    def _wants_predict_batches(self):
        return self._defines("on_predict_batch_begin", "on_predict_batch_end")

    def _engine(self):
        made = self.__dict__.get("_scripted")
        if made is None:
            made = self.__dict__["_scripted"] = self._script(None)
        return made

    def _script(self, inner):
        """What the engine calls: this object's hooks."""
        train = self._defines("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
        test = self._defines("on_test_batch_begin", "on_test_batch_end")
        return _core.ScriptedCallback(self, train, test, self._wants_predict_batches(), inner)


class _EngineCallback(Callback):
    """A callback of the engine. A class that derives from one may define hooks, and call those of its base."""
    _name = None
    _parameters = ()

    def __init__(self, *args, **kwargs):
        config = _generate.bind(type(self), self._parameters, args, kwargs)
        self.__dict__.update({p.name: p.default for p in self._parameters}, **config)
        config = {k: str(v) if k in ("filepath", "filename", "backup_dir") else v for k, v in config.items()}
        self.__dict__["_impl"] = _core.make_callback(self._name, config)

    def __getattr__(self, name):
        if not name.startswith("_"):
            state = self._impl.state() or {}
            if name in state:
                return state[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name, value):
        made = "_impl" in self.__dict__
        if made and any(p.name == name for p in self._parameters) and self.__dict__[name] != value:
            raise AttributeError(f"{type(self).__name__}: {name} is what the callback was made with, "
                                 f"{self.__dict__[name]!r}; make another one")
        super().__setattr__(name, value)

    def _engine(self):
        hooks = [name for name in dir(Callback) if name.startswith("on_")]
        if all(getattr(type(self), name) is getattr(_EngineCallback, name) for name in hooks) and not (
                self.__dict__.keys() & set(hooks)):
            return self._impl
        made = self.__dict__.get("_scripted")
        if made is None:
            made = self.__dict__["_scripted"] = self._script(self._impl)
        return made

    def _defines(self, *names):
        return any(name in self.__dict__ or getattr(type(self), name) is not getattr(_EngineCallback, name)
                   for name in names)

    def on_train_begin(self, logs=None):
        self._impl.run_hook("on_train_begin", 0, {})

    def on_train_end(self, logs=None):
        self._impl.run_hook("on_train_end", 0, logs or {})

    def on_epoch_begin(self, epoch, logs=None):
        self._impl.run_hook("on_epoch_begin", epoch, {})

    def on_epoch_end(self, epoch, logs=None):
        self._impl.run_hook("on_epoch_end", epoch, {} if logs is None else logs)

    def on_train_batch_begin(self, batch, logs=None):
        self._impl.run_hook("on_train_batch_begin", batch, {})
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self._impl.run_hook("on_train_batch_end", batch, logs or {})
        self.on_batch_end(batch, logs)


class History(Callback):
    """What fit returns: ``history`` (lists by name) and ``epoch``."""
    def __init__(self):
        self.history, self.epoch = {}, []


class LambdaCallback(Callback):
    """Functions as hooks."""
    def __init__(self, on_epoch_begin=None, on_epoch_end=None, on_train_begin=None, on_train_end=None,
                 on_train_batch_begin=None, on_train_batch_end=None, **kwargs):
        hooks = {k: v for k, v in locals().items() if k.startswith("on_") and v is not None}
        for name in kwargs:
            if not hasattr(Callback, name) or not name.startswith("on_"):
                known = sorted(one for one in dir(Callback) if one.startswith("on_"))
                raise TypeError(f"LambdaCallback() got an unexpected argument '{name}'" + _generate._near(name, known))
        hooks.update(kwargs)
        self.__dict__.update(hooks)


class LearningRateScheduler(Callback):
    """The rate of each epoch from a function (epoch, rate) or (epoch)."""
    def __init__(self, schedule, verbose=0):
        self.schedule, self.verbose = schedule, verbose

    def _rated(self):
        """(What a rate belongs to, in words and in logs; the optimizer) of each optimizer with a rate of its own."""
        several = getattr(self.model.optimizer, "optimizers", None)
        if several is None:
            return [("", "learning_rate", self.model.optimizer)]
        return [(f"{one.name} ", f"learning_rate_{one.name}", one) for one in several]

    def on_epoch_begin(self, epoch, logs=None):
        for whose, _, optimizer in self._rated():
            now = float(optimizer.learning_rate)
            try:
                rate = self.schedule(epoch, now)
            except TypeError:
                rate = self.schedule(epoch)
            optimizer.learning_rate = float(rate)
            if self.verbose:
                print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting {whose}learning rate to {float(rate)}.")

    def on_epoch_end(self, epoch, logs=None):
        for _, key, optimizer in self._rated():
            logs[key] = float(optimizer.learning_rate)


class CallbackList(list):
    """Several callbacks as one; kept for compatibility."""


def __getattr__(name):
    if name in _core.callback_names():
        cls = type(name, (_EngineCallback,), {
            "__module__": __name__, "__doc__": None, "_name": name,
            "_parameters": tuple(_generate.Parameter(*row, False) for row in _core.callback_parameters(name))})
        cls.__signature__ = _generate.Signature()
        cls.__doc__ = _generate._Doc("keras.callbacks", name)
        globals()[name] = cls
        return cls
    if name.startswith("_"):
        raise AttributeError(name)
    raise _absent.error("callbacks", name)


class VectorResults(Callback):
    """Metrics of several values, as the recall at some thresholds: the engine's logs hold a number for each, the
    history of Keras the values."""
    def __init__(self):
        self.rows, self._now, self._tested = {}, {}, False

    def wanted(self):
        """Itself, if the model may have such metrics; which their first batch shows."""
        compiled = self.model.compiled_metrics
        return [] if compiled is None or compiled.names and not compiled.vectors() else [self]

    def _take(self, prefix):
        for name, values in self.model.compiled_metrics.vectors():
            self._now[prefix + name] = values

    def on_test_begin(self, logs=None):  # before the validation's values take the place of the training's
        self._take("")
        self._tested = True

    def on_test_end(self, logs=None):
        self._take("val_")

    def on_epoch_end(self, epoch, logs=None):
        if not self._tested:
            self._take("")
        for name, values in self._now.items():
            self.rows.setdefault(name, []).append(values)
        self._now, self._tested = {}, False


def told(who, callbacks, model, epochs, steps, verbose):
    """The callbacks that ``who`` was given, as a list, once they know the model and the run."""
    if callbacks is None:
        callbacks = []
    elif not isinstance(callbacks, (list, tuple)):
        callbacks = [callbacks]
    for one in callbacks:
        if not isinstance(one, Callback):
            raise ValueError(f"{who}: callbacks must be Callback objects, got {one!r}")
        one.set_model(model)
        one.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
    return callbacks

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__, _core.callback_names)
