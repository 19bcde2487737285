# Made by tools/gen_pyi.py from the engine's registry; run it after a change.
from typing import Any
from ._simple import Constraint as Constraint
def deserialize(config: Any, custom_objects: Any = None, safe_mode: Any = True, kind: Any = None) -> Any: ...
def get(identifier: Any) -> Any: ...
def serialize(thing: Any) -> Any: ...
class MaxNorm(Constraint):
    max_value: float
    axis: Any
    def __init__(self, max_value: float = 2.0, axis: Any = 0) -> None: ...
class MinMaxNorm(Constraint):
    min_value: float
    max_value: float
    rate: float
    axis: Any
    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None: ...
class NonNeg(Constraint):
    def __init__(self) -> None: ...
class UnitNorm(Constraint):
    axis: Any
    def __init__(self, axis: Any = 0) -> None: ...
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
