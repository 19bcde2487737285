"""Tensors and variables as values of Python's: operators, indexing, exchange with NumPy, types, text."""
import json
import operator
import pathlib

import numpy as np
import pytest

import cornu as keras
from cornu import ops

DTYPES = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "dtypes.json").read_text())
WEAK = {"int": int, "float": float}

A = np.array([[1.5, -2.0, 3.0], [4.0, 0.5, -6.0]], "float32")
B = np.array([[2.0, 3.0, -1.0], [0.5, 2.0, 4.0]], "float32")


def tensor(x, dtype=None):
    return ops.convert_to_tensor(x, dtype)


# ---- operators


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "lt", "le", "gt", "ge", "eq", "ne"])
def test_operators(name):
    f = getattr(operator, name)
    expected = f(A, B)
    for left, right in [(tensor(A), tensor(B)), (tensor(A), B), (tensor(A), keras.Variable(B)),
                        (keras.Variable(A), tensor(B))]:
        got = f(left, right)
        assert isinstance(got, type(tensor(A))) and not isinstance(got, keras.KerasTensor)
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-6)
        assert got.numpy().dtype == expected.dtype
    np.testing.assert_allclose(f(tensor(A), 2).numpy(), f(A, np.float32(2)), rtol=1e-6)
    np.testing.assert_allclose(f(2.0, tensor(B)).numpy(), f(np.float32(2), B), rtol=1e-6)


def test_more_operators():
    a = tensor(A)
    np.testing.assert_array_equal((-a).numpy(), -A)
    np.testing.assert_array_equal(abs(a).numpy(), np.abs(A))
    np.testing.assert_allclose((a**2).numpy(), A**2, rtol=1e-6)
    np.testing.assert_allclose((2**a).numpy(), 2**A, rtol=1e-5)
    np.testing.assert_allclose((a @ tensor(B.T)).numpy(), A @ B.T, rtol=1e-6)
    big = a > 0
    np.testing.assert_array_equal((big & (a < 2)).numpy(), (A > 0) & (A < 2))
    np.testing.assert_array_equal((big | (a < -3)).numpy(), (A > 0) | (A < -3))
    np.testing.assert_array_equal((~big).numpy(), ~(A > 0))
    np.testing.assert_array_equal(a.T.numpy(), A.T)
    np.testing.assert_array_equal(a.reshape(3, 2).numpy(), A.reshape(3, 2))
    np.testing.assert_array_equal(a.reshape((-1,)).numpy(), A.reshape(-1))
    assert a.astype("int32").dtype == "int32"
    with pytest.raises(TypeError):
        a + None
    with pytest.raises(ValueError, match="broadcast|shape"):
        a + np.ones((5, 5), "float32")


# ---- indexing


@pytest.mark.parametrize("index", [0, -1, (1, 2), (slice(None), 1), (slice(None), slice(0, 2)), (Ellipsis, 0),
                                   (None, 0), (slice(None), None), slice(None, None, -1), [1, 0], np.array([0, 0, 1]),
                                   (slice(None), slice(None, None, 2)), (0, slice(-2, None))], ids=str)
def test_indexing(index):
    expected = A[index]
    np.testing.assert_array_equal(tensor(A)[index].numpy(), expected)
    np.testing.assert_array_equal(keras.Variable(A)[index].numpy(), expected)
    seen = []

    class Traced(keras.layers.Layer):
        def call(self, x):
            picked = tensor(A)[index] if isinstance(index, (list, np.ndarray)) else (x * 1.0)[0][index]
            seen.append(picked.symbolic)
            return ops.sum(x, axis=-1) + ops.sum(picked)

    if not isinstance(index, (list, np.ndarray)):  # the same by recorded operations
        model = keras.Sequential([Traced()])
        out = model.predict(A[None], verbose=0)
        np.testing.assert_allclose(out[0], A.sum(-1) + expected.sum(), rtol=1e-5)
        assert seen[-1]


def test_indexing_by_tensor_and_mask():
    np.testing.assert_array_equal(tensor(A)[tensor([1, 0])].numpy(), A[[1, 0]])
    np.testing.assert_array_equal(tensor(A)[A > 0].numpy(), A[A > 0])
    with pytest.raises(IndexError):
        tensor(A)[2]
    with pytest.raises(IndexError):
        tensor(A)[0, 0, 0]


