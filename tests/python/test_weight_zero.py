"""Rows of weight 0 (padding) may hold anything: x that is not finite changes nothing, wherever the rows come from."""
import numpy as np
import pytest

import cornu as keras
from cornu import ops

GOOD = np.array([[.1, .2], [0, 0], [-.3, .4], [0, 0], [.5, .6]], "float32")
BAD = GOOD.copy()
BAD[1], BAD[3] = np.nan, (1, -np.inf)
Y = np.arange(5, dtype="float32")[:, None]
W = np.array([1, 0, 2, 0, 1], "float32")


def trained(x, fit, kind=keras.Sequential, eagerly=False):
    keras.utils.set_random_seed(2)
    model = kind([keras.Input((2,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(1)])
    model.compile("adam", "mse", weighted_metrics=["mae"], run_eagerly=eagerly)
    got = fit(model, x)
    return [np.asarray(w).tolist() for w in model.get_weights()], getattr(got, "history", got)


class Batches(keras.utils.PyDataset):
    def __init__(self, x):
        super().__init__()
        self.x = x

    def __len__(self):
        return 3

    def __getitem__(self, i):
        return tuple(a[2 * i:2 * i + 2] for a in (self.x, Y, W))


WAYS = {
    "arrays": lambda m, x: m.fit(x, Y, batch_size=2, epochs=2, sample_weight=W, verbose=0),
    "float64": lambda m, x: m.fit(x.astype("float64"), Y, batch_size=2, sample_weight=W, shuffle=False, verbose=0),
    "classes": lambda m, x: m.fit(x, Y, batch_size=2, class_weight={1: 0.0, 3: 0.0}, verbose=0),
    "validation": lambda m, x: m.fit(GOOD, Y, validation_data=(x, Y, W), verbose=0),
    "split": lambda m, x: m.fit(x, Y, sample_weight=W, validation_split=.4, verbose=0),
    "generator": lambda m, x: m.fit((Batches(x)[i % 3] for i in range(6)), steps_per_epoch=3, epochs=2, verbose=0),
    "data set": lambda m, x: m.fit(Batches(x), validation_data=Batches(x), shuffle=False, verbose=0),
    "batch": lambda m, x: m.train_on_batch(x, Y, sample_weight=W),
    "evaluate": lambda m, x: m.evaluate(x, Y, sample_weight=W, verbose=0),
    "evaluate data set": lambda m, x: m.evaluate(Batches(x), verbose=0),
    "test batch": lambda m, x: m.test_on_batch(x, Y, sample_weight=W),
}


@pytest.mark.parametrize("eagerly", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_counts_for_nothing(way, eagerly):
    before = BAD.copy()
    right = trained(GOOD, WAYS[way], eagerly=eagerly)
    assert trained(BAD, WAYS[way], eagerly=eagerly) == right
    assert np.isfinite(np.concatenate([np.ravel(w) for w in right[0]])).all()
    assert np.array_equal(BAD, before, equal_nan=True)  # the user's array is the user's


def test_in_a_step_of_ones_own():
    class OwnStep(keras.Sequential):
        def train_step(self, data):
            x, y, w = data
            parts = self.trainable_weights

            def loss(*_):
                return ops.sum(ops.where(w > 0, w * ops.square(self(x) - y)[:, 0], 0.0))
            self.optimizer.apply(_gradients(loss, parts), parts)
            return {"loss": loss()}
    way = WAYS["arrays"]
    assert trained(BAD, way, OwnStep) == trained(GOOD, way, OwnStep)


def _gradients(loss, parts):
    from cornu import _core
    return _core.gradients(loss(), parts)


def test_what_weighs_is_still_seen():
    x = GOOD.copy()
    x[0, 0] = np.nan
    assert np.isnan(trained(x, WAYS["evaluate"])[1][0])
