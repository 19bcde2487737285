"""keras.optimizers: Optimizer, and the engine's optimizers, made on first use."""
import functools as _functools
import sys

from .. import _core, _generate, _kinds, _simple
from .._calls import BuiltByEngine
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


def _of_the_outer(given, parameters):
    """The arguments of an optimizer around another one, which has all others: here they may only be as by default."""
    given = dict(given)
    if not given.pop("dynamic", True):
        raise ValueError("LossScaleOptimizer: dynamic must be True, got False; for a factor that stays, set "
                         "`loss_scale_factor` on the `inner_optimizer`")
    for name, default in _OPTIONS.items():
        if name in given and given.pop(name) != default:
            raise ValueError(f"LossScaleOptimizer does not take `{name}`; set `{name}` on the `inner_optimizer`")
    unknown = [name for name in given if not any(p.name == name for p in parameters)]
    if unknown:
        raise ValueError(f"LossScaleOptimizer does not support arguments: `{'`, `'.join(unknown)}`")
    return given


class _CallableRate(_simple.LearningRateSchedule):
    """A function of nothing as a learning rate. It is called where a step is traced: what is a Python number then
    stays; what reads variables follows them."""
    def __init__(self, function):
        self.function = function
        super().__init__()

    def __call__(self, step):
        return _core.convert_to_tensor(self.function(), _core.floatx())

    def get_config(self):
        return {"function": serialize(self.function)}


def _with_rate(given):
    """The arguments with a schedule where a function is the learning rate."""
    rate = given.get("learning_rate")
    if callable(rate) and not isinstance(rate, (_simple.LearningRateSchedule, type)):
        return {**given, "learning_rate": _CallableRate(rate)}
    return given


#: Options that nothing would follow when they are set later.
_SETTLED = {*_OPTIONS} - {"loss_scale_factor"}


def _rate_as_given(config):
    """The config with the function itself where one is the learning rate, as Keras writes it."""
    rate = config.get("learning_rate")
    if isinstance(rate, dict) and rate["class_name"] == "_CallableRate":
        config["learning_rate"] = rate["config"]["function"]
    return config


