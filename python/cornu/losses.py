"""keras.losses: Loss, the engine's losses, and each as a function of (y_true, y_pred)."""
import functools as _functools
import sys

from . import _core, _generate, _kinds
from ._kinds import Configurable, deserialize, serialize


class Loss(Configurable):
    """Base of losses: ``call(y_true, y_pred)`` gives one value for each sample."""
    _kind = "keras.losses"
    _dtype = None

    def __init__(self, *args, name=None, reduction="sum_over_batch_size", dtype=None, **kwargs):
        if dtype is not None:
            from . import dtype_policies
            dtype = dtype_policies.get(dtype).compute_dtype
        self.__dict__["_dtype"] = dtype
        if self._engine_name is not None:
            extra = {"name": name, "reduction": "none" if reduction is None else reduction}
            super().__init__(*args, **kwargs, **{k: v for k, v in extra.items() if v is not None})
            return
        _kinds.refuse_surplus(type(self), args, kwargs)
        _core.make("keras.losses", {"class_name": "MeanSquaredError", "config": {"reduction": reduction}})  # checks it
        self._given = {"name": name, "reduction": reduction}
        self._make({})

    def _set_impl(self, impl):
        super()._set_impl(impl)
        if self._dtype is not None:
            impl.dtype = self._dtype

    @property
    def dtype(self):
        """The type that floating arguments are brought to, and that the loss has."""
        return self._impl.dtype

    def _script(self, builtin):
        self._base = builtin
        name = self._given.get("name") or _generate._snake(type(self).__name__)
        reduction = self._given.get("reduction") or "none"
        return _core.ScriptedLoss(self, name=name, reduction=reduction, squeeze=False,
                                  whole=type(self).__call__ is not Loss.__call__)

    def call(self, y_true, y_pred):
        """One value for each sample."""
        return (self.__dict__.get("_base") or self._impl).values(y_true, y_pred)

    def __call__(self, y_true, y_pred, sample_weight=None):
        return self._impl(y_true, y_pred, sample_weight)

    @property
    def name(self):
        return self._impl.name

    @property
    def reduction(self):
        return self._impl.reduction

    def get_config(self):
        base = self.__dict__.get("_base") or (self._impl if self._engine_name else None)
        return base.get_config() if base else {"name": self.name, "reduction": self.reduction}


class LossFunctionWrapper(Loss):
    """A function (y_true, y_pred) -> one value for each sample, as a loss."""
    def __init__(self, fn, reduction="sum_over_batch_size", name=None, **kwargs):
        self.fn, self._kwargs = fn, kwargs
        super().__init__(name=name or getattr(fn, "__name__", "loss"), reduction=reduction)

    def _script(self, builtin):
        return _core.ScriptedLoss(self, name=self._given["name"], reduction=self._given["reduction"] or "none",
                                  squeeze=True)

    def call(self, y_true, y_pred):
        return self.fn(y_true, y_pred, **self._kwargs)

    def _registered_name(self):
        return _kinds.registered_name_of(self.fn)

    def get_config(self):
        return {"name": self.name, "reduction": self.reduction, "fn": serialize(self.fn), **serialize(self._kwargs)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "fn": deserialize(config["fn"])})


class LossFunction:
    """A built-in loss as a function: ``mean_squared_error(y_true, y_pred)`` gives one value for each sample."""
    def __init__(self, alias, class_name):
        self.__name__ = self.__qualname__ = alias
        self._class_name = class_name

    def __call__(self, y_true, y_pred, **options):
        config = {"class_name": self._class_name, "config": {**options, "reduction": "none"}}
        return _core.make("keras.losses", config).values(y_true, y_pred)

    def __reduce__(self):
        """Pickled by its name, as functions are."""
        return self.__name__

    def __repr__(self):
        return f"<function {self.__name__}(y_true, y_pred)>"


_generate.kind("keras.losses", Loss)
_class = _generate.module_getattr("keras.losses")


def __getattr__(name):
    is_name = not name.startswith("_") and name in _core.class_names("keras.losses")
    if is_name and not _core.is_class("keras.losses", name):
        class_name = _core.class_name("keras.losses", name)
        full = _core.snake_case(class_name)  # "mse" is another name of mean_squared_error
        if full != name and full in _core.class_names("keras.losses"):
            made = getattr(sys.modules[__name__], full)
        else:
            made = LossFunction(name, class_name)
        globals()[name] = made
        return made
    return _class(name)


def get(identifier):
    """A loss from a name, a config, an object or a function."""
    if callable(identifier) and not isinstance(identifier, (Loss, type)):
        return identifier
    if isinstance(identifier, str) and _kinds.find_custom(identifier) is None:
        if identifier in _core.class_names("keras.losses") and not _core.is_class("keras.losses", identifier):
            return getattr(sys.modules[__name__], identifier)  # as Keras: the function of that name
    return _kinds.get("keras.losses", identifier)


def for_compile(loss):
    """What the engine takes, names that files keep or engine objects, in the structure in which they are given; and
    the Python objects to keep."""
    return given_to_compile(loss, Loss, "loss must be a name, a Loss or a function", LossFunctionWrapper)


def given_to_compile(given, base, rule, of_function):
    """The same of losses or metrics: objects of ``base``, or functions, of which ``of_function`` makes some."""
    keep = []

    def one(value):
        if isinstance(value, str):
            custom = _kinds.find_custom(value)
            if custom is None:
                return value
            value = custom
        if isinstance(value, LossFunction):
            return value.__name__
        if isinstance(value, type):
            value = value()
        if not isinstance(value, base):
            if not callable(value):
                raise ValueError(f"compile: {rule}, got {value!r}")
            value = of_function(value)
        keep.append(value)
        return value._impl
    return _kinds.structure(given, one), keep

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
