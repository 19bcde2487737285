"""keras.metrics: Metric, and the engine's metrics, made on first use."""
import functools as _functools
import inspect as _inspect

from . import _absent, _core, _generate, _kinds, _tracking
from ._kinds import Configurable, deserialize, serialize


class Metric(Configurable):
    """Base of metrics: ``update_state`` adds a batch, ``result`` gives the value, ``reset_state`` starts anew."""
    _kind = "keras.metrics"

    def __init__(self, *args, name=None, dtype=None, **kwargs):
        if dtype is not None and (not isinstance(dtype, str) or dtype.startswith("mixed_")):
            from . import dtype_policies
            dtype = dtype_policies.get(dtype).variable_dtype
        if self._engine_name is not None:
            given = {"name": name, "dtype": dtype}
            super().__init__(*args, **kwargs, **{k: v for k, v in given.items() if v is not None})
        else:
            _kinds.refuse_surplus(type(self), args, kwargs)
            self._given = {"name": name, "dtype": _core.standardize_dtype(dtype or _core.floatx())}
            self._make({})

    def _script(self, builtin):
        self._base_name = builtin.name if builtin is not None else None
        return _core.ScriptedMetric(self, builtin)

    def add_variable(self, shape=(), initializer="zeros", dtype=None, aggregation="sum", name=None):
        """An accumulator. ``aggregation`` is of replicas, of which there is one."""
        _kinds.check_aggregation("add_variable", aggregation)
        start = _kinds.get("keras.initializers", initializer)
        value = start(shape or (), dtype=dtype or self.dtype)
        return self._impl.add_variable(name or "variable", value)

    def add_weight(self, shape=(), initializer="zeros", dtype=None, name=None, aggregation="sum"):
        return self.add_variable(shape, initializer, dtype, aggregation, name)

    def update_state(self, *args, **kwargs):
        """Adds a batch: (y_true, y_pred, sample_weight=None), or (values, sample_weight=None)."""
        y_true, y_pred, weight = _arguments(self, args, kwargs)
        impl = self._impl
        (impl.base_update if hasattr(impl, "base_update") else impl.update)(y_true, y_pred, weight)

    def result(self):
        """The value so far."""
        impl = self._impl
        return impl.base_result() if hasattr(impl, "base_result") else impl.result()

    def reset_state(self):
        """Back to the start."""
        impl = self._impl
        if not hasattr(impl, "base_reset"):
            impl.reset()
        elif self._engine_name is not None:
            impl.base_reset()
        else:
            for v in self.variables:
                v.assign(0)

    reset_states = reset_state

    def _stateless(self, values, f):
        from . import _stateless
        _stateless.check_one_for_each("metric_variables", f"{type(self).__name__}().variables", self.variables, values)
        return _stateless.run(self.variables, values, f)

    def stateless_update_state(self, metric_variables, *args, **kwargs):
        """What the accumulators would become from these values of theirs, in the order of ``variables``."""
        return self._stateless(metric_variables, lambda: self.update_state(*args, **kwargs))[1]

    def stateless_result(self, metric_variables):
        """The value for these values of the accumulators."""
        return self._stateless(metric_variables, self.result)[0]

    def stateless_reset_state(self):
        """The values of the accumulators at the start."""
        return self._stateless([v.value for v in self.variables], self.reset_state)[1]

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()

    def _engine_update(self, a, b, weight):
        args = (a,) if b is None else (a, b)
        if weight is None:
            self.update_state(*args)
        else:
            self.update_state(*args, sample_weight=weight)

    def _takes_weights(self):
        try:
            parameters = _inspect.signature(self.update_state).parameters
        except (TypeError, ValueError):
            return True
        kinds = {p.kind for p in parameters.values()}
        return "sample_weight" in parameters or _inspect.Parameter.VAR_KEYWORD in kinds

    @property
    def dtype(self):
        """The type of the accumulators."""
        return self._given.get("dtype") or self.get_config().get("dtype") or "float32"

    @property
    def _dtype(self):
        return self.dtype

    def _argument(self, p):
        """As Keras has them: lists stay lists, and those of AUC are all thresholds, the outer ones among them."""
        if self._engine_name == "AUC" and p.name in ("num_thresholds", "thresholds"):
            config = self.get_config()
            n, given = config["num_thresholds"], config.get("thresholds")
            inner = [(i + 1) / (n - 1) for i in range(n - 2)] if given is None else sorted(given)
            return n if p.name == "num_thresholds" else [-1e-7, *inner, 1 + 1e-7]
        value = super()._argument(p)
        if isinstance(value, tuple):
            value = self.__dict__[p.name] = list(value)
        return value

    @property
    def name(self):
        if isinstance(self._impl, _core.ScriptedMetric):
            return self._given.get("name") or self._base_name or _generate._snake(type(self).__name__)
        return self._impl.name

    @property
    def variables(self):
        """The accumulators, those in attributes and in metrics inside this one among them."""
        held = [v for k, v in vars(self).items() if k not in ("_impl", "_given", "_keep")]
        found = [*self._impl.variables(), *_tracking.objects_in(held, _core.Variable)]
        for inner in _tracking.objects_in(held, Metric):
            found += inner.variables
        return _tracking.once_each(found)

    def __getattr__(self, name):
        if not name.startswith("_") and self._impl is not None:
            for v in self._impl.variables():  # "total", "count", ...
                if v.name == name:
                    return v
        return super().__getattr__(name)

    weights = variables

    def get_config(self):
        impl = self._impl
        if self._engine_name is None:
            return {"name": self.name, "dtype": self.dtype}
        return impl.base_config() if hasattr(impl, "base_config") else impl.get_config()


