"""keras.ops: each function is made on first use from the engine's table."""
from . import _absent, _core

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


def is_tensor(x):
    return isinstance(x, (_core.Tensor, _core.Variable))


def cond(pred, true_fn, false_fn):
    """``true_fn()`` if pred is true, else ``false_fn()``: a tensor, several in a list or dictionary, or None. While a
    model is traced both are computed; what they assign to variables, the losses they add and their gradients count for
    the chosen one alone."""
    from . import tree
    pred = _core.convert_to_tensor(pred, None)
    if tuple(pred.shape) not in ((), (1,)):
        raise ValueError(f"cond: pred must be a scalar, got shape {tuple(pred.shape)}; where chooses element by "
                         "element")
    if not pred.symbolic:
        return true_fn() if bool(pred) else false_fn()
    choose = __getattr__("where")
    pred = __getattr__("reshape")(pred, ()) != 0 if pred.dtype != "bool" else __getattr__("reshape")(pred, ())
    a, done = _core.branch(pred, True, true_fn)
    b, done_else = _core.branch(pred, False, false_fn)
    tree.assert_same_structure(a, b)
    _core.merge_branches(pred, done, done_else)

    def chosen(x, y):
        if x is None and y is None:
            return None
        x, y = (_core.convert_to_tensor(one, None) for one in (x, y))
        if tuple(x.shape) != tuple(y.shape):
            raise ValueError(f"cond: both functions must give tensors of one shape, got {tuple(x.shape)} and "
                             f"{tuple(y.shape)}")
        return choose(pred, x, y)
    return tree.map_structure(chosen, a, b)


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
