"""keras.optimizers.MultiOptimizer: several optimizers in one, for different variables."""
import re
from collections.abc import MutableMapping

from .. import _core, _generate, _kinds
from . import Optimizer


class OptimizerMap(MutableMapping):
    """Optimizers by the path of a variable, or a regular expression for whole paths; ``default_optimizer`` for all
    others. Called with a variable it gives the variable's."""
    _kind, _written_as = "keras.optimizers", ("keras.optimizers", None)

    def __init__(self, default_optimizer, optimizer_map=None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(f"default_optimizer must be a Keras Optimizer instance. OptimizerMap: got "
                            f"{default_optimizer!r}")
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(f"optimizer_map must be a dictionary. OptimizerMap: got {optimizer_map!r}")
        self._default_optimizer = default_optimizer
        self._optimizer_map = {} if optimizer_map is None else optimizer_map

    @property
    def default_optimizer(self):
        """The optimizer of variables that nothing in the map is for."""
        return self._default_optimizer

    def __getitem__(self, key):
        """The optimizer of a path: its own, that of the one expression that is all of it, or the default."""
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        found = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(f"Multiple optimizers assigned to variable {key}. OptimizerMap: expected one key, got "
                             f"{found}")
        return self._optimizer_map[found[0]] if found else self._default_optimizer

    def __setitem__(self, key, optimizer):
        if key in self._optimizer_map:
            raise ValueError(f"'{key}' already exists in the OptimizerMap: expected a new path, got one with "
                             f"{self._optimizer_map[key]!r}")
        if not isinstance(key, str):
            raise ValueError(f"key must be a string. OptimizerMap: got {key!r}")
        if not isinstance(optimizer, Optimizer):
            raise ValueError(f"optimizer must be a Keras Optimizer instance. OptimizerMap: got {optimizer!r}")
        if optimizer._engine_name in ("LossScaleOptimizer", "MultiOptimizer"):
            raise ValueError(f"optimizer cannot be {optimizer._engine_name}. OptimizerMap: expected an optimizer of "
                             "variables")
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key):
        del self._optimizer_map[key]

    def __len__(self):
        return len(self._optimizer_map)

    def __iter__(self):
        return iter(self._optimizer_map)

    def __call__(self, variable):
        return self[variable.path]

    def get_config(self):
        return {"default_optimizer": _kinds.serialize(self._default_optimizer),
                "optimizer_map": {key: _kinds.serialize(one) for key, one in self._optimizer_map.items()}}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        def made(one):
            return _kinds.get("keras.optimizers", one)
        with _kinds.custom_object_scope(custom_objects or {}):
            return cls(made(config["default_optimizer"]),
                       {key: made(one) for key, one in config["optimizer_map"].items()})


class MultiOptimizer(Optimizer):
    """Several optimizers in one: ``optimizer_map`` is an OptimizerMap, or a function that gives the optimizer of a
    variable. They have learning rates, clips and averages of their own, in ``optimizers``; ``loss_scale_factor`` is
    that of this one."""
    _engine_name = "MultiOptimizer"
    _parameters = ()

    def __init__(self, optimizer_map, loss_scale_factor=None, name=None):
        if isinstance(optimizer_map, dict):  # what files hold
            optimizer_map = _kinds.deserialize(optimizer_map)
        if not callable(optimizer_map):
            raise ValueError("MultiOptimizer: optimizer_map must be an OptimizerMap, or a function that gives the "
                             f"optimizer of a variable, got {optimizer_map!r}")
        self._optimizer_map = optimizer_map
        by_path = dict(getattr(optimizer_map, "_optimizer_map", {}))
        default = getattr(optimizer_map, "_default_optimizer", None)
        self._given = {"optimizer_map": optimizer_map, "loss_scale_factor": loss_scale_factor}
        kept = self._keep = [optimizer_map, default, *by_path.values()]

        def choose(variable):
            one = optimizer_map(variable)
            if not isinstance(one, Optimizer):
                raise ValueError(f"MultiOptimizer: Optimizer for variable {variable.path} is not an Optimizer "
                                 f"instance, got {one!r}")
            kept.append(one)
            return one._impl
        # What may stand in a map by other ways is refused when its variable is met.
        usable = [(key, one._impl) for key, one in by_path.items()
                  if isinstance(one, Optimizer) and one._engine_name not in ("LossScaleOptimizer", "MultiOptimizer")]
        usable_default = isinstance(default, Optimizer) and default._engine_name not in (
            "LossScaleOptimizer", "MultiOptimizer")
        self._set_impl(_core.multi_optimizer(choose, usable, default._impl if usable_default else None,
                                             loss_scale_factor, name or _core.unique_name("MultiOptimizer")))

    def _wrapped(self):
        """Of a file: its map, from the engine's."""
        default, by_path = _core.optimizer_map(self._impl)
        wrap = _kinds.wrap
        self._optimizer_map = OptimizerMap(wrap(default, "keras.optimizers"),
                                           {key: wrap(one, "keras.optimizers") for key, one in by_path.items()})
        self._keep = [self._optimizer_map]

    @property
    def optimizers(self):
        """Those that it consists of: of the map, the default one, then what a function gave."""
        return [_kinds.wrap(one, "keras.optimizers") for one in _core.inner_optimizers(self._impl)]

    @property
    def learning_rate(self):
        raise AttributeError  # __getattr__ then says why

    def __getattr__(self, name):
        if name in ("learning_rate", "lr"):
            raise AttributeError("Learning rate cannot be accessed on a MultiOptimizer. Expected one of its "
                                 "`optimizers`, which have their own")
        return super().__getattr__(name)

    @learning_rate.setter
    def learning_rate(self, rate):
        raise AttributeError("Learning rate cannot be set on a MultiOptimizer. Expected one of its `optimizers`, which "
                             f"have their own, got {rate!r}")

    lr = learning_rate

    def get_config(self):
        return {"optimizer_map": _kinds.serialize(self._optimizer_map), "loss_scale_factor": self.loss_scale_factor,
                "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**{**config, "optimizer_map": _kinds.deserialize(config["optimizer_map"], custom_objects)})


_generate._made[("keras.optimizers", "MultiOptimizer")] = MultiOptimizer
