"""keras.RematScope and keras.remat: what a backward pass may calculate again, in place of keeping it.

Results are the same with and without. The engine plans the memory of each compiled step by itself and keeps what
gradients need; it takes no hint from here, so that no memory is saved by them.
"""
import functools
import threading
from collections import namedtuple

RematMode = namedtuple("RematMode", ["mode", "output_size_threshold", "layer_names"])
_MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class _Open(threading.local):
    def __init__(self):
        self.scopes = []


_open = _Open()


class RematScope:
    """A ``with`` block whose layers may calculate activations again in the backward pass: all ("full"), those of
    activation functions ("activations"), outputs with more elements than ``output_size_threshold`` ("larger_than"),
    those of ``layer_names`` ("list_of_layers"), or none (None). It changes no result, and here no memory either."""

    def __init__(self, mode="full", output_size_threshold=1024, layer_names=None):
        if mode not in _MODES:
            raise ValueError(f"Invalid mode '{mode}'. RematScope: expected one of {', '.join(map(repr, _MODES))}, got "
                             f"{mode!r}")
        if not isinstance(output_size_threshold, int) or output_size_threshold < 0:
            raise ValueError("RematScope: output_size_threshold must be a whole number of elements, got "
                             f"{output_size_threshold!r}")
        self.mode, self.output_size_threshold = mode, output_size_threshold
        self.layer_names = list(layer_names or ())

    def __enter__(self):
        _open.scopes.append(self)
        return self

    def __exit__(self, *_):
        _open.scopes.pop()


def get_current_remat_mode():
    """What the innermost open scope says; None outside of all."""
    if not _open.scopes:
        return None
    scope = _open.scopes[-1]
    return RematMode(scope.mode, scope.output_size_threshold, scope.layer_names)


def remat(f):
    """The function, of which the backward pass may calculate what lies between again. Its results are those of ``f``;
    the engine keeps what gradients need, so that no memory is saved."""
    if not callable(f):
        raise TypeError(f"remat: expected a function, got {f!r}")

    @functools.wraps(f)
    def call(*args, **kwargs):
        return f(*args, **kwargs)
    return call
