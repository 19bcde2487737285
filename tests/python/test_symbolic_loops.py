"""Loops, branches and moved blocks on symbolic tensors of a graph, whose sizes may not be known."""
import operator

import numpy as np
import pytest

import cornu as keras
from cornu import ops

X = np.arange(12, dtype="float32").reshape(4, 3) - 5


def run(x, y, *arrays):
    """What a graph gives for arrays; and its shapes."""
    return keras.Function(x, y)(arrays[0] if len(arrays) == 1 else list(arrays))


def test_map_and_its_like_along_an_axis_of_unknown_length():
    for mapped in (ops.map, ops.vectorized_map):
        x = keras.KerasTensor((None, 3))
        y = mapped(lambda row: {"square": row**2, "sum": ops.sum(row)}, x)
        assert (y["square"].shape, y["sum"].shape) == ((None, 3), (None,))
        out = run(x, y, X)
        np.testing.assert_allclose(out["square"], X**2)
        np.testing.assert_allclose(out["sum"], X.sum(axis=1))
        a, b = keras.KerasTensor((None, 3)), keras.KerasTensor((None, 3))
        np.testing.assert_allclose(run([a, b], mapped(lambda xs: xs[0] - xs[1], (a, b)), X, X + 1), X * 0 - 1)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
def test_partial_results_along_an_axis_of_unknown_length(axis, reverse):
    shape = [4, 3]
    shape[axis] = None
    x = keras.KerasTensor(tuple(shape))
    y = ops.associative_scan(operator.add, x, reverse=reverse, axis=axis)
    assert y.shape == tuple(shape)
    turned = np.flip(X, axis) if reverse else X
    expected = np.cumsum(turned, axis)
    np.testing.assert_allclose(run(x, y, X), np.flip(expected, axis) if reverse else expected)
    pair = ops.associative_scan(lambda a, b: (a[0] * b[0], a[0] * b[1] + b[1]), (x, x), axis=axis, reverse=reverse)
    known = ops.associative_scan(lambda a, b: (a[0] * b[0], a[0] * b[1] + b[1]), (X, X), axis=axis, reverse=reverse)
    for got, want in zip(run(x, pair, X), known, strict=True):
        np.testing.assert_allclose(got, want)
    one = np.take(X, [1], axis)
    np.testing.assert_allclose(run(x, y, one), one)


def test_partial_results_have_gradients_where_the_length_is_not_known():
    class Own(keras.layers.Layer):
        def call(self, x):
            return ops.sum(ops.associative_scan(operator.mul, x, axis=1), axis=1, keepdims=True)
    x = keras.Input((None,))
    scaled = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", name="k")
    y = Own()(ops.squeeze(scaled(ops.expand_dims(x, -1)), -1))
    model = keras.Model(x, y)
    model.compile(keras.optimizers.SGD(1.0), lambda t, p: p)
    data = np.array([[2.0, 3.0, 0.5]], "float32")
    model.fit(data, np.zeros((1, 1)), verbose=0)
    # k a + k^2 a b + k^3 a b c at k = 1
    np.testing.assert_allclose(scaled.kernel, [[1 - (2 + 2 * 6 + 3 * 3)]], rtol=1e-6)


def test_loops_and_branches_are_one_operation():
    x, p, n = keras.KerasTensor((None, 3)), keras.KerasTensor((), "bool"), keras.KerasTensor((), "int32")
    assert ops.cond(p, lambda: ops.ones((1, 3)), lambda: ops.zeros((1, 3))).shape == (1, 3)
    with pytest.raises(ValueError):
        ops.cond(p, lambda: ops.ones((3,)), lambda: ops.zeros((4,)))
    carry, ys = ops.scan(lambda c, row: (c + row, c), ops.zeros(3), x)
    assert (carry.shape, ys.shape) == ((3,), (None, 3))
    total, before = run(x, [carry, ys], X)
    np.testing.assert_allclose(total, X.sum(0))
    np.testing.assert_allclose(before, np.cumsum(X, 0) - X)
    looped = ops.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2), (n, x))
    assert looped[1].shape == (None, 3)
    np.testing.assert_allclose(run([n, x], looped[1], np.int32(1), X), X * 4)
    np.testing.assert_allclose(run(x, ops.fori_loop(0, 3, lambda i, v: v + 1.0, x), X), X + 3)
    chosen = ops.switch(n, [lambda v: v, lambda v: -v], x)
    np.testing.assert_allclose(run([n, x], chosen, np.int32(1), X), -X)
    given = keras.Input((3,))
    with pytest.raises(ValueError, match="a loop or branch on symbolic tensors cannot be written to a file"):
        keras.Model(given, ops.map(lambda row: row * 2, given)).get_config()


def test_blocks_and_scattered_elements_of_unknown_sizes():
    x, at, news = keras.KerasTensor((4, None)), keras.KerasTensor((5, 2), "int32"), keras.KerasTensor((5,))
    y = ops.scatter_update(x, at, news)
    assert y.shape == (4, None)
    places = np.array([[0, 0], [3, 2], [-1, 0], [1, -1], [9, 0]], "int32")
    values = np.arange(5, dtype="float32") + 50
    np.testing.assert_allclose(run([x, at, news], y, X, places, values), ops.scatter_update(X, places, values))
    start, block = keras.KerasTensor((2,), "int32"), keras.KerasTensor((2, 2))
    y = ops.slice_update(x, start, block)
    assert y.shape == (4, None)
    for s in ([1, 1], [9, 9], [-2, 0]):
        s = np.array(s, "int32")
        np.testing.assert_allclose(run([x, start, block], y, X, s, np.ones((2, 2), "float32")),
                                   ops.slice_update(X, s, np.ones((2, 2), "float32")))
    parts = ops.unstack(x, num=3, axis=1)
    assert [p.shape for p in parts] == [(4,)] * 3
    for got, want in zip(run(x, parts, X), X.T, strict=True):
        np.testing.assert_allclose(got, want)
    with pytest.raises(ValueError, match="`num` must say it"):
        ops.unstack(x, axis=1)
    with pytest.raises(ValueError, match="expected `num` to be the size of axis 0"):
        ops.unstack(X, num=3)
    for args, words in [(((1, 1), (2, 2, 2)), "dimensions in `inputs` must match the dimensions in `shape`"),
                        (((1, 1, 1), (2, 2)), "dimensions in `start_indices` must match the dimensions in `inputs`")]:
        with pytest.raises(ValueError, match=words):
            ops.slice(X, *args)
    assert ops.saturate_cast(np.array([3], "int32"), None).dtype == "float32"
