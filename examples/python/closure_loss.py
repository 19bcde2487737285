"""A loss made by a function with a parameter, and the same idea as a class: predicting quantiles."""

import numpy as np

import keras
from keras import layers, ops


def pinball(quantile):
    """A loss whose best constant answer is this quantile of the targets."""

    def loss(y_true, y_pred):
        error = y_true - y_pred
        return ops.mean(ops.maximum(quantile * error, (quantile - 1) * error), axis=-1)

    loss.__name__ = f"pinball_{round(100 * quantile)}"  # what a metric of it is called in the logs
    return loss


class ClippedError(keras.losses.Loss):
    """Squared error that charges nothing more for errors beyond a limit."""

    def __init__(self, limit=1.0, name="clipped_error", **kwargs):
        super().__init__(name=name, **kwargs)
        self.limit = limit

    def call(self, y_true, y_pred):
        return ops.mean(ops.minimum(ops.square(y_true - y_pred), self.limit**2), axis=-1)


rng = np.random.default_rng(4)
x = rng.uniform(-2, 2, size=(600, 1)).astype("float32")
y = (np.sin(2 * x) + (0.1 + 0.2 * np.abs(x)) * rng.normal(size=x.shape)).astype("float32")


def network():
    return keras.Sequential([keras.Input((1,)), layers.Dense(16, "tanh"), layers.Dense(16, "tanh"), layers.Dense(1)])


histories, results = {}, {}
for quantile in (0.1, 0.5, 0.9):
    model = network()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=pinball(quantile))
    histories[f"pinball {quantile}"] = model.fit(x, y, epochs=15, batch_size=30, verbose=0)
    below = float(np.mean(y < model.predict(x, verbose=0)))
    results[f"below {quantile}"] = below
    print(f"quantile {quantile}: {100 * below:.1f} % of the targets lie below the curve")

model = network()
model.compile(optimizer=keras.optimizers.Adam(0.01), loss=ClippedError(limit=0.8), metrics=[pinball(0.5), "mae"])
histories["clipped"] = model.fit(x, y, epochs=15, batch_size=30, verbose=0)
print("clipped error:", [round(value, 4) for value in histories["clipped"].history["loss"][::5]])
print("the loss as a function:", float(ClippedError(0.5)(np.array([[0.0], [3.0]]), np.array([[0.1], [1.0]]))))
