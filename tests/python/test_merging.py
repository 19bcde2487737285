"""Merging layers from Python: as functions, with masks, and what does not fit."""
import numpy as np
import pytest

import cornu as keras
from cornu import layers

A = np.array([[1., -2, 3], [4, 5, -6]], "float32")
B = np.array([[-1., 2, 2], [0.5, -5, 6]], "float32")


@pytest.mark.parametrize("name, expected", [
    ("add", A + B), ("subtract", A - B), ("multiply", A * B), ("average", (A + B) / 2), ("maximum", np.maximum(A, B)),
    ("minimum", np.minimum(A, B)), ("concatenate", np.concatenate([A, B], -1)), ("dot", (A * B).sum(-1, keepdims=True))])
def test_functions(name, expected):
    function = getattr(layers, name)
    np.testing.assert_allclose(function([A, B]), expected)
    x, y = keras.Input((3,)), keras.Input((3,))
    z = function([x, y], name="mine")
    model = keras.Model([x, y], z)
    np.testing.assert_allclose(model([A, B]), expected)
    assert model.layers[-1].name == "mine" and type(model.layers[-1]) is getattr(layers, name.capitalize())
    assert np.asarray(layers.concatenate([A, B], axis=0)).shape == (4, 3)
    assert np.asarray(layers.dot([A, B], axes=(1, 1), normalize=True)).shape == (2, 1)


@pytest.mark.parametrize("cls, both, first", [
    (layers.Maximum, [[0, 0], [1, 1], [-2, -2], [3, 3]], [[0, 0], [1, 1], [-2, -2], [3, 3]]),
    (layers.Minimum, [[0, 0], [1, 1], [-2, -2], [2, 2]], [[0, 0], [0, 0], [-2, -2], [2, 2]]),
    (layers.Multiply, [[0, 0], [1, 1], [-2, -2], [6, 6]], [[0, 0], [0, 0], [-2, -2], [6, 6]])])
def test_what_is_masked_leaves_what_the_others_have(cls, both, first):
    mask = layers.Masking()
    a = mask(np.array([[[0, 0], [1, 1], [0, 0], [3, 3]]], "float32"))
    b = np.array([[[0, 0], [0, 0], [-2, -2], [2, 2]]], "float32")
    y = cls()([a, mask(b)])
    assert np.asarray(y).tolist() == [both] and np.asarray(y._keras_mask).tolist() == [[False, True, True, True]]
    y = cls()([a, b])
    assert np.asarray(y).tolist() == [first] and y._keras_mask is None
    x1, x2 = keras.Input((4, 2)), keras.Input((4, 2))
    model = keras.Model([x1, x2], cls()([mask(x1), mask(x2)]))
    assert np.asarray(model([np.asarray(a), b])).tolist() == [both]


def test_the_mask_of_a_symbolic_tensor():
    x, y = keras.Input((4, 2)), keras.Input((4, 2))
    assert x._keras_mask is None
    joined = layers.Concatenate(axis=1)([layers.Masking()(x), y])
    model = keras.Model([x, y], joined._keras_mask)
    given = np.array([[[0, 0], [1, 1], [0, 0], [3, 3]]], "float32")
    assert joined._keras_mask.shape == (None, 8) and joined._keras_mask.dtype == "bool"
    assert np.asarray(model([given, given])).tolist() == [[False, True, False, True] + 4 * [True]]

    class Looks(layers.Layer):
        def call(self, x, mask=None):
            return x if mask is None else x * keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
    seen = keras.Model(x, Looks()(layers.Masking(mask_value=3.0)(x)))
    assert np.asarray(seen(given)).tolist() == [[[0, 0], [1, 1], [0, 0], [0, 0]]]


@pytest.mark.parametrize("cls", [layers.Add, layers.Multiply, layers.Maximum, layers.Concatenate])
def test_masks_that_do_not_fit(cls):
    layer, x = cls(), np.zeros((2, 4, 5), "float32")
    mask = np.ones((2, 4), bool)
    assert layer.compute_mask([x, x], [None, None]) is None
    assert np.asarray(layer.compute_mask([x, x], [mask, mask])).all()
    for inputs, masks, words in (([x, x], mask, "`mask` should be a list"), (x, [mask, mask], "`inputs` should be a list"),
                                 ([x, x], [mask], "should have the same length. Expected 2 masks, got 1")):
        with pytest.raises(ValueError, match=words):
            layer.compute_mask(inputs, masks)


@pytest.mark.parametrize("call, words", [
    (lambda: layers.Subtract()([A, A, A]), "layer should be called on exactly 2 inputs, in a list, got a list of 3"),
    (lambda: layers.Dot(1)([A]), "layer should be called on exactly 2 inputs, in a list, got a list of 1"),
    (lambda: layers.Add()(A), "layer should be called on a list of at least 1 input, got one value"),
    (lambda: layers.Concatenate(0)([A, A[:, :2]]), "requires inputs with matching shapes except for the concatenation axis, 0"),
    (lambda: layers.Add()([A, A[:, :2]]), "of one shape, or of shapes that broadcast"),
    (lambda: layers.Multiply()([A, A[:1]]), "as many rows, got shapes"),
])
def test_what_does_not_fit(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_products_of_tensors_of_many_axes():
    a, b = np.random.default_rng(1).normal(size=(2, 3, 4)), np.random.default_rng(2).normal(size=(2, 5, 6, 3))
    expected = np.einsum("nik,npqi->nkpq", a, b)
    np.testing.assert_allclose(layers.Dot((1, 3))([a.astype("float32"), b.astype("float32")]), expected, rtol=1e-5, atol=1e-6)
    x, y = keras.Input((None, 4)), keras.Input((5, 6, None))
    assert layers.Dot((-2, -1))([x, y]).shape == (None, 4, 5, 6)
