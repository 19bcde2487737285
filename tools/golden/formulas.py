"""The formulas of src/ops/formulas.inl from another hand: NumPy's and SciPy's in float64, for the reference kernels,
which share their formulas with the fast ones."""

import ml_dtypes
import numpy as np
from scipy import special

from .common import array, floats

FLOAT_TYPES = ("float64",)

NAN, INF = float("nan"), float("inf")
ENDS = [65504, 65519.9, 65520, 65535, 2049, 2051, 4098.5, 0.1, 6e-5, 6.1e-5, 5e-6, 3e-8, 2.9e-8, 257, 259, 3.4e38, 1.00390625]
ANY = [-90, -20, -7.25, -3, -2.5, -1.5, -1, -0.75, -0.5, -1e-3, -1e-9, -0.0, 0, 1e-9, 1e-3, 0.5, 0.75, 1, 1.5, 2.5, 3,
       7.25, 20, 85, NAN, INF, -INF]
PAIRS = [-4, -2.5, -1, -0.75, -0.0, 0, 0.25, 1, 2.5, 3, 17, NAN, INF, -INF]


def select(c, a, b):
    return np.where(np.asarray(c) != 0, a, b)


UNARY = {
    "copy": lambda x: x, "negative": np.negative, "abs": np.abs, "sign": np.sign, "square": np.square, "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x), "reciprocal": np.reciprocal, "exp": np.exp, "expm1": np.expm1, "log": np.log,
    "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "erf": special.erf, "floor": np.floor,
    "ceil": np.ceil, "round": np.round, "relu": lambda x: np.maximum(x, 0), "sigmoid": special.expit,
    "softplus": lambda x: np.logaddexp(x, 0), "logical_not": np.logical_not, "isnan": np.isnan,
    "isfinite": np.isfinite,
    "nearest_float16": lambda x: x.astype("float32").astype("float16"),
    "nearest_bfloat16": lambda x: x.astype("float32").astype(ml_dtypes.bfloat16),
}  # fmt: skip
BINARY = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "power": np.power,
    "maximum": np.maximum, "minimum": np.minimum, "equal": np.equal, "not_equal": np.not_equal, "less": np.less,
    "less_equal": np.less_equal, "greater": np.greater, "greater_equal": np.greater_equal,
    "logical_and": np.logical_and, "logical_or": np.logical_or,
    "relu_grad": lambda gradient, y: np.where(y > 0, gradient, 0.0),
}  # fmt: skip
FINITE = {"floor_divide": np.floor_divide, "mod": np.mod}  # of numbers that are no zero below
TERNARY = {"select": select, "multiply_add": lambda x, y, z: x * y + z}
LOGICAL = {"logical_not", "logical_and", "logical_or"}
SMALL = {"sin", "cos"}  # infinity has none, and large arguments are another question


def record():
    np.seterr(all="ignore")
    cases = []
    for name, f in UNARY.items():
        x = floats([v for v in ANY if name not in SMALL or abs(v) < 100] + (ENDS if name.startswith("nearest") else []))
        cases.append(case(name, f, x != 0 if name in LOGICAL else x))
    a, b = (floats(v).ravel() for v in np.meshgrid(PAIRS, PAIRS))
    for name, f in BINARY.items():
        cases.append(case(name, f, *([a != 0, b != 0] if name in LOGICAL else [a, b])))
    fits = np.isfinite(a) & np.isfinite(b) & (b != 0)
    for name, f in FINITE.items():
        cases.append(case(name, f, a[fits], b[fits]))
    c = np.arange(len(a)) % 3 == 0
    cases.append(case("select", select, c, a, b))
    cases.append(case("multiply_add", TERNARY["multiply_add"], a, b, a[::-1].copy()))
    return {"cases": cases}


def case(name, f, *x):
    return {"name": name, "config": None, "inputs": {f"x{i}": array(v) for i, v in enumerate(x)},
            "outputs": {"y": array(np.asarray(f(*x)).astype("float64") if name.startswith("nearest") else np.asarray(f(*x)))}}
