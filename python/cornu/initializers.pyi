# Made by tools/gen_pyi.py from the engine's registry; run it after a change.
from typing import Any
from ._simple import Initializer as Initializer
def deserialize(config: Any, custom_objects: Any = None, safe_mode: Any = True, kind: Any = None) -> Any: ...
def get(identifier: Any) -> Any: ...
def serialize(thing: Any) -> Any: ...
class Constant(Initializer):
    value: float
    def __init__(self, value: float = 0.0) -> None: ...
class GlorotNormal(Initializer):
    seed: Any
    input_axes: Any
    output_axes: Any
    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None: ...
class GlorotUniform(Initializer):
    seed: Any
    input_axes: Any
    output_axes: Any
    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None: ...
class HeNormal(Initializer):
    seed: Any
    input_axes: Any
    output_axes: Any
    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None: ...
class HeUniform(Initializer):
    seed: Any
    input_axes: Any
    output_axes: Any
    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None: ...
class Identity(Initializer):
    gain: float
    def __init__(self, gain: float = 1.0) -> None: ...
class LecunNormal(Initializer):
    seed: Any
    input_axes: Any
    output_axes: Any
    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None: ...
class LecunUniform(Initializer):
    seed: Any
    input_axes: Any
    output_axes: Any
    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None: ...
class Ones(Initializer):
    def __init__(self) -> None: ...
class Orthogonal(Initializer):
    gain: float
    seed: Any
    def __init__(self, gain: float = 1.0, seed: Any = None) -> None: ...
class RandomNormal(Initializer):
    mean: float
    stddev: float
    seed: Any
    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None: ...
class RandomUniform(Initializer):
    minval: float
    maxval: float
    seed: Any
    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None: ...
class STFT(Initializer):
    side: str | None
    window: str | None
    scaling: str | None
    periodic: bool
    def __init__(self, side: str | None = 'real', window: str | None = 'hann', scaling: str | None = 'density', periodic: bool = False) -> None: ...
class TruncatedNormal(Initializer):
    mean: float
    stddev: float
    seed: Any
    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None: ...
class VarianceScaling(Initializer):
    scale: float
    mode: str | None
    distribution: str | None
    seed: Any
    input_axes: Any
    output_axes: Any
    def __init__(self, scale: float = 1.0, mode: str | None = 'fan_in', distribution: str | None = 'truncated_normal', seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None: ...
class Zeros(Initializer):
    def __init__(self) -> None: ...
IdentityInitializer = Identity
OrthogonalInitializer = Orthogonal
STFTInitializer = STFT
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
normal = RandomNormal
one = Ones
ones = Ones
orthogonal = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFT
truncated_normal = TruncatedNormal
uniform = RandomUniform
variance_scaling = VarianceScaling
zero = Zeros
zeros = Zeros
