"""run_eagerly: code that looks at values, with the bits of compiled steps."""
import numpy as np
import pytest
from numpy_network import Network
from small_network import data

import cornu as keras
from cornu import layers
from cornu._tape import GradientTape


def test_values_while_tracing_get_a_sentence():
    class Looks(layers.Layer):
        def call(self, x):
            return x if float(keras.ops.sum(x)) > 0 else -x

    model = keras.Sequential([keras.Input((8,)), Looks()])
    with pytest.raises(RuntimeError, match="traced.*cornu.ops.where"):
        model.predict(data()[0])


def test_run_eagerly_looks_at_values_and_gives_the_same_weights():
    x, y = data()
    values, right = [], []

    class Looks(layers.Layer):
        def call(self, x):
            values.append(float(keras.ops.sum(x)))
            return x

    def train(eager):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((8,)), layers.Dense(4, activation="tanh")] + ([Looks()] if eager else [])
                                 + [layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=eager)
        right.append(Network([model.layers[0], model.layers[-1]]))
        model.fit(x, y, epochs=2, batch_size=50, shuffle=False, verbose=0)
        return model.get_weights()

    compiled, eager = train(False), train(True)
    assert len(values) == 9  # once when it is built
    for i, value in enumerate(values[1:]):
        batch = slice(i % 4 * 50, i % 4 * 50 + 50)
        assert value == pytest.approx(right[1].outputs(x[batch])[1].sum(), rel=1e-4)
        right[1].step(x[batch], y[batch])
    for a, b in zip(compiled, eager):
        np.testing.assert_array_equal(a, b)


def test_run_eagerly_from_a_generator():
    x, y = data()
    losses = []

    def loss(y_true, y_pred):
        value = keras.ops.mean(keras.ops.square(y_true - y_pred))
        losses.append(float(value))
        return value

    def batches():
        while True:
            for at in range(0, len(x), 50):
                yield x[at:at + 50], y[at:at + 50]

    def train(eager):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
        model.compile("sgd", loss if eager else "mse", run_eagerly=eager)
        steps = len(x) // 50
        return model.fit(batches(), steps_per_epoch=steps, epochs=2, verbose=0).history["loss"], model.get_weights()

    (seen, a), (compiled, b) = train(True), train(False)
    assert len(losses) == 2 * (len(x) // 50)
    np.testing.assert_allclose(np.reshape(losses, (2, -1)).mean(1), seen, rtol=1e-6)
    np.testing.assert_allclose(seen, compiled, rtol=1e-6)
    for p, q in zip(a, b):
        np.testing.assert_allclose(p, q, rtol=1e-6)


def test_run_eagerly_with_a_train_step_from_a_generator():
    x, y = data()
    values = []

    class Looks(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            x, y = data
            with GradientTape() as tape:
                loss = self.compute_loss(x, y, self(x, training=True))
            values.append(float(loss))
            self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights))
            return {"loss": loss}

    model = Looks()
    model(x[:1])
    right = Network([model.dense])
    model.compile("sgd", "mse", run_eagerly=True)
    history = model.fit(((x[i::4], y[i::4]) for _ in range(3) for i in range(4)), steps_per_epoch=4, epochs=3, verbose=0)
    np.testing.assert_allclose(values, [right.step(x[i::4], y[i::4]).mean() for _ in range(3) for i in range(4)], rtol=1e-5)
    assert history.history["loss"] == [values[i] for i in (3, 7, 11)]
