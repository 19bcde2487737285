"""keras.backend: what scripts still use of it."""
from . import _absent, _core
from .config import epsilon, floatx, image_data_format, set_epsilon, set_floatx, set_image_data_format
from .ops import convert_to_numpy, convert_to_tensor, is_tensor


def backend():
    return "cornu"


def clear_session(free_memory=True):
    """Starts the automatic names of layers anew."""
    _core.clear_session()


_OTHER_NAMES = ("string", "float8_e4m3fn", "float8_e5m2", "complex64", "complex128")


def standardize_dtype(dtype):
    """"float32" from a name, a NumPy type or a Python type. Names of Keras that no element of a tensor has stay as they
    are."""
    if dtype is None:
        return floatx()
    if dtype is str:
        return "string"
    name = "complex64" if dtype is complex else getattr(dtype, "name", dtype)
    return name if name in _OTHER_NAMES else _core.standardize_dtype(dtype)


def result_type(*dtypes):
    """The type of an operation on values of these types; ``int`` and ``float`` are Python's numbers, whose type is
    weak: they take that of the values beside them, unless it cannot hold them."""
    names = [d.__name__ if d is int or d is float else standardize_dtype(d) for d in dtypes]
    return _core.result_type(names, floatx())


def is_float_dtype(dtype):
    return standardize_dtype(dtype).startswith(("float", "bfloat"))


def is_int_dtype(dtype):
    return standardize_dtype(dtype).startswith(("int", "uint"))


def is_keras_tensor(x):
    """Whether x is symbolic, of a graph of layers."""
    from .utils import is_keras_tensor
    return is_keras_tensor(x)


def set_value(x, value):
    """Sets a variable, or an optimizer's learning rate; of tf.keras."""
    x.assign(value)


def get_value(x):
    """The value of a variable, or of an optimizer's learning rate, as NumPy has it; of tf.keras."""
    return x.numpy()


def __getattr__(name):
    if name in ("Variable", "Tensor"):
        return getattr(_core, name)
    if name == "KerasTensor":
        from ._keras_tensor import KerasTensor
        return KerasTensor
    from . import ops
    if name.startswith("_") or not hasattr(ops, name):
        raise AttributeError(name) if name.startswith("_") else _absent.error("backend", name)
    return getattr(ops, name)  # tf.keras' backend had the operations

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__, lambda: ("get_value", "set_value"))
