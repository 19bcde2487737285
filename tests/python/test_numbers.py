"""The rules of docs/numbers.md as Python sees them, and what Keras' own documentation promises of figures."""
import numpy as np
import pytest

import cornu as keras
from cornu import ops


def typed(x):
    a = np.asarray(x)
    return str(a.dtype), a.tolist()


def test_types_do_not_depend_on_values():
    x = ops.convert_to_tensor(np.array([0, 255], "uint8"))
    assert typed(x - 128.0) == ("float32", [-128, 127])
    assert typed(x - 127.5) == ("float32", [-127.5, 127.5])
    assert typed(x * 2.0) == ("float32", [0, 510])
    assert typed(x - 128) == ("uint8", [128, 127])
    assert typed(-1 + x) == ("uint8", [255, 254])
    assert typed(x + 300) == ("uint8", [44, 43])
    assert typed(ops.maximum(x, 1.0)) == ("float32", [1, 255])
    assert typed(ops.where(x > 3, x, 7)) == ("uint8", [7, 255])
    assert typed(ops.clip(x, 1, 100)) == ("uint8", [1, 100])
    assert typed(ops.clip(x, 1.5, 100)) == ("float32", [1.5, 100])
    assert typed(ops.cast(x, "bool") + 1) == ("int32", [1, 2])


def test_numbers_that_do_not_fit():
    x = ops.convert_to_tensor(np.array([1, 2], "int32"))
    with pytest.raises(OverflowError, match="1099511627776 does not fit int32"):
        x + 2**40
    assert typed(x + float(2**40)) == ("float32", [2.0**40, 2.0**40])
    assert typed(ops.cast(x, "int64") + 2**40) == ("int64", [2**40 + 1, 2**40 + 2])


def test_sums_of_small_types():
    x = np.array([5, 200, 255, 100], "uint8")
    assert typed(ops.sum(x)) == ("uint32", 560)
    assert typed(ops.prod(x[:2])) == ("uint32", 1000)
    assert typed(ops.mean(x)) == ("float32", 140)
    assert typed(ops.cumsum(x)) == ("uint8", [5, 205, 204, 48])
    assert typed(ops.sum(x > 100)) == ("int32", 2)
    assert typed(ops.max(x > 100)) == ("bool", True)
    assert typed(ops.prod(x, dtype="float32")) == ("float32", 25500000)


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "floor_divide", "mod", "maximum", "minimum"])
@pytest.mark.parametrize("dtype", ["int32", "uint8", "uint32"])
def test_integers_are_those_of_numpy(name, dtype):
    rng = np.random.default_rng(3)
    info = np.iinfo(dtype)
    a = rng.integers(info.min, info.max, 500, dtype, endpoint=True)
    b = rng.integers(info.min, info.max, 500, dtype, endpoint=True)
    b[b == 0] = 1
    with np.errstate(over="ignore"):
        right = getattr(np, name)(a, b)
    assert typed(getattr(ops, name)(a, b)) == (dtype, right.tolist())


def test_long_sums_do_not_drift():
    x = np.full(20_000_000, 0.1, "float32")
    right = np.float32(x.sum(dtype="float64"))
    assert np.float32(ops.sum(x)) == right
    assert np.array_equal(ops.sum(x.reshape(-1, 2), axis=0), np.float32(x.reshape(-1, 2).sum(0, dtype="float64")))


def test_running_means_count_beyond_2_24():
    mean = keras.metrics.Mean()
    mean.update_state(np.ones(2**24, "float32"))
    for _ in range(50):
        mean.update_state(np.zeros(1, "float32"))
        mean.update_state(np.ones(1, "float32"))
    assert float(mean.count) == 2**24 + 100
    assert np.isclose(float(mean.result()), (2**24 + 50) / (2**24 + 100), rtol=1e-7)
    hits = keras.metrics.TruePositives()
    hits.update_state(np.ones(2**24), np.ones(2**24))
    for _ in range(4):
        hits.update_state(np.ones(1), np.ones(1))
    assert float(hits.result()) == 2**24 + 4
    auc = keras.metrics.AUC(num_thresholds=3)
    auc.update_state(np.ones(2**24 + 2**22), np.ones(2**24 + 2**22))
    assert float(auc.true_positives[1]) == 2**24 + 2**22


