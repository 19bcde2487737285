"""Initializers, regularizers, constraints and schedules: objects that are functions of a tensor or a shape."""
from . import _core
from ._kinds import Configurable


class _Callable(Configurable):
    _scripted = None

    def __init__(self, *args, **kwargs):
        if self._engine_name is None:  # a class of the user's own: its arguments are its own affair
            self._given = {}
            self._set_impl(self._scripted(self))
        else:
            super().__init__(*args, **kwargs)

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        if cls._engine_name is None:  # __init__ of Keras' bases is rarely called by subclasses
            self._given = {}
            self._set_impl(cls._scripted(self))
        return self

    def _script(self, builtin):
        self._base = builtin
        return self._scripted(self)

    def __call__(self, x, *rest, **kwargs):
        base = self.__dict__.get("_base")
        if base is None and self._engine_name is None:  # a class that says nothing
            return self._without_call(x)
        return (base or self._impl)(x)

    def _without_call(self, x):
        raise NotImplementedError(f"{type(self).__name__} must define __call__")

    def get_config(self):
        if self._engine_name is None:
            return {}
        return (self.__dict__.get("_base") or self._impl).get_config()

    @classmethod
    def from_config(cls, config):
        return cls(**config)


class Initializer(_Callable):
    """Base of initializers: ``__call__(shape, dtype)`` gives a tensor."""
    _kind = "keras.initializers"
    _scripted = _core.ScriptedInitializer

    def __call__(self, shape, dtype=None, **kwargs):
        base = self.__dict__.get("_base")
        if base is None and self._engine_name is None:
            return self._without_call(shape)
        return (base or self._impl)(shape, dtype)

    def clone(self):
        return type(self).from_config(self.get_config())


class Regularizer(_Callable):
    """Base of regularizers: ``__call__(x)`` gives a scalar penalty."""
    _kind = "keras.regularizers"
    _scripted = _core.ScriptedRegularizer


class Constraint(_Callable):
    """Base of constraints: ``__call__(w)`` gives the weight as it may be."""
    _kind = "keras.constraints"
    _scripted = _core.ScriptedConstraint

    def _without_call(self, x):
        """Every weight may be."""
        return _core.convert_to_tensor(x, None)


class LearningRateSchedule(_Callable):
    """Base of schedules: ``__call__(step)`` gives the rate."""
    _kind = "keras.optimizers.schedules"
    _scripted = _core.ScriptedSchedule
