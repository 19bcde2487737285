"""The small network that many tests train, and its data."""
import numpy as np

import cornu as keras
from cornu import layers


def data(n=200, d=8, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)).astype("float32")
    return x, (x[:, :1] > 0).astype("float32")


def network(d=8, seed=1):
    """Starts from the same weights in each run, since losses of it are compared with NumPy's."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((d,)), layers.Dense(10, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model
