"""keras.Input: the shape that a model starts with."""
from . import _core
from ._spec import InputSpec  # noqa: F401  handed on
from .layers import Layer


class InputLayer(Layer):
    """The shape of one sample, as ``keras.Input`` gives it."""
    _engine_name = "InputLayer"
    _parameters = ()

    def __init__(self, shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None,
                 input_tensor=None, optional=False, name=None, **kwargs):
        if sparse or ragged or optional or input_tensor is not None:
            raise ValueError("Input: sparse, ragged, optional and symbolic inputs are not supported")
        if kwargs:
            raise TypeError(f"InputLayer() got an unexpected argument '{next(iter(kwargs))}'")
        if batch_shape is not None and shape is not None:
            raise ValueError(f"Input: give shape or batch_shape, not both, got {shape} and {batch_shape}")
        if batch_shape is None:
            if shape is None:
                raise ValueError("Input: give a shape")
            batch_shape = (batch_size, *(shape if isinstance(shape, (tuple, list)) else (shape,)))
        self._given = {"batch_shape": tuple(batch_shape)}
        self._keep = []
        config = {"batch_shape": list(batch_shape), "dtype": _core.standardize_dtype(dtype or "float32")}
        if name:
            config["name"] = name
        self._set_impl(_core.make("keras.layers", {"class_name": "InputLayer", "config": config}))

    @property
    def shape(self):
        return self._given["batch_shape"]

    batch_shape = shape

    @property
    def output(self):
        return self._impl.symbolic_input()


def Input(shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None, name=None, tensor=None,
          optional=False):
    """A symbolic tensor of the shape of one sample: what functional models start from, and the first element of a
    Sequential model."""
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name).output