@pytest.mark.parametrize("offset", [0, 100, 1e4, 1e6])
def test_r2_far_from_zero(offset):
    rng = np.random.default_rng(0)
    y = np.float32(rng.normal(size=(400, 2)) + offset)
    p = np.float32(y + 0.1 * rng.normal(size=(400, 2)))
    w = np.float32(rng.integers(0, 3, 400))
    metric, weighted = keras.metrics.R2Score(), keras.metrics.R2Score(class_aggregation=None)
    for at in range(0, 400, 32):
        metric.update_state(y[at:at + 32], p[at:at + 32])
        weighted.update_state(y[at:at + 32], p[at:at + 32], w[at:at + 32])
    y, p, w = np.float64(y), np.float64(p), np.float64(w)[:, None]
    plain = 1 - ((y - p)**2).sum(0) / ((y - y.mean(0))**2).sum(0)
    mean = (w * y).sum(0) / w.sum()
    by_weight = 1 - (w * (y - p)**2).sum(0) / (w * (y - mean)**2).sum(0)
    assert np.allclose(metric.result(), plain.mean(), atol=1e-5)
    assert np.allclose(weighted.result(), by_weight, atol=1e-5)


def test_r2_of_a_constant():
    one = np.ones((4, 1), "float32")
    assert float(keras.metrics.R2Score()(one, one)) == 1
    assert float(keras.metrics.R2Score()(one, 0 * one)) == 0


def test_auc_without_a_class():
    p = np.array([0.1, 0.2, 0.8, 0.9])
    for y in (np.ones(4), np.zeros(4)):
        assert np.isnan(float(keras.metrics.AUC()(y, p)))
    assert np.isnan(float(keras.metrics.AUC(curve="PR")(np.zeros(4), p)))
    assert float(keras.metrics.AUC()(np.array([0, 0, 1, 1]), p)) == 1
    assert float(keras.metrics.AUC().result()) == 0
    labels = np.array([[0, 1], [0, 1], [1, 1], [1, 1]])  # the second label has no negatives
    both = np.stack([p, p], -1)
    assert float(keras.metrics.AUC(multi_label=True)(labels, both)) == 1
    assert np.isnan(float(keras.metrics.AUC(multi_label=True)(labels[2:], both[2:])))


def test_masks_in_metrics_written_in_python():
    seen = []

    class Errors(keras.metrics.Metric):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.total = self.add_variable(name="total")

        def update_state(self, y_true, y_pred, sample_weight=None):
            seen.append(sample_weight is not None)
            wrong = ops.abs(y_true - y_pred)[..., 0]
            self.total.assign_add(ops.sum(wrong if sample_weight is None else wrong * sample_weight))

        def result(self):
            return self.total

    x, y = np.ones((2, 3, 1), "float32"), np.zeros((2, 3, 1), "float32")
    x[0, 1:] = 0
    y[0, 1:] = 1000
    model = keras.Sequential([keras.Input((3, 1)), keras.layers.Masking(),
                              keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)])
    model.compile("sgd", "mse", metrics=[Errors(name="errors"), lambda t, p: ops.abs(t - p)[..., 0]])
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert logs["errors"] == 4 and seen[-1]
    assert [v for k, v in logs.items() if "lambda" in k] == [1]


def test_linspace():
    y, step = ops.linspace(0, 1, 5, retstep=True)
    assert typed(y) == ("float32", [0, 0.25, 0.5, 0.75, 1]) and float(step) == 0.25
    y, step = ops.linspace(0, 10, 5, endpoint=False, retstep=True)
    assert typed(y) == ("float32", [0, 2, 4, 6, 8]) and float(step) == 2
    assert typed(ops.linspace(0, 10, 5, dtype="int32")) == ("int32", [0, 2, 5, 7, 10])
    a, b = np.array([0, 1], "float32"), np.array([1, 3], "float32")
    for axis in (0, 1, -1):
        assert np.allclose(ops.linspace(a, b, 3, axis=axis), np.linspace(a, b, 3, axis=axis))
    assert typed(ops.linspace(2, 5, 1))[1] == [2] and ops.linspace(0, 1, 0).shape == (0,)
    with pytest.raises(ValueError, match="num must not be negative"):
        ops.linspace(0, 1, -2)


