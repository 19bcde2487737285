"""Merging layers as functions: ``keras.layers.add([a, b])``."""
import importlib

#: Functions by name, and the layers that they make and call.
_LAYERS = {"add": "Add", "subtract": "Subtract", "multiply": "Multiply", "average": "Average", "maximum": "Maximum",
           "minimum": "Minimum", "concatenate": "Concatenate", "dot": "Dot"}


def function(name):
    """The function of that name, or None."""
    return globals().get(name) if name in _LAYERS else None


def _layer(name):
    return getattr(importlib.import_module("cornu.layers"), _LAYERS[name])


def add(inputs, **kwargs):
    """The sum of a list of tensors."""
    return _layer("add")(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """The first of a list of two tensors less the second."""
    return _layer("subtract")(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """The product of a list of tensors, element by element."""
    return _layer("multiply")(**kwargs)(inputs)


def average(inputs, **kwargs):
    """The mean of a list of tensors, element by element."""
    return _layer("average")(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """The largest of a list of tensors, element by element."""
    return _layer("maximum")(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """The smallest of a list of tensors, element by element."""
    return _layer("minimum")(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """A list of tensors, one behind the other along an axis."""
    return _layer("concatenate")(axis=axis, **kwargs)(inputs)


def dot(inputs, axes=-1, **kwargs):
    """The products of a list of two tensors, summed along one axis of each; axis 0 is the batch."""
    return _layer("dot")(axes=axes, **kwargs)(inputs)


for _name in _LAYERS:
    globals()[_name].__module__ = "cornu.layers"
