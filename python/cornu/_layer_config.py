"""How a layer is described, and made anew: its config, what it was built for, copies."""
from . import _calls
from ._kinds import _forms, deserialize, serialize


class WithConfig:
    """The part of a layer that files and copies are made of."""
    def get_config(self):
        """The arguments that make the layer anew. Those of a class of one's own that does not define this are what it
        was made with, if they are numbers and texts."""
        impl = self._impl
        own = not self._is_builtin()
        base = impl.base_config() if hasattr(impl, "base_config") else None if own else impl.get_config()
        if base is not None:
            settled = {key: _forms.as_tuples(v) if key in _forms.SETTLED else v for key, v in base.items()}
            return _forms.with_own_objects(settled, self._given)
        return {**self._own_config(WithConfig), "trainable": self.trainable,
                "dtype": self._impl.policy_form, **self._own_regularizer()}

    def _own_config(self, *bases):
        """Of a class of one's own: its name, and its arguments, unless it writes its config itself."""
        by_itself = all(type(self).get_config is not base.get_config for base in bases)
        out = {"name": self.name} if by_itself else {"name": self.name, **_forms.auto_config(self)}
        return {key: value for key, value in out.items() if key not in ("trainable", "dtype")}

    def _own_regularizer(self):
        regularizer = self.__dict__.get("_activity_regularizer")
        return {} if regularizer is None else {"activity_regularizer": serialize(regularizer)}

    @classmethod
    def from_config(cls, config):
        """A layer from what ``get_config`` gave."""
        config = {k: _forms.dtype_name(v) if k == "dtype" else deserialize(v) if k == "layer" else v
                  for k, v in config.items()}
        later = {} if _calls.is_ours(cls) else _forms.not_taken(cls, config)
        layer = cls(**{k: v for k, v in config.items() if k not in later})
        layer._take_common(later)
        return layer

    def _take_common(self, config):
        """Name, trainable and dtype, of a class whose ``__init__`` does not take them."""
        if "name" in config:
            self._impl.name = config["name"]
        if not config.get("trainable", True):
            self._impl.trainable = False
        if "dtype" in config and hasattr(self._impl, "set_dtype"):
            self._impl.set_dtype(config["dtype"])

    def get_build_config(self):
        """What building again takes; None of a layer that is not built."""
        self._ensure_built()
        return self._impl.build_config

    def build_from_config(self, config):
        """Creates the weights for what ``get_build_config`` gave."""
        if config and config.get("input_shape"):
            self._impl.build_once(tuple(config["input_shape"]))

    def __reduce__(self):
        """Pickled, and copied, as its config and weights."""
        shape = self._impl.build_shape if self._impl.built else None
        return _again, (type(self), self.get_config(), shape, self.get_weights() if shape is not None else None)


def _again(cls, config, shape, weights):
    """A layer that was pickled."""
    layer = cls.from_config(config)
    if shape is not None:
        layer._impl.build_once(shape)
        layer.set_weights(weights)
    return layer
