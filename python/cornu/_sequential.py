"""Models that are a stack of layers."""
import weakref

from . import _calls, _core, _kinds, models
from ._kinds import _forms
from ._tracking import once_each
from .layers import InputLayer, Layer


class Sequential(models.Model):
    """A stack of layers."""
    def __init__(self, layers=None, trainable=True, name=None, **kwargs):
        if isinstance(layers, str):
            raise ValueError(f"Sequential: layers must be a list, got {layers!r}")
        if _forms.dtype_name(kwargs.get("dtype")) not in (None, "float32"):
            raise ValueError(f"Sequential: takes no dtype {kwargs['dtype']!r} for itself; give it to the layers")
        self.__dict__["_stack"] = []
        super().__init__(name=name, **kwargs)
        for layer in layers or ():
            self.add(layer)
        if not trainable:  # the layers stay as they are, as in Keras
            self._impl.own_trainable = False

    def _make(self, given):
        self._make_around(_core.SequentialImpl(given.get("name") or _core.unique_name(type(self).__name__)))

    def add(self, layer, rebuild=True):
        """Puts a layer on top."""
        source = _core.layer_of(layer) if isinstance(layer, _core.Tensor) else None
        if source is not None and source.class_name == "InputLayer":
            layer = _kinds.wrap(source, "keras.layers")
        if not isinstance(layer, Layer):
            hint = "; is it a functional model's tensor?" if isinstance(layer, _core.Tensor) else ""
            raise ValueError(f"Sequential '{self.name}': Only instances of `keras.Layer` can be added, got {layer!r}"
                             f"{hint}")
        if layer._hint is not None and not self._stack:
            self.add(InputLayer(layer._hint))
        self._base.add(layer._impl)
        self._stack.append(layer)
        layer.__dict__["_owner"] = weakref.ref(self), self._base

    def _functional(self, what):
        self._ensure_built()
        if not any(isinstance(layer, InputLayer) for layer in self._all_layers()[:1]):
            raise AttributeError(what)
        return getattr(self._base, what)

    def _all_layers(self):
        """With the Input, which data may have stated."""
        return [_kinds.wrap(impl, "keras.layers") for impl in self._base.children()]

    def build(self, input_shape=None):
        """Creates the weights for inputs of this shape, batch axis first."""
        for layer in self.layers:
            needed = _calls.needed_arguments(type(layer))
            if len(needed) > 1:
                raise ValueError(f"Sequential '{self.name}': layers in it can only have a single positional argument, "
                                 f"the input tensor; the call of {type(layer).__name__} '{layer.name}' needs "
                                 f"{', '.join(needed)}")
        known = self._impl.input_shape if self._base.children() else ()
        if input_shape is not None and known and not _fit(known, input_shape):
            raise ValueError(f"Sequential '{self.name}': has already been configured to use an input of shape {known}, "
                             f"got {tuple(input_shape)}")
        super().build(input_shape)

    def _ensure_built(self):
        """Weights exist as soon as the shape of the input is known, as in Keras."""
        if not self._impl.ready and self._impl.input_shape:
            self._impl.build(self._impl.input_shape)

    def _inside(self):
        return once_each(self._stack + super()._inside())

    def pop(self, rebuild=True):
        self._base.pop()
        return self._stack.pop()

    @property
    def layers(self):
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    @layers.setter
    def layers(self, _):
        raise AttributeError(f"Sequential '{self.name}': `layers` is the list of the model's layers. Use `add()` and "
                             "`pop()` to change it")

    def _wrapped(self):
        self.__dict__["_stack"] = [_kinds.wrap(impl, "keras.layers") for impl in self._impl.children()]
        self.__dict__["_base"] = self._impl
        self.__dict__["_fast"] = True

    def get_config(self):
        self._ensure_built()
        layers = [_kinds.wrap(impl, "keras.layers") for impl in self._base.children()]
        config = {"name": self.name, "trainable": self.trainable, "dtype": self._impl.policy_form,
                  "layers": [_kinds.serialize(layer) for layer in layers]}
        if self._base.build_shape:
            config["build_input_shape"] = self._base.build_shape
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        if not isinstance(config, dict) or not {"name", "layers"} <= config.keys():
            raise ValueError("Sequential: A Sequential model configuration must be a dictionary containing the 'name' "
                             f"and 'layers' keys, got {sorted(config) if isinstance(config, dict) else config!r}")
        model = cls(name=config["name"])
        for one in config["layers"]:
            if not isinstance(one, dict) or "config" not in one:
                raise ValueError(f"Sequential '{model.name}': Expected a dictionary containing a 'config' key. It is "
                                 f"the form of a layer, got {one!r}")
            model.add(_kinds.deserialize(one, custom_objects, kind="keras.layers"))
        if not config.get("trainable", True):
            model._impl.own_trainable = False
        if config.get("build_input_shape"):
            model.build(tuple(config["build_input_shape"]))
        return model


def _fit(known, shape):
    return len(known) == len(shape) and all(a is None or b is None or a == b for a, b in zip(known, shape))


Sequential.__module__ = models.__name__  # where users find it
