"""keras.optimizers: Optimizer, and the engine's optimizers, made on first use."""
import functools as _functools
import sys

from .. import _core, _generate, _kinds, _simple
from .._kinds import Configurable, deserialize, serialize


class _Rate(float):
    """The learning rate as it is now; ``assign`` sets it."""
    def __new__(cls, value, optimizer):
        self = super().__new__(cls, value)
        self._optimizer = optimizer
        return self

    def assign(self, value):
        self._optimizer._impl.learning_rate = float(value)

    def numpy(self):
        import numpy
        return numpy.float32(self)

    @property
    def value(self):
        return float(self)

    dtype = "float32"
    shape = ()


_OPTIONS = {"weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None, "use_ema": False,
            "ema_momentum": 0.99, "ema_overwrite_frequency": None, "loss_scale_factor": None,
            "gradient_accumulation_steps": None}


class Optimizer(Configurable):
    """Base of optimizers. Subclasses define ``update_step(gradient, variable, learning_rate)`` and may make slots in
    ``build(variables)`` with ``add_variable_from_reference``."""
    _kind = "keras.optimizers"
    _common = True

    def __init__(self, *args, **kwargs):
        if self._engine_name is not None:
            if "lr" in kwargs:
                kwargs["learning_rate"] = kwargs.pop("lr")
            super().__init__(*args, **kwargs)
            return
        names = ("learning_rate", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum",
                 "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps", "name")
        given = dict(zip(names, args), **kwargs)
        self._given = given
        self._keep = list(given.values())
        unknown = given.keys() - set(names)
        if unknown:
            raise TypeError(f"{type(self).__name__}: unknown argument '{unknown.pop()}'")
        options = {**_OPTIONS, **{k: v for k, v in given.items() if k in _OPTIONS}}
        rate = _generate.engine_value(given.get("learning_rate", 0.001), "")
        self._set_impl(_core.ScriptedOptimizer(self, given.get("name") or _generate._snake(type(self).__name__), rate,
                                               options))

    def _is_builtin(self):
        return self._engine_name is not None  # their update runs in the engine whatever a subclass adds

    def build(self, variables):
        """Creates the slots for the trainable variables."""
        if self._engine_name is not None:
            self._impl.build(list(variables))

    def update_step(self, gradient, variable, learning_rate):
        raise NotImplementedError(f"{type(self).__name__}: define update_step(gradient, variable, learning_rate)")

    def apply(self, grads, trainable_variables=None):
        """One update of the variables by their gradients."""
        grads = list(grads)
        if not self._impl.built:
            if trainable_variables is None:
                raise ValueError("apply: the optimizer is not built; give the variables too")
            self._impl.build(list(trainable_variables))
        self._impl.apply(grads)

    def scale_loss(self, loss):
        """What gradients for ``apply`` are taken of."""
        return self._impl.scale_loss(loss)

    def apply_gradients(self, grads_and_vars):
        grads, variables = zip(*grads_and_vars)
        self.apply(grads, variables)

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        return self._impl.add_slot(reference_variable, name or "slot")

    def _get_variable_index(self, variable):
        """The place of a trainable variable among those that build was given."""
        for i, v in enumerate(self._impl.trainable):
            if v is variable:
                return i
        raise ValueError(f"{self.name}: {variable.path} is not among the variables it was built with")

    def assign(self, variable, value):
        variable.assign(value)

    def assign_add(self, variable, value):
        variable.assign_add(value)

    def assign_sub(self, variable, value):
        variable.assign_sub(value)

    @property
    def learning_rate(self):
        return _Rate(self._impl.learning_rate, self)

    @learning_rate.setter
    def learning_rate(self, rate):
        if isinstance(rate, _simple.LearningRateSchedule):
            raise ValueError("a schedule is given when the optimizer is made: Adam(learning_rate=schedule)")
        self._impl.learning_rate = float(rate)

    lr = learning_rate

    @property
    def iterations(self):
        return self._impl.iterations

    @property
    def variables(self):
        return self._impl.variables

    @property
    def built(self):
        return self._impl.built

    @property
    def name(self):
        return self._impl.name

    def get_config(self):
        if self._engine_name is None:
            out = {"name": self.name, "learning_rate": float(self.learning_rate)}
            out.update({k: self._given.get(k, default) for k, default in _OPTIONS.items()})
            return out
        return self._impl.get_config()

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)


_generate.kind("keras.optimizers", Optimizer)
_class = _generate.module_getattr("keras.optimizers")


def __getattr__(name):
    if name == "schedules":
        import importlib
        return importlib.import_module("cornu.optimizers.schedules")
    if name == "legacy":  # the optimizers of before are the ones there are
        return sys.modules[__name__]
    return _class(name)


get = _functools.partial(_kinds.get, "keras.optimizers")