class Optimizer(BuiltByEngine, Configurable):
    """Base of optimizers. Subclasses define ``update_step(gradient, variable, learning_rate)`` and may make slots in
    ``build(variables)`` with ``add_variable_from_reference``."""
    _kind = "keras.optimizers"
    _common = True

    def __init__(self, *args, **kwargs):
        if self._engine_name is not None:
            if "lr" in kwargs:
                kwargs["learning_rate"] = kwargs.pop("lr")
            if self._engine_name == "LossScaleOptimizer":
                kwargs = _of_the_outer(kwargs, self._parameters)
            args = tuple(_with_rate({"learning_rate": one})["learning_rate"] for one in args[:1]) + args[1:]
            if kwargs.get("name") is None and "name" not in [p.name for p in self._parameters[:len(args)]]:
                kwargs["name"] = _core.unique_name(self._engine_name)
            super().__init__(*args, **_with_rate(kwargs))
            return
        names = ("learning_rate", *_OPTIONS, "name")
        self._given = given = _with_rate(dict(zip(names, args), **kwargs))
        unknown = given.keys() - set(names)
        if unknown:
            raise TypeError(f"{type(self).__name__}: unknown argument '{unknown.pop()}'")
        self._keep = list(given.values())
        held = {"learning_rate": 0.001}
        if not given.get("name"):
            held["name"] = _core.unique_name(type(self).__name__)
        held.update({k: _generate.engine_value(v) for k, v in given.items() if v is not None})
        self._set_impl(self._script(_core.make("keras.optimizers", {"class_name": "SGD", "config": held})))

    def _overrides(self, *names):
        return any(getattr(type(self), name) is not getattr(Optimizer, name) for name in names)

    def _is_builtin(self):
        return self._engine_name is not None and not self._overrides("build", "update_step", "apply", "apply_gradients")

    def _script(self, builtin):
        """``builtin``: the optimizer that the class derives from, or one that holds the options."""
        return _core.ScriptedOptimizer(self, builtin, self._overrides("apply", "apply_gradients"))

    def build(self, variables):
        """Creates the slots for the trainable variables."""
        if not self.__dict__.get("_building"):
            self._ask_build(variables)
        elif self._engine_name is not None:
            self._impl.base_build()

    def _ask_build(self, variables):
        if not self._impl.built:
            self._impl.build(list(variables))

    def update_step(self, gradient, variable, learning_rate):
        """The update of one variable by its gradient."""
        if self._engine_name is None:
            raise NotImplementedError(f"{type(self).__name__}: define update_step(gradient, variable, learning_rate)")
        (self._impl.update_one if self._is_builtin() else self._impl.base_update)(gradient, variable, learning_rate)

    def apply(self, grads, trainable_variables=None):
        """One update of the variables by their gradients."""
        grads = list(grads)
        if not grads:
            return
        given = None if trainable_variables is None else list(trainable_variables)
        if all(g is None for g in grads):
            raise ValueError(f"No gradients provided for any variable. {self.name}: expected one for at least one of "
                             f"{len(grads)} variables, got None for all of them")
        if given is not None and len(given) == len(grads) and not _core.tracing():
            without = [v.path for v, g in zip(given, grads) if g is None]
            if without:
                import warnings
                warnings.warn(f"Gradients do not exist for variables {without} when minimizing the loss; {self.name} "
                              "leaves them as they are")
        if not self._impl.built:
            if given is None:
                raise ValueError("apply: the optimizer is not built; give the variables too")
            self._impl.build(given)
        if given is not None:
            grads = self._in_order(grads, given)
        (self._impl.apply if self._is_builtin() else self._impl.base_apply)(grads)

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """(trainable variables, optimizer variables) as one update of these values would make them; of an optimizer
        that is built."""
        if not self.built:
            raise ValueError(f"To call `stateless_apply`, {type(self).__name__} must be built (i.e. its variables must "
                             "have been created). You can build it via `optimizer.build(trainable_variables)`.")
        from .. import _stateless
        own, trained = list(self.variables), list(self._impl.trainable)
        for what, mine, given in (("optimizer_variables", own, optimizer_variables),
                                  ("trainable_variables", trained, trainable_variables)):
            _stateless.check_one_for_each(what, f"{type(self).__name__}()'s", mine, given)
        _, now = _stateless.run([*own, *trained], [*optimizer_variables, *trainable_variables],
                                lambda: self.apply(list(grads)))
        return now[len(own):], now[:len(own)]

    def set_weights(self, weights):
        """The values of ``variables``, in order."""
        if not self.built:
            raise ValueError(f"You are calling `set_weights()` on an optimizer that is not built: {self.name} has no "
                             "variables for a model yet; expected build(trainable_variables) before it")
        weights, variables = list(weights), list(self.variables)
        if len(weights) != len(variables):
            raise ValueError(f"{self.name}: set_weights needs a value for each of {len(variables)} variables, got "
                             f"{len(weights)}")
        for variable, value in zip(variables, weights):
            if tuple(variable.shape) != tuple(_core.shape(value)):
                raise ValueError(f"{self.name}: set_weights: '{variable.path}' has the shape {tuple(variable.shape)}, "
                                 f"got a value of {tuple(_core.shape(value))}")
        for variable, value in zip(variables, weights):
            variable.assign(value)

    def _in_order(self, grads, variables):
        """The gradients in the order that build was given; None where a variable is left out, as a frozen one is."""
        known = self._impl.trainable
        if len(grads) != len(variables):
            raise ValueError(f"{self.name}: apply needs a gradient for each variable, got {len(grads)} for "
                             f"{len(variables)}")
        if len(variables) == len(known) and all(v is k for v, k in zip(variables, known)):
            return grads
        places = {id(v): i for i, v in enumerate(known)}
        out = [None] * len(known)
        for gradient, variable in zip(grads, variables):
            if id(variable) not in places:
                raise ValueError(f"{self.name}: '{variable.path}' is not among the {len(known)} variables that it was "
                                 "built with; give a model with other ones an optimizer of its own")
            out[places[id(variable)]] = gradient
        return out

    def scale_loss(self, loss):
        """What gradients for ``apply`` are taken of."""
        return self._impl.scale_loss(loss)

    def apply_gradients(self, grads_and_vars):
        grads, variables = zip(*grads_and_vars)
        self.apply(grads, variables)

    def minimize(self, loss, var_list, tape=None):
        """One step down a loss: a function, or a tensor that ``tape`` recorded; of tf.keras."""
        if callable(loss):
            from .._tape import GradientTape
            with GradientTape() as tape:
                loss = loss()
        var_list = list(var_list() if callable(var_list) else var_list)
        self.apply_gradients(zip(tape.gradient(loss, var_list), var_list))

    def _engine_apply(self, grads, variables):
        if self._overrides("apply"):
            self.apply(grads, variables)
        else:
            self.apply_gradients(zip(grads, variables))

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """A variable of the optimizer's, of the shape and type of another one."""
        slot = self._impl.add_slot(reference_variable, name or "slot")
        if initializer != "zeros":
            start = _kinds.get("keras.initializers", initializer)
            slot.assign(start(tuple(slot.shape), dtype=slot.dtype))
        return slot

    def _get_variable_index(self, variable):
        """The place of a trainable variable among those that build was given."""
        for i, v in enumerate(self._impl.trainable):
            if v is variable:
                return i
        raise ValueError(f"{self.name}: {variable.path} is not among the variables it was built with")

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Variables that ``weight_decay`` leaves alone: these, and those whose name has one of ``var_names`` in it.
        Before the optimizer is built."""
        self._impl.exclude_from_weight_decay(list(var_list or ()), list(var_names or ()))

    def finalize_variable_values(self, var_list):
        """Puts the moving averages in the place of these variables, if the optimizer keeps some (``use_ema``)."""
        wanted = {id(v) for v in var_list}
        others = [(v, _core.to_numpy(v)) for v in self._impl.trainable if id(v) not in wanted]
        self._impl.finalize_variable_values()
        for variable, value in others:
            variable.assign(value)

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
        rate = _with_rate({"learning_rate": rate})["learning_rate"]
        if isinstance(rate, _simple.LearningRateSchedule):
            self._keep.append(rate)
            self._impl.set_schedule(rate._impl)
            return
        try:
            self._impl.learning_rate = float(rate)
        except RuntimeError as e:  # as Keras has it
            raise TypeError(str(e)) from None

    lr = learning_rate

    @property
    def iterations(self):
        """How often the variables were updated: a variable; with ``gradient_accumulation_steps`` what so many steps
        make of it."""
        steps = getattr(self, "gradient_accumulation_steps", None)
        return self._iterations // steps if steps else self._iterations

    @property
    def _iterations(self):
        return self._impl.iterations_variable

    @property
    def loss_scale_factor(self):
        """What the loss is multiplied by, and gradients are divided by again; may be set."""
        return self._impl.loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, factor):
        self._impl.loss_scale_factor = None if factor is None else float(factor)

    @property
    def _accumulated_gradients(self):
        return self._impl.accumulated

    @property
    def _model_variables_moving_average(self):
        return self._impl.averages

    def _clip_gradients(self, grads):
        return self._impl.clipped(list(grads))

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
            out["loss_scale_factor"] = self.loss_scale_factor
            return out
        return _rate_as_given(self._impl.get_config() if self._is_builtin() else self._impl.base_config())

    def __setattr__(self, name, value):
        if self._impl is not None and name in _SETTLED and self._is_builtin():
            raise AttributeError(f"{self.name}: expected '{name}' to be given when the optimizer is made, "
                                 f"{type(self).__name__}({name}={value!r}); it cannot be set afterwards")
        object.__setattr__(self, name, value)


_generate.kind("keras.optimizers", Optimizer)
_class = _generate.module_getattr("keras.optimizers")


def __getattr__(name):
    if name == "schedules":
        import importlib
        return importlib.import_module("cornu.optimizers.schedules")
    if name == "OptimizerMap":
        from ._multi import OptimizerMap
        globals()[name] = OptimizerMap
        return OptimizerMap
    if name == "legacy":  # the optimizers of before are the ones there are
        return sys.modules[__name__]
    return _class(name)


get = _functools.partial(_kinds.get, "keras.optimizers")

from .. import _public  # noqa: E402  sees what is above

_public.complete(__name__, lambda: ("OptimizerMap",))