#: Metrics of one stream of values.
_OF_VALUES = {"Mean", "Sum"}


def _arguments(metric, args, kwargs):
    of_values = metric._engine_name in _OF_VALUES
    names = ("values", "sample_weight") if of_values else ("y_true", "y_pred", "sample_weight")
    given = dict(zip(names, args))
    twice, unknown = given.keys() & kwargs.keys(), kwargs.keys() - set(names)
    if len(args) > len(names) or twice or unknown:
        what = f"'{sorted(twice or unknown)[0]}'" if twice or unknown else f"{len(args)} arguments"
        raise TypeError(f"{type(metric).__name__}.update_state() takes {', '.join(names)}, got {what}"
                        + (" twice" if twice else ""))
    given.update(kwargs)
    if "values" in names and "values" not in given:
        raise TypeError(f"{type(metric).__name__}.update_state() needs values")
    a, b = (given.get("values"), None) if of_values else (given.get("y_true"), given.get("y_pred"))
    return a, b, given.get("sample_weight")


_generate.kind("keras.metrics", Metric)
_class = _generate.module_getattr("keras.metrics")


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    if name == "MeanMetricWrapper":
        made = globals()[name] = _mean_metric_wrapper()
        return made
    if not _core.is_class("keras.metrics", name):
        if name in _core.class_names("keras.losses"):
            from . import losses
            return getattr(losses, name)
        if name in _absent.known_names()["keras.metrics"] and name in _core.class_names("keras.metrics"):
            made = globals()[name] = MetricFunction(name)
            return made
    return _class(name)


class MetricFunction:
    """A built-in metric as a function: ``binary_accuracy(y_true, y_pred)`` gives one value for each sample. Further
    arguments are those of the metric's class, in order."""
    def __init__(self, name):
        self.__name__ = self.__qualname__ = name
        self._class = _class(_core.class_name("keras.metrics", name))

    def __call__(self, y_true, y_pred, *args, **options):
        names = [p.name for p in self._class._parameters if p.name not in ("name", "dtype")]
        if len(args) > len(names):
            raise TypeError(f"{self.__name__} takes y_true, y_pred and {len(names)} more, got {2 + len(args)}")
        metric = self._class(**dict(zip(names, args)), **options)
        out = metric._impl.values(y_true, y_pred)
        return out.astype(_core.floatx()) if out.dtype == "bool" else out

    def __repr__(self):
        return f"<function {self.__name__}(y_true, y_pred)>"


def _mean_metric_wrapper():
    class MeanMetricWrapper(_class("Mean")):
        """The mean of any function giving one value for each sample; further arguments are the function's."""
        def __init__(self, fn, name=None, dtype=None, **kwargs):
            self._fn, self._fn_kwargs = fn, kwargs
            super().__init__(name=name or getattr(fn, "__name__", "metric"), dtype=dtype)

        def update_state(self, y_true, y_pred, sample_weight=None):
            y_true, y_pred = _core.convert_to_tensor(y_true, None), _core.convert_to_tensor(y_pred, None)
            super().update_state(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight=sample_weight)

        def get_config(self):
            return {"name": self.name, "dtype": self.dtype, "fn": serialize(self._fn), **serialize(self._fn_kwargs)}

        @classmethod
        def from_config(cls, config):
            return cls(**({**config, "fn": deserialize(config["fn"])} if "fn" in config else config))

        def _registered_name(self):
            own = type(self) is not MeanMetricWrapper
            return super()._registered_name() if own else _kinds.registered_name_of(self._fn)

    MeanMetricWrapper.__module__ = __name__
    MeanMetricWrapper.__qualname__ = "MeanMetricWrapper"
    return MeanMetricWrapper


get = _functools.partial(_kinds.get, "keras.metrics")


def for_compile(metrics):
    """What the engine takes, in the structure in which it is given, and the Python objects to keep."""
    from .losses import given_to_compile
    if metrics is not None and not isinstance(metrics, (list, tuple, dict)):
        metrics = [metrics]
    return given_to_compile(metrics, Metric, "metrics must be names, Metric objects or functions",
                            __getattr__("MeanMetricWrapper"))

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
