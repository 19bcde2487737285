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


# ---- exchange


@pytest.mark.parametrize("dtype", EVERY)
def test_numpy_and_back(dtype):
    x = tensor([0, 1, 1, 0] if dtype == "bool" else [0, 1, 100, 3], dtype)
    if dtype == "bfloat16" and importlib.util.find_spec("ml_dtypes") is None:
        with pytest.raises(TypeError, match="NumPy has no bfloat16: install ml_dtypes, or cast the tensor to float32"):
            x.numpy()
        np.testing.assert_array_equal(np.asarray(x, "float32"), [0, 1, 100, 3])
        return
    a = x.numpy()
    assert a.dtype.name == dtype and np.asarray(x).dtype == a.dtype
    back = ops.convert_to_tensor(a, dtype)
    assert back.dtype == dtype and back.tolist() == x.tolist()
    if "64" not in dtype:
        assert ops.convert_to_tensor(a).dtype == dtype
    assert ops.add(a, a).dtype == (dtype if "64" not in dtype else dtype.replace("64", "32"))


class Foreign:
    """An array of another package, which only speaks DLPack."""
    def __init__(self, x):
        self.x = x

    def __dlpack__(self, **options):
        return self.x.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()


@pytest.mark.parametrize("dtype", EVERY)
def test_dlpack_both_ways(dtype):
    x = ops.reshape(tensor([0, 1, 1, 0] if dtype == "bool" else [0, 1, 100, 3], dtype), (2, 2))
    back = ops.convert_to_tensor(Foreign(x), dtype)
    assert back.dtype == dtype and back.tolist() == x.tolist()
    if dtype != "bfloat16":
        assert np.from_dlpack(x).tolist() == x.tolist()
        turned = ops.convert_to_tensor(Foreign(x.numpy().T), dtype)  # with strides of its own
        assert turned.dtype == dtype and turned.tolist() == x.numpy().T.tolist()


def test_bfloat16_as_python_sees_it():
    x = ops.cast(np.array([[1.5, -2.0], [0.1, 3e38]]), "bfloat16")
    assert repr(x[0]) == "<Tensor shape=(2,), dtype=bfloat16, numpy=\n[ 1.5 -2. ]>"
    assert float(x[0, 1]) == -2.0 and int(x[0, 0]) == 1 and bool(x[0, 0]) and f"{x[0, 0]:.2f}" == "1.50"
    assert x[1, 0].item() == 0.10009765625 and x[:, 1].dtype == "bfloat16" and x[[1, 0]][0, 0].item() == x[1, 0].item()
    assert [row.dtype for row in x] == ["bfloat16"] * 2
    v = keras.Variable(x)
    assert v.dtype == "bfloat16" and "dtype=bfloat16" in repr(v)
    v.assign_add(ops.ones((2, 2)))
    assert v.dtype == "bfloat16" and v.value[0].tolist() == [2.5, -1.0]


# ---- wherever a type is named


