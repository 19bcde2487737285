"""Embedding, Lambda and Wrapper: what they take, give, keep and refuse."""
import os

import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops


def test_an_embedding_gives_vectors_and_a_mask():
    table = np.arange(15, dtype="float32").reshape(5, 3)
    layer = layers.Embedding(5, 3, mask_zero=True, weights=table)
    ids = np.array([[1, 0, 4], [-1, 2, 0]])
    y = layer(ids)
    np.testing.assert_array_equal(np.asarray(y), table[ids])
    np.testing.assert_array_equal(np.asarray(y._keras_mask), ids != 0)
    assert np.isnan(np.asarray(layer(np.array([7, -6])))).all()  # never the vector of another
    assert layer.get_config()["input_dim"] == 5 and layer.supports_masking
    with pytest.raises(ValueError, match="input_dim must be a positive integer"):
        layers.Embedding(0, 3)


@pytest.mark.parametrize("dtype", ["int32", "float32", "uint8"])
def test_a_model_of_words_trains_and_travels(tmp_path, dtype):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 20, (64, 6)), rng.integers(0, 2, (64, 1)).astype("float32")
    inputs = keras.Input((None,), dtype=dtype)
    h = layers.Embedding(20, 4, mask_zero=True, name="words")(inputs)
    h = layers.Lambda(lambda t, mask: ops.sum(t * ops.cast(mask, "float32")[..., None], 1), name="pool")(h)
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(h))
    model.compile("adam", "binary_crossentropy")
    before = model.get_layer("words").embeddings.numpy()
    losses = model.fit(x, y, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    after = model.get_layer("words").embeddings.numpy()
    assert (before[0] == after[0]).all() and (before[1:] != after[1:]).any(1).all()  # what is masked learns nothing
    assert model.predict(x[:, :3], verbose=0).shape == (64, 1)  # any length
    path = os.path.join(tmp_path, "m.keras")
    with pytest.raises((ValueError, TypeError), match="pool|Lambda"):
        model.save(path)
    assert not os.path.exists(path)

    flat = keras.Sequential([keras.Input((6,), dtype=dtype), layers.Embedding(20, 4), layers.Flatten(), layers.Dense(1)])
    flat.compile("adam", "mse")
    flat.fit(x, y, verbose=0)
    flat.save(path)
    np.testing.assert_array_equal(keras.models.load_model(path).predict(x, verbose=0), flat.predict(x, verbose=0))


def test_lambda_takes_what_its_function_takes():
    x = np.ones((2, 3), "float32")
    assert float(ops.sum(layers.Lambda(lambda t, by: t * by, arguments={"by": 4})(x))) == 24
    seen = []
    layers.Lambda(lambda t, training=None: seen.append(training) or t)(x, training=True)
    assert seen[-1] is True
    several = layers.Lambda(lambda t: t[0] + t[1])
    np.testing.assert_array_equal(np.asarray(several([x, x])), 2 * x)
    masked = layers.Lambda(lambda t: t, mask=lambda inputs, mask: ops.any(inputs != 0, -1))
    assert np.asarray(masked(x)._keras_mask).tolist() == [True, True]
    assert layers.Lambda(lambda t: t, output_shape=(7,)).compute_output_shape((2, 3)) == (2, 7)
    with pytest.raises(TypeError, match="function must be callable, got str"):
        layers.Lambda("relu")
    again = layers.Lambda.from_config(layers.Lambda(ops.abs, name="size").get_config())
    assert again.name == "size" and again.function is ops.abs


def test_a_wrapper_holds_a_layer(tmp_path):
    @keras.saving.register_keras_serializable("test_wrappers")
    class Twice(layers.Wrapper):
        def call(self, x):
            return self.layer(x) * 2.0
    inner = layers.Dense(2)
    model = keras.Sequential([keras.Input((3,)), Twice(inner, name="twice")])
    x = np.ones((4, 3), "float32")
    np.testing.assert_allclose(model.predict(x, verbose=0), 2 * np.asarray(inner(x)), rtol=1e-6)
    assert len(model.trainable_weights) == 2
    path = os.path.join(tmp_path, "w.keras")
    model.save(path)
    np.testing.assert_array_equal(keras.models.load_model(path).predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(ValueError, match="layer must be a Layer, got int"):
        layers.Wrapper(2)
