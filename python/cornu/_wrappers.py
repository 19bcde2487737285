"""Layers around a function or around another layer."""
from .layers import Layer


class Lambda(Layer):
    """A function of tensors as a layer. It cannot be written to a file, which holds no program code: there, a subclass
    of Layer takes its place.

    Args: ``function``; ``output_shape``, a shape without the batch or a function of the input's shape, which is only
    needed where it can't be found by calling; ``mask``, a mask or a function ``(inputs, mask)`` that gives one;
    ``arguments``, more arguments of the function.
    """
    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda: function must be callable, got {type(function).__name__}")
        self.function = function
        self.arguments = dict(arguments or {})
        self._output_shape = output_shape
        self.mask = mask
        if mask is not None:
            self.supports_masking = True
        import inspect
        try:
            self._known = set(inspect.signature(function).parameters)
        except (TypeError, ValueError):  # a function of C
            self._known = set()

    def call(self, inputs, mask=None, training=None):
        given = dict(self.arguments)
        if "mask" in self._known:
            given["mask"] = mask
        if "training" in self._known:
            given["training"] = training
        return self.function(inputs, **given)

    def compute_mask(self, inputs, mask=None):
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape):
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        return (input_shape[0] if isinstance(input_shape, (tuple, list)) else None, *self._output_shape)

    def get_config(self):
        config = {**super().get_config(), "function": self.function, "arguments": self.arguments}
        for name, value in (("output_shape", self._output_shape), ("mask", self.mask)):
            if value is not None:
                config[name] = value
        return config


class Wrapper(Layer):
    """The base of layers that add something to another layer, ``layer``."""
    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(f"{type(self).__name__}: layer must be a Layer, got {type(layer).__name__}: {layer!r}")
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape=None):
        if not self.layer.built:
            self.layer.build(input_shape)

    def get_config(self):
        from . import saving
        return {**super().get_config(), "layer": saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from . import saving
        config = dict(config)
        layer = saving.deserialize_keras_object(config.pop("layer"), custom_objects)
        return cls(layer, **config)


Lambda.__module__ = Wrapper.__module__ = "cornu.layers"