@pytest.mark.parametrize("dtype", EVERY)
def test_a_type_is_taken_everywhere(dtype):
    for made in (ops.zeros((2,), dtype), ops.ones((2,), dtype=dtype), ops.full((2,), 1, dtype), ops.arange(2, dtype=dtype),
                 ops.eye(2, dtype=dtype), ops.zeros_like(np.ones(2), dtype=dtype), ops.one_hot(np.array([0]), 2, dtype=dtype),
                 ops.convert_to_tensor([0, 1], dtype), ops.array([0, 1], dtype), ops.cast([0, 1], dtype),
                 ops.ones(2).astype(dtype), keras.Variable([0, 1], dtype=dtype), keras.Variable("ones", shape=(2,), dtype=dtype),
                 keras.initializers.Zeros()((2,), dtype=dtype), keras.initializers.Ones()((2,), dtype=dtype),
                 keras.initializers.Constant(1)((2,), dtype=dtype), keras.random.randint((2,), 0, 2, dtype=dtype),
                 keras.random.binomial((2,), 3, 0.5, dtype=dtype, seed=1), keras.Input((2,), dtype=dtype)):
        assert made.dtype == dtype
    assert keras.backend.standardize_dtype(dtype) == dtype
    floating = "float" in dtype
    assert keras.backend.is_float_dtype(dtype) == floating
    assert keras.backend.is_int_dtype(dtype) == ("int" in dtype)
    draws = [lambda: keras.random.normal((2,), dtype=dtype), lambda: keras.random.uniform((2,), dtype=dtype),
             lambda: keras.random.truncated_normal((2,), dtype=dtype),
             lambda: keras.initializers.GlorotUniform()((2, 2), dtype=dtype)]
    for draw in draws:
        if floating:
            assert draw().dtype == dtype
        else:
            with pytest.raises((ValueError, TypeError), match="float"):
                draw()
    class Adds(keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight((2,), "ones", dtype=dtype, trainable=False)

        def call(self, x):
            return x + ops.cast(self.w, x.dtype)
    layer = Adds()
    assert layer(np.ones((1, 2))).numpy().tolist() == [[2, 2]] and layer.w.dtype == dtype


@pytest.mark.parametrize("dtype", FLOATS)
def test_floating_types_of_layers_losses_and_metrics(dtype):
    x, y = np.ones((4, 3), "float32"), np.zeros((4, 1), "float32")
    for layer in (keras.layers.Dense(2, dtype=dtype), keras.layers.LayerNormalization(dtype=dtype),
                  keras.layers.BatchNormalization(dtype=dtype), keras.layers.PReLU(dtype=dtype),
                  keras.layers.Dropout(0.5, dtype=dtype), keras.layers.Rescaling(2.0, dtype=dtype)):
        assert layer(x).dtype == dtype and layer.dtype == dtype
        assert all(w.dtype == dtype for w in layer.weights if "seed" not in w.path)
    assert keras.losses.MeanSquaredError(dtype=dtype)(y, y).dtype == dtype
    # Without a type of its own a loss of halves is one of float32, as is that of a model.
    assert keras.losses.MeanSquaredError()(y, ops.cast(y, dtype)).dtype == ("float64" if dtype == "float64" else "float32")
    for metric in (keras.metrics.Mean(dtype=dtype), keras.metrics.MeanSquaredError(dtype=dtype)):
        metric.update_state(*([y] if isinstance(metric, keras.metrics.Mean) and type(metric) is keras.metrics.Mean else [y, y]))
        assert all(v.dtype == dtype for v in metric.variables)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion",
                                       "Lamb", "Adafactor"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_optimizers_of_halves(dtype, optimizer):
    """A step each, beside the same in float32 rounded to the type."""
    start, slope = np.array([[1.5, -0.75], [0.5, 2.0]], "float32"), np.array([[0.5, -1.0], [2.0, 0.25]], "float32")
    values = []
    for kind in (dtype, "float32"):
        o = getattr(keras.optimizers, optimizer)(learning_rate=0.125)
        v = keras.Variable(start, dtype=kind)
        o.build([v])
        o.apply([ops.cast(slope, kind)], [v])
        assert v.dtype == kind and all(s.dtype in (kind, "float32", "int32") for s in o.variables)
        values.append(plain(v.value))
    np.testing.assert_allclose(values[0], values[1], rtol=3 * EPSILON[dtype], atol=EPSILON[dtype])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_training_in_halves(dtype):
    """Beside the same network in float32: the losses keep close, and predictions come in the model's type."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(64, 4)).astype("float32")
    y = (x[:, :1] - x[:, 1:2]).astype("float32")
    histories = []
    for kind in ("float32", dtype):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "tanh", dtype=kind), keras.layers.Dense(1, dtype=kind)])
        rng = np.random.default_rng(2)
        for w in model.weights:
            w.assign(rng.normal(size=tuple(w.shape)) * 0.3)
        model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
        histories.append(model.fit(x, y, epochs=5, batch_size=16, shuffle=False, verbose=0).history["loss"])
        assert model(x).dtype == kind
    np.testing.assert_allclose(histories[1], histories[0], rtol=8 * EPSILON[dtype])
