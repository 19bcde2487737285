# Made by tools/gen_pyi.py from the engine's registry; run it after a change.
from typing import Any
from .._simple import LearningRateSchedule as LearningRateSchedule
def deserialize(config: Any, custom_objects: Any = None, safe_mode: Any = True, kind: Any = None) -> Any: ...
def serialize(thing: Any) -> Any: ...
class CosineDecay(LearningRateSchedule):
    initial_learning_rate: float
    decay_steps: int
    alpha: float
    name: str | None
    warmup_target: Any
    warmup_steps: int
    def __init__(self, initial_learning_rate: float, decay_steps: int, alpha: float = 0.0, name: str | None = 'CosineDecay', warmup_target: Any = None, warmup_steps: int = 0) -> None: ...
class CosineDecayRestarts(LearningRateSchedule):
    initial_learning_rate: float
    first_decay_steps: int
    t_mul: float
    m_mul: float
    alpha: float
    name: str | None
    def __init__(self, initial_learning_rate: float, first_decay_steps: int, t_mul: float = 2.0, m_mul: float = 1.0, alpha: float = 0.0, name: str | None = 'SGDRDecay') -> None: ...
class ExponentialDecay(LearningRateSchedule):
    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool
    name: str | None
    def __init__(self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False, name: str | None = 'ExponentialDecay') -> None: ...
class InverseTimeDecay(LearningRateSchedule):
    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool
    name: str | None
    def __init__(self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False, name: str | None = 'InverseTimeDecay') -> None: ...
class PiecewiseConstantDecay(LearningRateSchedule):
    boundaries: Any
    values: Any
    name: str | None
    def __init__(self, boundaries: Any, values: Any, name: str | None = 'PiecewiseConstant') -> None: ...
class PolynomialDecay(LearningRateSchedule):
    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float
    power: float
    cycle: bool
    name: str | None
    def __init__(self, initial_learning_rate: float, decay_steps: int, end_learning_rate: float = 0.0001, power: float = 1.0, cycle: bool = False, name: str | None = 'PolynomialDecay') -> None: ...
