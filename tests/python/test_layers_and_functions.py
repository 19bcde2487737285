"""Shapes that layers and functions take, what labels mean, and what is said of arguments that do not fit."""
import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops


def test_one_mean_and_variance_for_inputs_of_any_shape():
    power = np.array([46, 100, 200, 60, 130, 88, 95, 110, 75, 165, 90, 100], "float32")
    normalizer = layers.Normalization(input_shape=[1,], axis=None)
    normalizer.adapt(power)
    model = keras.Sequential([normalizer, layers.Dense(1, kernel_initializer="ones")])
    right = (power[:10, None] - power.mean()) / power.std()
    assert model.predict(power[:10], verbose=0) == pytest.approx(right, abs=1e-5)
    model.compile("sgd", "mae")
    model.fit(power, power / 10, verbose=0)
    model.fit(power[:, None], power / 10, verbose=0)
    assert model.input_shape == (None, 1)
    assert np.array(normalizer(power.reshape(2, 3, 2))).shape == (2, 3, 2)
    z = (power - power.mean()) / power.std()
    assert np.array(normalizer(power.reshape(4, 3))).ravel() == pytest.approx(z, abs=1e-5)


def test_samples_of_any_length_are_flattened():
    for inputs in [(None, 3), (3, None), (None, None, 3)]:
        assert keras.Sequential([keras.Input(inputs), layers.Flatten()]).output_shape == (None, None)
    model = keras.Sequential([keras.Input((None, 3)), layers.Flatten()])
    x = np.arange(12, dtype="float32").reshape(2, 2, 3)
    assert np.array_equal(model.predict(x, verbose=0), x.reshape(2, 6))
    assert model.predict(np.zeros((3, 5, 3)), verbose=0).shape == (3, 15)


def test_softmax_over_several_axes():
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    for axes in [(1, 2), (0, 1), (0, 2), [-1], -1]:
        over = tuple(axes) if isinstance(axes, (tuple, list)) else axes
        e = np.exp(x - x.max())
        right = e / e.sum(axis=over, keepdims=True)
        for function in (ops.softmax, keras.activations.softmax):
            assert np.array(function(x, axis=axes)) == pytest.approx(right, abs=1e-6)
        assert np.array(ops.log_softmax(x, axis=axes)) == pytest.approx(np.log(right), abs=1e-5)
        assert np.array(layers.Softmax(axis=axes)(x)) == pytest.approx(right, abs=1e-6)


TYPES = ("dtype: must be one of bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, bfloat16, float32, "
         "float64, got ")


@pytest.mark.parametrize("call,message", [
    (lambda: ops.repeat(np.ones(2), 2.5, 0), "repeat: repeats: expected an integer, got 2.5"),
    (lambda: ops.one_hot(np.array([1]), 2.5), "one_hot: num_classes: expected an integer, got 2.5"),
    (lambda: ops.swapaxes(np.ones((2, 2)), 0, 1.5), "swapaxes: axis2: expected an integer, got 1.5"),
    (lambda: ops.sum(np.ones(2), axis=0.5), "sum: axis: expected an integer, got 0.5"),
    (lambda: ops.softmax(np.ones(2), axis="a"), "softmax: axis: expected an integer, got the string 'a'"),
    (lambda: ops.cast(np.ones(2), "half"), f"cast: Invalid {TYPES}'half'"),
    (lambda: ops.ones(2, "complex64"), f"ones: Invalid {TYPES}'complex64'; there are no complex numbers"),
    (lambda: ops.ones(2, "float8_e4m3fn"), f"ones: Invalid {TYPES}'float8_e4m3fn'; floats of 8 bits are no elements of "
                                           "tensors here"),
    (lambda: ops.ones(2, "string"), f"ones: Invalid {TYPES}'string'; texts are no elements of tensors"),
    (lambda: keras.metrics.Mean(dtype="half"), f"Mean: {TYPES}'half'"),
])
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises((ValueError, TypeError)) as error:
        call()
    assert str(error.value) == message


def test_labels_that_do_not_count_decide_nothing():
    y = np.array([[0, 1], [np.nan, 0.5], [1, 0]], "float32")
    p = np.array([[0.2, 0.8], [np.nan, np.nan], [0.6, 0.4]], "float32")
    w = np.array([1.0, 0.0, 1.0])
    for name, right in [("Hinge", 0.8), ("SquaredHinge", (1.44 + 0.04 + 0.16 + 1.96) / 4)]:
        metric = getattr(keras.metrics, name)()
        metric.update_state(y, p, sample_weight=w)
        assert float(metric.result()) == pytest.approx(right, abs=1e-6)
        loss = getattr(keras.losses, name)(reduction="mean_with_sample_weight")
        assert float(loss(y, p, sample_weight=w)) == pytest.approx(right, abs=1e-6)
    # In training, too: a row of weight 0 between labels of 0 and 1.
    x, labels = np.eye(3, dtype="float32"), np.array([0.0, 1.0, -7.0])
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "hinge", weighted_metrics=["hinge"])
    logs = model.evaluate(x, labels, sample_weight=w[[0, 2, 1]], verbose=0, return_dict=True)
    assert logs["hinge"] == pytest.approx(1.0) and logs["loss"] == pytest.approx(2 / 3)
