"""NumPy's arrays as arguments of functions, whatever their layout: read right, and neither changed nor kept."""
import gc
import sys

import numpy as np
import pytest

from cornu import ops

SIZES = [(), (3,), (10, 10), (2, 0), (40, 60), (1000, 30)]  # read in place from 4 KiB on


def unaligned(x):
    raw = np.zeros(x.nbytes + 1, "uint8")
    out = np.frombuffer(raw.data, x.dtype, offset=1, count=x.size).reshape(x.shape)
    out[...] = x
    return out


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


LAYOUTS = {
    "contiguous": lambda x: x,
    "fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x,
    "reversed": lambda x: np.flip(x).copy()[(slice(None, None, -1), ) * x.ndim],
    "broadcast": lambda x: np.broadcast_to(x, (2, *x.shape)),
    "swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "unaligned": unaligned,
    "read_only": read_only,
    "matrix": lambda x: x.view(np.matrix) if x.ndim == 2 else x,
    "subclass": lambda x: x.view(type("Mine", (np.ndarray, ), {})),
    "masked": np.ma.asarray,
    "scalar": lambda x: x[()],
    "memoryview": lambda x: x if x.size == 0 else memoryview(x),
}
DTYPES = {"float32": "float32", "float64": "float32", "float16": "float16", "int64": "int32", "int32": "int32",
          "int16": "int16", "int8": "int8", "uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint32",
          "bool": "bool", "longlong": "int32", "ulonglong": "uint32", "intc": "int32"}


def values(shape, dtype):
    x = np.asarray(np.arange(int(np.prod(shape))).reshape(shape) % 7)
    return np.asarray(x % 2 if dtype == "bool" else x).astype(dtype)


@pytest.mark.parametrize("shape", SIZES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, shape):
    for dtype in ("float32", "float64", "int64", "uint8", "uint32"):
        x = LAYOUTS[layout](values(shape, dtype))
        before = np.array(x).astype(dtype)
        expected = before.astype(DTYPES[dtype])
        for got, right in [(ops.convert_to_tensor(x), expected), (ops.add(x, x), expected + expected),
                           (ops.cast(x, DTYPES[dtype]), expected), (ops.convert_to_tensor(x, dtype), before)]:
            assert got.dtype == str(right.dtype) and got.shape == right.shape
            np.testing.assert_array_equal(got.numpy(), right)
        np.testing.assert_array_equal(np.array(x), before)


@pytest.mark.parametrize("shape", SIZES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype, shape):
    x = values(shape, dtype)
    t = ops.convert_to_tensor(x)
    assert t.dtype == DTYPES[dtype]
    np.testing.assert_array_equal(t.numpy(), x.astype(t.dtype))
    np.testing.assert_array_equal(ops.equal(x, t).numpy(), np.ones(shape, bool))


def test_swapped_doubles_keep_their_digits():
    x = np.array([1 / 3, 1e300]).astype(np.dtype("float64").newbyteorder())
    np.testing.assert_array_equal(ops.convert_to_tensor(x, "float64").numpy(), x)


def test_what_no_tensor_can_hold():
    for x in (np.ones(3, complex), np.array(["a"]), np.array([None]), np.zeros(3, [("a", "f4")])):
        with pytest.raises(TypeError, match="cannot make a tensor"):
            ops.add(x, x)
    with pytest.raises((TypeError, ValueError)):
        ops.add(np.zeros((1, ) * 9, "float32"), 1)


@pytest.mark.parametrize("shape", SIZES, ids=str)
@pytest.mark.parametrize("offset", [0, 4, 16])
def test_results_do_not_change_with_the_array(shape, offset):
    """Some functions give their argument back."""
    whole = np.zeros(int(np.prod(shape)) + offset, "float32")
    x = whole[offset:].reshape(shape)
    results = [ops.convert_to_tensor(x), ops.cast(x, "float32"), ops.reshape(x, x.shape), ops.add(x, 0.0),
               ops.concatenate([x.reshape(-1)]), ops.stop_gradient(x)]
    results += ops.split(x, 1) if x.ndim else []
    x[...] = 5
    for r in results:
        assert not r.numpy().any()


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_results_do_not_change_with_the_next(shape):
    x = np.ones(shape, "float32")
    first = ops.add(x, x)
    view = np.asarray(first)
    second = ops.add(first, x)
    third = ops.add(first, second)
    for t, n in [(first, 2), (second, 3), (third, 5), (view, 2)]:
        np.testing.assert_array_equal(np.asarray(t), np.full(shape, n))
    del first, second
    ops.add(x, x)
    np.testing.assert_array_equal(view, np.full(shape, 2))


def test_arrays_are_not_kept():
    for n in (3, 100000):
        for dtype in ("float32", "float64"):
            x = np.zeros(n, dtype)
            before = sys.getrefcount(x)
            out = [ops.add(x, x), ops.cast(x, "float32"), ops.reshape(x, (1, n)), ops.convert_to_tensor(x)]
            gc.collect()
            assert sys.getrefcount(x) == before and len(out) == 4


def test_errors_do_not_repeat_their_kind():
    with pytest.raises(ValueError) as caught:
        ops.add(np.ones(3), np.ones(4))
    assert "Error" not in str(caught.value)
    with pytest.raises((TypeError, ValueError)) as caught:
        ops.convert_to_tensor([1.0], "float17")
    assert str(caught.value).startswith("Invalid dtype: must be one of")
