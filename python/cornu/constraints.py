"""keras.constraints."""
import functools as _functools

from . import _generate, _kinds
from ._kinds import deserialize, serialize
from ._simple import Constraint

_generate.kind("keras.constraints", Constraint)
_class = _generate.module_getattr("keras.constraints")
get = _functools.partial(_kinds.get, "keras.constraints")


def __getattr__(name):
    names = {"max_norm": "MaxNorm", "non_neg": "NonNeg", "unit_norm": "UnitNorm", "min_max_norm": "MinMaxNorm"}
    return _class(names.get(name, name))

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
