"""keras.Input: the shape that a model starts with."""
from . import _core
from ._keras_tensor import KerasTensor
from ._spec import InputSpec  # noqa: F401  handed on
from .layers import Layer


def _sizes(shape):
    return tuple(shape if isinstance(shape, (tuple, list)) else (shape,))


def _check_like(x, shape, batch_size, batch_shape, dtype, sparse):
    """Refuses a symbolic tensor that is not as it is said to be."""
    if not isinstance(x, KerasTensor):
        raise ValueError(f"Input: Argument `input_tensor` must be a KerasTensor, got {type(x).__name__}")
    known = tuple(x.shape)
    for what, given, own in (("shape", shape, known[1:]), ("batch_size", batch_size, known[0] if known else None),
                             ("batch_shape", None if batch_shape is None else _sizes(batch_shape), known),
                             ("dtype", dtype, x.dtype), ("sparse", sparse or None, False)):
        if given is not None and given != own:
            raise ValueError(f"Input: with `input_tensor` you cannot provide an incompatible `{what}`; expected {own}, "
                             f"got {given}")


class InputLayer(Layer):
    """The shape of one sample, as ``keras.Input`` gives it."""
    _engine_name = "InputLayer"
    _parameters = ()

    def __init__(self, shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None,
                 input_tensor=None, optional=False, name=None, **kwargs):
        if "input_shape" in kwargs:
            import warnings
            warnings.warn("InputLayer: Argument `input_shape` is deprecated. Use `shape` instead.")
            shape = kwargs.pop("input_shape")
        if kwargs:
            raise TypeError(f"InputLayer() got an unexpected argument '{next(iter(kwargs))}'")
        for what, value in (("batch_size", batch_size), ("shape", shape)):
            if value is not None and batch_shape is not None:
                raise ValueError(f"Input: you cannot pass both `{what}` and `batch_shape`; expected one of them, got "
                                 f"{value} and {batch_shape}")
        if shape is not None:
            shape = _sizes(shape)
        if input_tensor is not None:
            _check_like(input_tensor, shape, batch_size, batch_shape, dtype, sparse)
        for what, value in (("sparse", sparse), ("ragged", ragged)):
            if value:
                raise ValueError(f"Input: `{what}=True` is not supported; expected False, got {value!r}")
        if input_tensor is not None:
            return self._stand_for(input_tensor, name)
        if batch_shape is None:
            if shape is None:
                raise ValueError("Input: you must pass a `shape` argument. Expected the shape of one sample, got none")
            batch_shape = (batch_size, *shape)
        self._given = {"batch_shape": _sizes(batch_shape)}
        self._keep = []
        config = {"batch_shape": list(batch_shape), "dtype": _core.standardize_dtype(dtype or _core.floatx()),
                  "optional": bool(optional)}
        if name:
            config["name"] = name
        self._set_impl(_core.make("keras.layers", {"class_name": "InputLayer", "config": config}))

    def _stand_for(self, x, name):
        """Is the layer whose symbolic tensor that is."""
        impl = _core.layer_of(x)
        if impl.class_name != "InputLayer":
            raise ValueError("Input: `input_tensor` must be one that no layer has made, got the output of "
                             f"'{impl.name}'; Model(inputs, outputs) takes that as an input by itself")
        self._given, self._keep = {"batch_shape": tuple(x.shape)}, []
        if name:
            impl.name = name
        self._set_impl(impl)

    sparse = ragged = False

    @property
    def optional(self):
        return self._impl.get_config()["optional"]

    def call(self):
        """Nothing: a model is given what it stands for."""

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
    Sequential model. ``optional``: None may be given for it, which is what the layers then get."""
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name).output
