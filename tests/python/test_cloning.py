"""clone_model: the layers, calls and starts of the clone."""
import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops

X = np.linspace(-1, 1, 12).reshape(4, 3).astype("float32")


def functional():
    x = keras.Input((3,), name="x")
    shared = layers.Dense(3, name="shared")
    y = shared(shared(x)) * 2.0
    return keras.Model({"x": x}, {"y": layers.Dense(1, name="last")(y), "z": ops.relu(y)}, name="whole")


def renamed(layer):
    config = layer.get_config()
    return type(layer).from_config({**config, "name": config["name"] + "_again"})


def alike(a, b, x):
    keras.tree.map_structure(lambda p, q: np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6), a(x), b(x))


def test_clone_functions():
    model = functional()
    clone = keras.models.clone_model(model, clone_function=renamed)
    assert [layer.name for layer in clone.layers] == ["x", "shared_again", "last_again"] and clone.name == "whole"
    assert len(clone.weights) == 4 and not set(clone.weights) & set(model.weights)
    clone.set_weights(model.get_weights())
    alike(model, clone, {"x": X})
    same = keras.models.clone_model(model, clone_function=lambda layer: layer)
    assert same.layers[1] is model.layers[1] and same.weights == model.weights
    alike(model, same, {"x": X})
    model.compile("adam", "mse", metrics=["mae"])
    clone = keras.models.clone_model(model)
    assert clone.compiled and clone.optimizer is not model.optimizer
    model.trainable = False
    assert not keras.models.clone_model(model).trainable


def test_call_functions():
    def called(layer, *args, **kwargs):
        y = layer(*args, **kwargs)
        return layers.Dropout(0.5)(y) if isinstance(layer, layers.Dense) else y
    model = functional()
    clone = keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=called)
    assert sum(isinstance(layer, layers.Dropout) for layer in clone.layers) == 3
    alike(model, clone, {"x": X})


def test_arguments_of_calls_stay():
    class Two(layers.Layer):
        def call(self, a, b=None, factor=1.0, training=None):
            return (a + b) * factor * (3.0 if training else 1.0)
    x = keras.Input((3,))
    two = Two()
    model = keras.Model(x, [two(x, b=x * 2.0, factor=2.0), two(x, x, training=True)])
    clone = keras.models.clone_model(model)
    for got, factor in zip(clone(X), (6, 6)):
        np.testing.assert_allclose(got, factor * X, rtol=1e-6)
    masked = keras.Model(x, layers.Softmax()(x, mask=x > 0))
    alike(masked, keras.models.clone_model(masked), X)


def test_starts():
    model = functional()
    start = {"x": keras.Input((3,), name="mine")}
    clone = keras.models.clone_model(model, input_tensors=start)
    assert clone.input == start and clone.layers[0].name == "mine"
    dense = layers.Dense(3, kernel_initializer="identity")
    behind = keras.models.clone_model(model, clone_function=lambda layer: layer, input_tensors={"x": dense(start["x"])})
    alike(model, behind, {"x": X})
    stack = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    clone = keras.models.clone_model(stack, input_tensors=start["x"])
    assert clone.inputs == [start["x"]]
    with pytest.raises(ValueError, match="`input_tensors` must have the same structure as model.input: .*expected dict of 1"):
        keras.models.clone_model(model, input_tensors=[start["x"]])
    for wrong in ({"x": X}, X):
        with pytest.raises(ValueError, match="must be KerasTensors, got ndarray"):
            keras.models.clone_model(model, input_tensors=wrong)
    with pytest.raises(ValueError, match="must be a KerasTensor, a single one"):
        keras.models.clone_model(stack, input_tensors=[start["x"], start["x"]])


def test_models_inside():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3, name="deep")], name="inner")
    x = keras.Input((3,))
    middle = keras.Model(x, inner(x), name="middle")
    model = keras.Model(x, layers.Dense(1, name="top")(middle(x)))
    clone = keras.models.clone_model(model, clone_function=renamed, recursive=True)
    assert [layer.name for layer in clone._flatten_layers(include_self=False) if isinstance(layer, layers.Dense)] == [
        "deep_again", "top_again"]
    assert [layer.name for layer in clone.layers][1:] == ["middle", "top_again"]
    clone.set_weights(model.get_weights())
    alike(model, clone, X)
    whole = keras.models.clone_model(model, clone_function=renamed)
    assert [layer.name for layer in whole.layers][1:] == ["middle_again", "top_again"]


def test_what_cannot_be_done():
    class Own(keras.Model):
        def call(self, x):
            return x
    stack = keras.Sequential([layers.Dense(1)])
    for call, words in ((lambda: keras.models.clone_model(stack, call_function=len), "not supported with Sequential models"),
                        (lambda: keras.models.clone_model(Own(), clone_function=len), "only supported for Sequential models"),
                        (lambda: keras.models.clone_model(Own(), call_function=len), "`call_function` is only supported"),
                        (lambda: keras.models.clone_model(stack, clone_function=3), "clone_function must be callable, got 3"),
                        (lambda: keras.models.clone_model(stack, other=1), "unexpected argument 'other'")):
        with pytest.raises(ValueError, match=words):
            call()
