"""keras.regularizers."""
import functools as _functools

from . import _generate, _kinds
from ._kinds import deserialize, serialize
from ._simple import Regularizer

_generate.kind("keras.regularizers", Regularizer)
_class = _generate.module_getattr("keras.regularizers")
get = _functools.partial(_kinds.get, "keras.regularizers")


def __getattr__(name):
    names = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2", "orthogonal_regularizer": "OrthogonalRegularizer"}
    return _class(names.get(name, name))

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