def test_iteration_and_length():
    rows = list(tensor(A))
    assert len(tensor(A)) == len(rows) == 2
    np.testing.assert_array_equal(rows[1].numpy(), A[1])
    first, second = tensor(A)
    assert first.shape == (3,) and float(second[0]) == 4.0
    for use in (len, list):
        with pytest.raises(TypeError):
            use(tensor(1.0))


# ---- NumPy and DLPack


def test_array():
    a = tensor(A)
    assert np.asarray(a).dtype == np.float32
    np.testing.assert_array_equal(np.asarray(a), A)
    assert np.asarray(a, dtype="float64").dtype == np.float64
    np.testing.assert_allclose(np.add(A, a), A + A)
    np.testing.assert_array_equal(np.asarray(keras.Variable(A)), A)
    copy = np.array(a)
    copy[0, 0] = 100
    assert float(a[0, 0]) == 1.5
    view = np.asarray(a)
    assert not view.flags.writeable  # tensors never change


def test_numpy_gives_a_copy_that_may_be_written():
    a = tensor(A)
    mine = a.numpy()
    mine[0, 0] = 100
    assert float(a[0, 0]) == 1.5
    assert a.tolist() == A.tolist() and tensor(3).item() == 3 and isinstance(tensor(3).item(), int)


def test_a_tensor_keeps_its_values():
    source = A.copy()
    a = tensor(source)
    source[0, 0] = 100
    assert float(a[0, 0]) == 1.5


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8"])
def test_dlpack(dtype):
    x = np.arange(6).reshape(2, 3).astype(dtype)
    out = np.from_dlpack(tensor(x, dtype))
    assert out.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(out, x)

    class Foreign:
        """An array of which only the exchange protocol is known."""
        def __dlpack__(self, **kwargs):
            return x.__dlpack__()

        def __dlpack_device__(self):
            return x.__dlpack_device__()

    np.testing.assert_array_equal(tensor(Foreign(), dtype).numpy(), x)


@pytest.mark.parametrize("value, dtype, shape", [
    (1, "int32", ()), (1.5, "float32", ()), (True, "bool", ()), ([1, 2], "int32", (2,)), ([1.0, 2], "float32", (2,)),
    ([[True], [False]], "bool", (2, 1)), (np.float64(1), "float32", ()), (np.arange(3), "int32", (3,)),
    (np.zeros((2, 0)), "float32", (2, 0)), ((1, 2.5), "float32", (2,)), (np.uint8([1]), "uint8", (1,)),
    (np.asfortranarray(A), "float32", (2, 3)), (A[:, ::2], "float32", (2, 2)), (np.float16([1]), "float16", (1,)),
    ([np.float32(1), 2], "float32", (2,))], ids=repr)
def test_convert_to_tensor(value, dtype, shape):
    t = tensor(value)
    assert (t.dtype, t.shape, t.ndim, t.size) == (dtype, shape, len(shape), int(np.prod(shape)))
    np.testing.assert_array_equal(ops.convert_to_numpy(t), np.asarray(value).astype(dtype))


def test_convert_with_dtype():
    assert tensor([1, 2], "float32").dtype == "float32"
    assert tensor(A, "float64").dtype == "float64"
    assert tensor(np.arange(3), "int64").dtype == "int64"
    assert tensor(tensor(A), "int32").tolist() == A.astype("int32").tolist()
    stacked = tensor([tensor(A), A])
    assert stacked.shape == (2, 2, 3)
    assert ops.is_tensor(stacked) and ops.is_tensor(keras.Variable(1.0)) and not ops.is_tensor(A)
    for wrong in (None, "text", object()):
        with pytest.raises((TypeError, ValueError)):
            tensor(wrong)
    with pytest.raises((TypeError, ValueError), match="float16, bfloat16, float32, float64, got 'float17'"):
        tensor(A, "float17")


# ---- types


@pytest.mark.parametrize("names", DTYPES["result_type"])
def test_result_type(names):
    """Keras on JAX has no 64-bit values; Cornu keeps those that were asked for."""
    got = keras.backend.result_type(*[WEAK.get(n, n) for n in names.split()])
    real = not got.startswith("complex")
    assert (got.replace("64", "32") if real else got) == DTYPES["result_type"][names]
    assert ("64" in got) <= ("64" in names)


@pytest.mark.parametrize("row", DTYPES["operators"])
def test_type_of_operation(row):
    a, name, b = row.split()
    operand = lambda n: WEAK[n](1) if n in WEAK else tensor(np.ones(2), n)  # noqa: E731
    condition = [np.array([True, False])] if name == "where" else []
    assert getattr(ops, name)(*condition, operand(a), operand(b)).dtype == DTYPES["operators"][row]


