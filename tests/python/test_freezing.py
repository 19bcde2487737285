"""Layers that do not train: their weights say so too, and say otherwise again."""
import numpy as np

import cornu as keras
from cornu import layers

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


def flags(layer):
    return [w.trainable for w in layer.weights]


def test_weights_follow_their_layer_and_come_back():
    dense, norm = layers.Dense(2), layers.BatchNormalization()
    model = keras.Sequential([keras.Input((3,)), dense, norm, keras.Sequential([layers.Dense(1)])])
    model(X)
    assert flags(model) == [True] * 4 + [False] * 2 + [True] * 2
    model.trainable = False
    assert flags(model) == [False] * 8 and model.trainable_weights == [] and len(model.non_trainable_weights) == 8
    model.trainable = True  # the moments were never to be trained
    assert flags(model) == [True] * 4 + [False] * 2 + [True] * 2 and len(model.trainable_weights) == 6
    dense.kernel.trainable = False
    assert [w.name for w in dense.trainable_weights] == ["bias"] and len(model.trainable_weights) == 5
    dense.trainable = True
    assert flags(dense) == [True, True]


def test_a_layer_that_is_made_frozen_has_frozen_weights():
    for layer in (layers.Dense(2, trainable=False), layers.Dense(2)):
        if layer.trainable:
            layer.trainable = False  # before it is built
        layer.build((None, 3))
        assert flags(layer) == [False, False] and layer.trainable_weights == []
        layer.trainable = True
        assert flags(layer) == [True, True]
    # A layer of a frozen one's model that is made anew keeps the order of its weights in files.
    norm = layers.BatchNormalization(trainable=False)
    norm.build((None, 3))
    assert [w.name for w in norm.weights] == ["gamma", "beta", "moving_mean", "moving_variance"]


def test_frozen_weights_keep_their_places_in_files(tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.BatchNormalization(), layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], epochs=2, verbose=0)
    model.trainable = False
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert again.trainable is False
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_frozen_layers_do_not_train_and_thawed_ones_do():
    first, last = layers.Dense(4, "tanh"), layers.Dense(2)
    model = keras.Sequential([keras.Input((3,)), first, last])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    kernel, y = first.kernel.numpy(), X[:, :2]
    first.trainable = False
    model.fit(X, y, epochs=2, verbose=0)
    np.testing.assert_array_equal(first.kernel.numpy(), kernel)
    first.trainable = True
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.fit(X, y, epochs=2, verbose=0)
    assert not np.allclose(first.kernel.numpy(), kernel)


def test_build_is_handed_none_for_sizes_that_are_not_known():
    seen = []

    class Own(layers.Layer):
        def build(self, shape):
            seen.append(shape)

        def call(self, x):
            return x
    keras.Sequential([keras.Input((3,)), Own()])(X)
    Own()(keras.Input((None, 2)))
    assert seen == [(None, 3), (None, None, 2)]
