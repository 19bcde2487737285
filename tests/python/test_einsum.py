"""einsum against NumPy's, on known values, on traced ones with unknown sizes, and its gradients."""
import numpy as np
import pytest

import cornu as keras
from cornu import ops

CASES = [("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("abc,cde->abde", (2, 3, 4), (4, 5, 2)),
         ("aecd,abcd->acbe", (2, 3, 4, 5), (2, 6, 4, 5)), ("acbe,aecd->abcd", (2, 4, 6, 3), (2, 3, 4, 5)),
         ("...d,dk->...k", (2, 3, 4), (4, 5)), ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5)), ("i,j->ij", (3,), (4,)),
         ("i,i->", (3,), (3,)), ("ij->ji", (2, 3)), ("ij->", (2, 3)), ("ij->j", (2, 3)), ("ii->i", (3, 3)),
         ("ii", (3, 3)), ("bij,bij->b", (2, 3, 4), (2, 3, 4)), ("ij,kj,kl->il", (2, 3), (4, 3), (4, 5)),
         ("ab,b->ab", (2, 3), (3,)), ("ab,ab->ab", (2, 1), (2, 3)), ("abc,ab->ac", (2, 3, 4), (2, 3)),
         ("a...,a->...", (2, 3, 4), (2,)), ("abcd,efd->abcef", (2, 3, 2, 4), (5, 2, 4)), ("ba,cb->ac", (2, 3), (4, 2))]


def arrays(shapes):
    return [np.random.default_rng(i).normal(size=shape).astype("float32") for i, shape in enumerate(shapes)]


@pytest.mark.parametrize("equation, shapes", [(c[0], c[1:]) for c in CASES], ids=lambda v: str(v))
def test_values(equation, shapes):
    given = arrays(shapes)
    expected = np.einsum(equation, *given)
    np.testing.assert_allclose(ops.einsum(equation, *given).numpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("equation, shapes", [c for c in [
    ("abc,cde->abde", [(2, 3, 4), (4, 5, 2)]), ("aecd,abcd->acbe", [(2, 3, 4, 5), (2, 6, 4, 5)]),
    ("...d,dk->...k", [(2, 3, 4), (4, 5)]), ("abcd,efd->abcef", [(2, 3, 2, 4), (5, 2, 4)])]], ids=lambda v: str(v))
def test_unknown_sizes(equation, shapes):
    given = arrays(shapes)
    one = keras.Input((None, *shapes[0][2:]))
    if shapes[1][0] == shapes[0][0]:
        two = keras.Input((None, *shapes[1][2:]))
        model = keras.Model([one, two], ops.einsum(equation, one, two))
        got = model.predict(given, verbose=0)
    else:
        got = keras.Model(one, ops.einsum(equation, one, given[1])).predict(given[0], verbose=0)
    np.testing.assert_allclose(got, np.einsum(equation, *given), rtol=1e-5, atol=1e-6)


def test_gradients():
    weights = keras.Variable(arrays([(4, 5, 2)])[0])
    x = arrays([(2, 3, 4)])[0]

    class Product(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.w = self.add_weight(shape=(4, 5, 2))
            self.w.assign(weights)

        def call(self, inputs):
            return ops.einsum("abc,cde->abde", inputs, self.w)

    model = keras.Sequential([Product()])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    y = np.zeros((2, 3, 5, 2), "float32")
    before = np.array(weights)
    model.fit(x, y, batch_size=2, epochs=1, verbose=0)
    out = np.einsum("abc,cde->abde", x, before)
    expected = before - np.einsum("abc,abde->cde", x, 2 * out / out.size)
    np.testing.assert_allclose(np.array(model.layers[0].w), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("equation, shapes, words", [
    ("ij,jk->ik", [(2, 3)], "an operand for each of its 2 parts, got 1"), ("ij->ik", [(2, 3)], "'k', which no operand has"),
    ("ijk->i", [(2, 3)], "is for 3 axes"), ("ij,jk->ik", [(2, 3), (4, 5)], "the axis 'j' must be of one size, got 3 and 4"),
    ("i!->i", [(2, 3)], "expected letters"), ("ij->ii", [(2, 3)], "twice")])
def test_words(equation, shapes, words):
    with pytest.raises(ValueError, match=words):
        ops.einsum(equation, *arrays(shapes))
