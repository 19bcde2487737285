"""keras.ops: each function is made on first use from the engine's table."""
from . import _absent, _core
from ._control_flow import (associative_scan, cond, custom_gradient, fori_loop, map, scan, switch,  # noqa: F401
                            vectorized_map, while_loop)

shape = _core.shape


def size(x):
    """How many elements a tensor has."""
    import math
    return math.prod(shape(x))


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """A Tensor from an array, a number or nested lists."""
    if sparse or ragged:
        raise ValueError("convert_to_tensor: sparse and ragged tensors are not supported")
    return _core.convert_to_tensor(x, dtype)


def convert_to_numpy(x):
    """A NumPy array with the values."""
    return _core.to_numpy(x)


def array(x, dtype=None):
    """A Tensor from an array, a number or nested lists."""
    return _core.convert_to_tensor(x, dtype)


def einsum(subscripts, *operands, **kwargs):
    """NumPy's einsum: a sum of products, axes by letters, as "abc,cd->abd". Operands are multiplied from left to right,
    whatever ``optimize`` says."""
    if kwargs.keys() - {"optimize"}:
        raise TypeError(f"einsum() got an unexpected keyword argument '{next(iter(kwargs.keys() - {'optimize'}))}'")
    return _core.function("keras.ops", "einsum")(subscripts, list(operands))


def get_item(x, key):
    """``x[key]``, as NumPy has it: numbers, slices, ``...``, None and arrays of indices."""
    return convert_to_tensor(x)[key]


def is_tensor(x):
    return isinstance(x, (_core.Tensor, _core.Variable))


def __getattr__(name):
    if name in ("nn", "numpy", "core", "math", "linalg", "image"):
        import sys
        return sys.modules[__name__]
    if name.startswith("_"):
        raise AttributeError(name)
    made = _core.function("keras.ops", name)
    if made is None:
        raise _absent.error("ops", name)
    globals()[name] = made
    return made

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__, lambda: _core.function_names("keras.ops"))