def test_multi_hot_and_one_hot_along_axes():
    x = np.array([[0, 2], [1, 1]])
    assert typed(ops.multi_hot(x, 3)) == ("float32", [[1, 0, 1], [0, 1, 0]])
    assert typed(ops.multi_hot(x, 3, axis=0))[1] == [[1, 0], [1, 1], [0, 1]]
    assert ops.multi_hot(x[None], 3, axis=2).shape == (1, 3, 2)
    assert typed(ops.multi_hot(np.array([0, 2]), 3, dtype="int32")) == ("int32", [1, 0, 1])
    with pytest.raises(ValueError, match="axis must not be 1"):
        ops.multi_hot(x, 3, axis=1)
    for function in (ops.multi_hot, ops.one_hot):
        with pytest.raises(ValueError, match="sparse tensors are not supported"):
            function(x, 3, sparse=True)
    assert typed(ops.one_hot(x, 3, axis=1))[1] == np.moveaxis(np.eye(3)[x], -1, 1).tolist()


def test_dtype_of_metrics():
    precise = keras.metrics.MeanSquaredError(dtype="float64")
    precise.update_state(np.array([0.1]), np.array([0.3]))
    assert precise.result().dtype == "float64" and precise.get_config()["dtype"] == "float64"
    with pytest.raises(ValueError, match="dtype must be a floating type, got int32"):
        keras.metrics.MeanSquaredError(dtype="int32")
    wrapped = keras.metrics.MeanMetricWrapper(lambda t, p: t - p, dtype="float64")
    assert wrapped.dtype == "float64" and wrapped.total.dtype == "float64"

    class Last(keras.metrics.Metric):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.last = self.add_variable(name="last")

        def update_state(self, value):
            self.last.assign(value)

        def result(self):
            return self.last

    last = Last(name="last", dtype="float64")
    assert last.dtype == last.last.dtype == "float64"
    assert last.get_config() == {"name": "last", "dtype": "float64"}
    assert Last().dtype == "float32"


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint32"])
@pytest.mark.parametrize("m,k,n", [(1, 2, 1), (2, 2, 2), (3, 5, 4), (16, 16, 16), (50, 200, 30)])
def test_products_of_integers_are_those_of_numpy(dtype, m, k, n):
    rng = np.random.default_rng(m)
    info = np.iinfo(dtype)
    a = rng.integers(info.min, info.max, (m, k), dtype, endpoint=True)
    b = rng.integers(info.min, info.max, (k, n), dtype, endpoint=True)
    assert typed(ops.matmul(a, b)) == (dtype, np.matmul(a, b).tolist())
    assert typed(ops.dot(a, b)) == (dtype, np.dot(a, b).tolist())
    assert typed(ops.matmul(a, b[:, 0])) == (dtype, np.matmul(a, b[:, 0]).tolist())
    assert typed(ops.dot(a[0], b[:, 0])) == (dtype, np.dot(a[0], b[:, 0]).tolist())
    assert typed(ops.outer(a[0], b[0])) == (dtype, np.outer(a[0], b[0]).tolist())
    cube = np.stack([a, a[::-1]])
    assert typed(ops.matmul(cube, b)) == (dtype, np.matmul(cube, b).tolist())


def test_products_of_other_types():
    x = np.array([[200, 100], [255, 255]], "uint8")
    assert typed(ops.matmul(x, x)) == ("uint8", [[220, 188], [57, 157]])
    assert typed(ops.matmul(x, x.astype("int32"))) == ("int32", [[65500, 45500], [116025, 90525]])
    assert typed(ops.matmul(x, x.astype("bool"))) == ("uint8", [[44, 44], [254, 254]])
    b = np.array([[False, True], [True, True]])
    assert typed(ops.matmul(b, b)) == ("bool", [[True, True], [True, True]])
    assert typed(ops.dot(b[0], b[1])) == ("bool", True)
    assert typed(ops.dot(b[0], np.array([True, False]))) == ("bool", False)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "uint32"])
def test_types_do_not_depend_on_arguments(dtype):
    x = np.array([14, 15, 25, 251], dtype)
    for decimals, right in [(-3, [0, 0, 0, 0]), (-1, [10, 20, 20, 250]), (0, x.tolist()), (2, x.tolist())]:
        assert typed(ops.round(x, decimals)) == (dtype, right)
    assert typed(ops.threshold(x, 20, 0)) == (dtype, [0, 0, 25, 251])
    assert typed(ops.threshold(x, 20.0, 0.5)) == ("float32", [0.5, 0.5, 25, 251])
    y = np.array([200, 200], dtype)
    with pytest.raises(ValueError, match="norm: ord=2 over 2 axes is not supported"):
        ops.norm(np.ones((2, 2)), ord=2)
    for order in (1, 2, None):
        kind, size = typed(ops.norm(y, ord=order))
        assert kind == "float32" and size == pytest.approx(400 if order == 1 else 200 * 2**0.5)
