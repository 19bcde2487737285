"""keras.initializers."""
import functools as _functools

from . import _core, _generate, _kinds
from ._kinds import deserialize, serialize
from ._simple import Initializer

_generate.kind("keras.initializers", Initializer)
_class = _generate.module_getattr("keras.initializers")
get = _functools.partial(_kinds.get, "keras.initializers")


def __getattr__(name):
    if name in _core.class_names("keras.initializers") and not _core.is_class("keras.initializers", name):
        return type(get(name))  # "glorot_uniform" is another name of the class, as in Keras
    return _class(name)

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
