"""Layers inside layers, weights that are frozen after compile, losses that cannot train, and one model in several threads."""
import threading

import numpy as np
import pytest
from numpy_network import Adam, Network

import cornu as keras
from cornu import layers, ops
from cornu._tape import GradientTape

rng = np.random.default_rng(2)
X = rng.normal(size=(40, 4)).astype("float32")
Y = rng.normal(size=(40, 1)).astype("float32")


def network(**compiled):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="tanh"), layers.Dense(1)])
    model.compile(**{"optimizer": "adam", "loss": "mse", **compiled})
    return model


def changed(before, model):
    return [bool((a != b).any()) for a, b in zip(before, model.get_weights())]


def test_a_layer_of_nobody_is_refused():
    stray = layers.Dense(4, name="stray")

    class Block(layers.Layer):
        def call(self, x):
            return stray(x)

    with pytest.raises(Exception, match="(?s)Block.*stray.*attribute"):
        Block()(X)

    class Holding(Block):
        def __init__(self):
            super().__init__()
            self.parts = {"kept": [stray]}

    block = Holding()
    assert block(X).shape == (40, 4)
    assert len(block.trainable_weights) == 2


def test_training_reaches_models_inside_of_layers():
    class Around(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inside = keras.Sequential([keras.Input((64,)), layers.Dropout(0.9)])

        def call(self, x):
            return self.inside(x)

    ones = np.ones((1, 64), "float32")
    around = Around()
    for _ in range(2):
        assert (np.array(around(ones)) == 1).all()
        assert (np.array(around(ones, training=True)) != 1).any()
    model = keras.Sequential([keras.Input((64,)), around])
    assert (np.array(model(ones, training=True)) != 1).any()
    assert (model.predict(ones, verbose=0) == 1).all()


@pytest.mark.parametrize("more, size", [(lambda m: m.fit(X, Y, shuffle=False, verbose=0), 32),
                                        (lambda m: m.train_on_batch(X, Y), 40)])
def test_freezing_holds_from_the_next_fit_on(more, size):
    model = network()
    right = Network(model.layers, optimizer=Adam())

    def goes_on(frozen):
        before = model.get_weights()
        right.frozen = frozen
        more(model)
        right.epoch(X, Y, size)
        assert changed(before, model) == [i not in frozen for i in range(4)]
        right.check_weights(model)

    goes_on(())
    model.layers[0].trainable = False
    goes_on((0, 1))
    model.layers[0].trainable = True
    model.layers[1].bias.trainable = False
    goes_on((3,))


def test_train_step_with_frozen_layers():
    class Own(keras.Sequential):
        def train_step(self, data):
            x, y = data
