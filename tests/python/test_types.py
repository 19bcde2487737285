"""Every element type: values beside those of Keras, how they come from and go to NumPy and others, and where they are named."""
import importlib.util
import json
import pathlib

import numpy as np
import pytest

import cornu as keras
from cornu import ops

VALUES = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "dtypes.json").read_text())["values"]
FLOATS = ["float16", "bfloat16", "float32", "float64"]
INTEGERS = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
EVERY = ["bool", *INTEGERS, *FLOATS]
#: How far the last digit of each type is from 1.
EPSILON = {"float16": 2**-10, "bfloat16": 2**-7, "float32": 2**-23}


def tensor(values, dtype):
    kind = "float64" if "float" in dtype else "int64"
    return ops.convert_to_tensor(np.array([float(v) if kind == "float64" else v for v in values]).astype(kind), dtype=dtype)


def plain(x):
    """As float64, whatever the type: each element of up to 32 bits is one."""
    return np.array(x.tolist(), "float64").ravel()


def expect(got, case, tolerance=0.0):
    want = np.array([float(v) for v in case["y"]])
    got = plain(got)
    assert got.shape == want.shape
    finite = np.isfinite(want)
    np.testing.assert_array_equal(got[~finite], want[~finite])
    np.testing.assert_allclose(got[finite], want[finite], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", VALUES["casts"], ids=lambda c: f"{c['from']}-{c['to']}")
def test_casts(case):
    """Integers wrap in integers; a float outside of an integer type becomes its nearest number, NaN 0."""
    x = tensor(case["x"], case["from"])
    assert ops.cast(x, case["to"]).dtype == case["to"]
    expect(ops.cast(x, case["to"]), case)
    # One by one, too: single numbers have a way of their own.
    for value, right in zip(case["x"], case["y"]):
        expect(ops.cast(tensor([value], case["from"]), case["to"]), {"y": [right]})


@pytest.mark.parametrize("case", VALUES["binary"], ids=lambda c: f"{c['function']}-{c['dtype']}")
def test_functions_of_two(case):
    f, dtype = getattr(ops, case["function"]), case["dtype"]
    x, y = tensor(VALUES["x1"], dtype), tensor(VALUES["x2"], dtype)
    # Powers and quotients of floats may differ in the last digit.
    tolerance = 2 * EPSILON.get(dtype, EPSILON["float32"]) if case["function"] in ("power", "divide", "mod") else 0
    expect(f(x, y), case, 0 if dtype in INTEGERS and case["function"] != "divide" else tolerance)


@pytest.mark.parametrize("case", VALUES["unary"], ids=lambda c: f"{c['function']}-{c['dtype']}")
def test_functions_of_one(case):
    dtype = case["dtype"]
    got = getattr(ops, case["function"])(tensor(VALUES["x1"], dtype))
    exact = case["function"] in ("negative", "abs", "square", "max", "min") or dtype in INTEGERS and got.dtype in INTEGERS
    expect(got, case, 0 if exact else 2 * EPSILON.get(got.dtype, 0))


@pytest.mark.parametrize("case", VALUES["products"], ids=lambda c: c["dtype"])
def test_products(case):
    """Of halves: added up in float32, rounded once."""
    dtype = case["dtype"]
    m = tensor([((i * 7) % 23) / (10 if "float" in dtype else 1) for i in range(120)], dtype)
    got = ops.matmul(ops.reshape(m, (4, 30)), ops.reshape(m, (30, 4)))
    expect(got, case, 4 * EPSILON.get(got.dtype, 0) if dtype == "float32" else EPSILON.get(got.dtype, 0))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_wrap_as_numpys(dtype):
    limits = np.iinfo(dtype)
    x = np.array([limits.min, limits.max, limits.max - 1, 3, 100], dtype)
    y = np.array([limits.max, limits.max, 3, 7, 100], dtype)
    tx, ty = ops.convert_to_tensor(x, dtype), ops.convert_to_tensor(y, dtype)
    with np.errstate(all="ignore"):
        for name in ("add", "subtract", "multiply", "maximum", "minimum", "floor_divide", "mod", "less", "greater_equal", "equal"):
            got = getattr(ops, name)(tx, ty).numpy()
            np.testing.assert_array_equal(got, getattr(np, name)(x, y), name)
        np.testing.assert_array_equal(ops.power(tx, ops.convert_to_tensor([0, 1, 2, 3, 5], dtype)).numpy(),
                                      np.power(x, np.array([0, 1, 2, 3, 5], dtype)))
        np.testing.assert_array_equal(ops.negative(tx).numpy(), np.negative(x))
        np.testing.assert_array_equal(ops.square(tx).numpy(), np.square(x))
        np.testing.assert_array_equal(ops.abs(tx).numpy(), np.abs(x))
        np.testing.assert_array_equal(ops.cumsum(tx).numpy(), np.cumsum(x, dtype=dtype))
        np.testing.assert_array_equal(ops.sort(tx).numpy(), np.sort(x))
        # Over a middle axis, which no tile program takes.
        a, b = np.tile(x, (2, 3, 1)), y[None, None, :1] * np.ones((1, 1, 1), dtype)
        np.testing.assert_array_equal(ops.add(a.astype(dtype) if dtype[-2:] != "64" else ops.convert_to_tensor(a, dtype),
                                              ops.convert_to_tensor(b, dtype)).numpy(), a + b)


@pytest.mark.parametrize("dtype", EVERY)
def test_moves_keep_the_bits(dtype):
    x = tensor([i % 2 if dtype == "bool" else i for i in range(24)], dtype)
    right = np.array(x.tolist()).reshape(2, 3, 4)
    t = ops.reshape(x, (2, 3, 4))
    for got, want in [(ops.transpose(t, (2, 0, 1)), right.transpose(2, 0, 1)),
                      (ops.concatenate([t, t], 1), np.concatenate([right, right], 1)), (t[:, 1:], right[:, 1:]),
                      (ops.take(t, [1, 0], axis=1), right[:, [1, 0]]), (ops.broadcast_to(t, (2, 2, 3, 4)), np.stack([right] * 2)),
                      (ops.where(t > 5, t, ops.zeros_like(t)), np.where(right > 5, right, 0)), (ops.repeat(t, 2, 0),
                                                                                              np.repeat(right, 2, 0))]:
        assert got.dtype == dtype
        np.testing.assert_array_equal(np.array(got.tolist()), want)
