"""What the checks of calls share: a small model, its data, and a refusal."""
import numpy as np
import pytest

import cornu as keras

X = np.arange(12, dtype="float32").reshape(6, 2) / 6
Y = X.sum(1, keepdims=True)


def model(**kwargs):
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones", name="d")], **kwargs)
    made.compile("sgd", "mse")
    return made


def refused(call, *words, kind=(ValueError, TypeError, NotImplementedError)):
    with pytest.raises(kind) as e:
        call()
    for word in words:
        assert word in str(e.value)


class Twice(keras.layers.Layer):
    """A layer of two inputs."""
    def call(self, a, b=0.0, training=None):
        return a + b
