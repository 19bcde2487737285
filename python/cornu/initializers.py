"""keras.initializers."""
import functools as _functools

from . import _generate, _kinds
from ._kinds import deserialize, serialize
from ._simple import Initializer

_generate.kind("keras.initializers", Initializer)
_class = _generate.module_getattr("keras.initializers")
get = _functools.partial(_kinds.get, "keras.initializers")


def __getattr__(name):
    try:
        return _class(name)
    except AttributeError:
        if name.startswith("_"):
            raise
    try:
        return type(get(name))  # "glorot_uniform" is another name of the class, as in Keras
    except ValueError as e:
        raise AttributeError(f"module 'cornu.initializers' has no attribute '{name}'") from e