@pytest.mark.parametrize("row", DTYPES["functions"])
def test_type_of_function(row):
    name, dtype = row.split()
    assert getattr(ops, name)(tensor(np.ones(2), dtype)).dtype == DTYPES["functions"][row]


def test_standardize_dtype():
    for dtype, name in [("float32", "float32"), (np.float32, "float32"), (np.dtype("int64"), "int64"), (int, "int32"),
                        (float, "float32"), (bool, "bool"), (None, "float32")]:
        assert keras.backend.standardize_dtype(dtype) == name
    assert keras.backend.is_float_dtype("float64") and not keras.backend.is_float_dtype("int32")
    assert keras.backend.is_int_dtype("uint8") and not keras.backend.is_int_dtype("float32")


# ---- as Python objects


def test_text():
    t = tensor([[1.0, 2.0]])
    assert repr(t) == "<Tensor shape=(1, 2), dtype=float32, numpy=\n[[1. 2.]]>"
    v = keras.Variable([1.0, 2.0], name="w")
    assert repr(v) == "<Variable path=w, shape=(2,), dtype=float32, value=[1. 2.]>"


def test_numbers():
    t = tensor(2.5)
    assert float(t) == 2.5 and int(t) == 2 and bool(t) and not bool(tensor(0))
    assert [10, 20, 30][tensor(1)] == 20
    with pytest.raises(ValueError):
        float(tensor(A))
    with pytest.raises(ValueError):
        bool(tensor(A))


def test_hash_and_attributes():
    a, b = tensor(1.0), tensor(1.0)
    assert {a: 1, b: 2}[a] == 1 and len({a, b}) == 2
    v = keras.Variable(1.0)
    assert {v: 3}[v] == 3
    a.note = "mine"
    v.note = "mine too"
    assert (a.note, v.note) == ("mine", "mine too")


def test_variable():
    v = keras.Variable(A, name="w")
    assert (v.shape, v.dtype, v.ndim, v.trainable, v.name) == ((2, 3), "float32", 2, True, "w")
    before = v.value
    v.assign(B)
    v.assign_add(A)
    v.assign_sub(1.0)
    np.testing.assert_allclose(v.numpy(), B + A - 1, rtol=1e-6)
    np.testing.assert_array_equal(before.numpy(), A)  # a value, not the variable
    with pytest.raises(ValueError):
        v.assign(np.ones((5, 5)))
    np.testing.assert_allclose(v.numpy(), B + A - 1, rtol=1e-6)
    assert keras.Variable("zeros", shape=(2,)).numpy().tolist() == [0, 0]
    assert keras.Variable(1, dtype="float32").dtype == "float32"


# ---- while tracing


@pytest.mark.parametrize("use, what", [
    (lambda x: float(ops.sum(x)), "float()"), (lambda x: int(ops.sum(x)), "int()"),
    (lambda x: 1 if ops.sum(x) > 0 else 0, "truth"), (lambda x: x.numpy(), "numpy()"),
    (lambda x: np.asarray(x), "NumPy"), (lambda x: [r for r in x], "iteration"), (lambda x: len(x), "len()"),
    (lambda x: [1, 2][ops.argmax(x[0])], "index"), (lambda x: ops.convert_to_numpy(x), "NumPy"),
    (lambda x: x.tolist(), "tolist"), (lambda x: ops.sum(x).item(), "item")],
    ids=["float", "int", "if", "numpy", "asarray", "iterate", "len", "index", "convert", "tolist", "item"])
def test_values_while_tracing(use, what):
    """What to write instead is said; the error is Keras' user's own, with the line of the call."""
    class Looking(keras.layers.Layer):
        def call(self, x):
            use(x)
            return x

    model = keras.Sequential([Looking(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises((RuntimeError, TypeError, ValueError)) as caught:
        model.fit(A, np.ones(2), verbose=0)
    assert what in str(caught.value) and "run_eagerly" in str(caught.value)


def test_symbolic_text():
    seen = []

    class Printing(keras.layers.Layer):
        def call(self, x):
            seen.append(repr(x))
            return x

    keras.Sequential([Printing()]).predict(A, verbose=0)
    assert seen[-1].startswith("<KerasTensor shape=(") and "numpy" not in seen[-1]
