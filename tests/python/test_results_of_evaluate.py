"""The order of what evaluate and the steps on single batches give; weights by name; masks that are asked for."""
import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops

X = np.linspace(-1, 1, 12).reshape(4, 3).astype("float32")
A, B = X[:, :1], (X[:, :1] > 0).astype("float32")
SUM = X.sum(1, keepdims=True)  # what a Dense(1) of ones gives
P = 1 / (1 + np.exp(-SUM))
EXPECTED = {"a_loss": np.mean((A - SUM) ** 2), "a_mae": np.mean(np.abs(A - SUM)),
            "b_accuracy": np.mean((P > 0.5) == B), "b_loss": -np.mean(B * np.log(P) + (1 - B) * np.log(1 - P))}
EXPECTED["loss"] = EXPECTED["a_loss"] + EXPECTED["b_loss"]


class Rows(keras.utils.PyDataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return X, (A, B)


def two_outputs():
    x = keras.Input((3,))
    a = layers.Dense(1, kernel_initializer="ones", name="a")(x)
    b = layers.Dense(1, "sigmoid", kernel_initializer="ones", name="b")(x)
    model = keras.Model(x, (a, b))
    model.compile(keras.optimizers.SGD(0.0), loss=("mse", "binary_crossentropy"), metrics=(["mae"], ["accuracy"]))
    return model


@pytest.mark.parametrize("results", [
    lambda m, **how: m.evaluate(X, (A, B), verbose=0, **how), lambda m, **how: m.evaluate(Rows(), verbose=0, **how),
    lambda m, **how: m.train_on_batch(X, (A, B), **how), lambda m, **how: m.test_on_batch(X, (A, B), **how)])
def test_losses_of_outputs_come_before_their_metrics(results):
    model = two_outputs()
    order = ["loss", "a_loss", "b_loss", "a_mae", "b_accuracy"]
    np.testing.assert_allclose(results(model), [EXPECTED[name] for name in order], rtol=1e-5)
    by_name = results(model, return_dict=True)
    assert list(by_name) == order
    np.testing.assert_allclose(list(by_name.values()), [EXPECTED[name] for name in by_name], rtol=1e-5)


def test_metrics_of_one_output_come_as_compile_has_them():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mae", metrics=["mse", keras.metrics.MeanAbsoluteError(name="aaa")])
    mae, mse = EXPECTED["a_mae"], EXPECTED["a_loss"]
    np.testing.assert_allclose(model.evaluate(X, A, verbose=0), [mae, mse, mae], rtol=1e-5)
    model.compile("sgd", "mae")
    assert np.isclose(model.evaluate(X, A, verbose=0), mae)


def test_metrics_of_ones_own_come_as_the_model_has_them():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = keras.metrics.Mean(name="z"), keras.metrics.Mean(name="a")

        def call(self, x):
            return x

        @property
        def metrics(self):
            return [self.first, self.second]

        def test_step(self, data):
            self.first.update_state(1.0)
            self.second.update_state(2.0)
            return {"b": self.second.result() + 3.0, "a": self.second.result(), "z": self.first.result()}
    model = Own()
    model.compile("sgd", "mse")
    assert model.evaluate(X, A, verbose=0) == [1, 2, 5]
    assert list(model.evaluate(X, A, verbose=0, return_dict=True)) == ["z", "a", "b"]


def test_weights_by_name_are_for_every_target():
    x = keras.Input((3,))
    model = keras.Model(x, {name: layers.Dense(1, kernel_initializer="ones", name=name)(x) for name in "pq"})
    model.compile(keras.optimizers.SGD(0.0), loss="mae")
    y, one = {"p": A, "q": A}, np.arange(4.0)
    both = {"p": one, "q": np.ones(4)}
    expected = [np.mean(np.abs(A - SUM)[:, 0] * one), EXPECTED["a_mae"]]
    logs = model.evaluate(X, y, sample_weight=both, verbose=0, return_dict=True)
    np.testing.assert_allclose([logs["p_loss"], logs["q_loss"]], expected, rtol=1e-5)
    for given in ({"p": one}, {"p": one, "x": one}):
        for call in (lambda: model.evaluate(X, y, sample_weight=given, verbose=0),
                     lambda: model.fit(X, y, sample_weight=given, verbose=0),
                     lambda: model.fit(X, y, validation_data=(X, y, given), verbose=0),
                     lambda: model.fit(iter([(X, y, given)]), verbose=0),
                     lambda: model.train_on_batch(X, y, given), lambda: model.test_on_batch(X, y, given)):
            with pytest.raises(ValueError, match="one `sample_weight` array per output.*'p', 'q'.*got"):
                call()


def test_masks_asked_for_without_one():
    tokens = np.array([[1, 0, 2]])
    expected = [[True, False, True]]
    assert np.asarray(layers.Embedding(3, 2, mask_zero=True).compute_mask(tokens)).tolist() == expected
    assert layers.Embedding(3, 2).compute_mask(tokens, mask=None) is None
    assert np.asarray(layers.Masking().compute_mask(tokens[..., None])).tolist() == expected
    for made in (layers.Add(), layers.Concatenate(), layers.Subtract()):
        assert made.compute_mask([X, X]) is None

    class Inverse(layers.Embedding):
        def compute_mask(self, inputs, mask=None):
            return ops.logical_not(super().compute_mask(inputs, mask=mask))
    assert np.asarray(Inverse(3, 2, mask_zero=True).compute_mask(tokens)).tolist() == [[False, True, False]]
