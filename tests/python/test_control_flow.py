"""Loops and branches of keras.ops: line by line, in compiled functions and in training, with their gradients."""
import numpy as np
import pytest

import cornu as keras
from cornu import ops
from cornu._tape import GradientTape


def test_scan_gives_the_last_carry_and_what_is_stacked():
    xs = np.arange(1, 7, dtype="int32")
    carry, y = ops.scan(lambda c, x: (c + x, (c, {"twice": 2 * x})), ops.convert_to_tensor(0), xs)
    assert int(carry) == 21
    np.testing.assert_array_equal(np.asarray(y[0]), [0, 1, 3, 6, 10, 15])
    np.testing.assert_array_equal(np.asarray(y[1]["twice"]), 2 * xs)
    carry, y = ops.scan(lambda c, x: (c * 2.0, None), np.float32(1), None, length=4)
    assert float(carry) == 16 and y is None
    _, y = ops.scan(lambda c, x: (c + x, c), np.int32(0), xs, reverse=True)
    np.testing.assert_array_equal(np.asarray(y), [20, 18, 15, 11, 6, 0])


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_associative_scan(n, axis, reverse):
    x = np.random.default_rng(0).normal(size=(n, n, n)).astype("float32")
    got = np.asarray(ops.associative_scan(lambda a, b: a + b, x, reverse=reverse, axis=axis))
    flipped = np.flip(x, axis) if reverse else x
    right = np.cumsum(flipped, axis)
    np.testing.assert_allclose(got, np.flip(right, axis) if reverse else right, rtol=1e-5, atol=1e-6)


def test_maps():
    x = np.arange(6, dtype="float32").reshape(3, 2)
    np.testing.assert_array_equal(np.asarray(ops.map(lambda r: ops.sum(r) * 2, x)), x.sum(1) * 2)
    out = ops.vectorized_map(lambda t: {"s": t[0] + t[1]}, (x, 10 * x))
    np.testing.assert_array_equal(np.asarray(out["s"]), 11 * x)


def test_while_loop_keeps_what_it_was_given():
    assert int(ops.while_loop(lambda i: i < 10, lambda i: i + 3, 0)) == 12
    out = ops.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s * 2), [0, np.float32(1)])
    assert isinstance(out, list) and int(out[0]) == 4 and float(out[1]) == 16
    i, = ops.while_loop(lambda i: i < 10, lambda i: (i + 1,), (0,), maximum_iterations=3)
    assert int(i) == 3
    out = ops.while_loop(lambda d: d["n"] < 3, lambda d: {"n": d["n"] + 1, "v": d["v"] * 2}, {"n": 0, "v": 1})
    assert int(out["v"]) == 8


def test_fori_loop_and_switch():
    assert int(ops.fori_loop(0, 5, lambda i, v: v + i, 0)) == 10
    branches = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b]
    assert [int(ops.switch(i, branches, 7, 2)) for i in (-1, 0, 1, 2, 9)] == [9, 9, 5, 14, 14]


class Recurrent(keras.layers.Layer):
    """A simple recurrence over (rows, time, features), as `loop` goes through it."""
    def __init__(self, units, loop, **kwargs):
        super().__init__(**kwargs)
        self.units, self.loop = units, loop

    def build(self, shape):
        self.w = self.add_weight((shape[-1], self.units), keras.initializers.GlorotUniform(1), name="w")
        self.u = self.add_weight((self.units, self.units), keras.initializers.Orthogonal(seed=2), name="u")
        self.steps = self.add_weight((), "zeros", trainable=False, name="steps")

    def call(self, x):
        start = ops.zeros_like(ops.matmul(x[:, 0], self.w))

        def step(h, x):
            self.steps.assign_add(1.0)
            h = ops.tanh(ops.matmul(x, self.w) + ops.matmul(h, self.u))
            return h, h
        if self.loop == "unrolled":
            h = start
            for t in range(x.shape[1]):
                h, _ = step(h, x[:, t])
            return h
        return ops.scan(step, start, ops.transpose(x, (1, 0, 2)))[0]


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_scan_trains_as_the_loop_that_it_is(eagerly):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(20, 7, 3)).astype("float32"), rng.normal(size=(20, 1)).astype("float32")

    def trained(loop):
        keras.utils.set_random_seed(1)
        layer = Recurrent(5, loop)
        model = keras.Sequential([keras.Input((7 if loop == "unrolled" else None, 3)), layer, keras.layers.Dense(1)])
        model.compile("adam", "mse", run_eagerly=eagerly)
        losses = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
        if loop == "scan":  # any length
            assert model.predict(x[:, :4], verbose=0).shape == (20, 1)
            layer.steps.assign_sub(4.0)
        return losses, model.predict(x, verbose=0), float(layer.steps.numpy())
    scan, unrolled = trained("scan"), trained("unrolled")
    np.testing.assert_allclose(scan[0], unrolled[0], rtol=2e-6)
    np.testing.assert_allclose(scan[1], unrolled[1], rtol=2e-5)
    assert scan[2] == unrolled[2] > 0


def test_losses_within_a_loop_count_for_each_step():
    class Penalized(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = keras.layers.Dense(2, kernel_initializer="ones", use_bias=False)

        def build(self, shape):
            self.inner.build((None, 2))

        def call(self, x):
            def step(c, row):
                self.add_loss(ops.sum(row))
                return c, self.inner(row)
            return ops.transpose(ops.scan(step, np.float32(0), ops.transpose(x, (1, 0, 2)))[1], (1, 0, 2))
    x = np.ones((2, 3, 2), "float32")
    for eagerly in (False, True):
        model = keras.Sequential([keras.Input((3, 2)), Penalized()])
        model.compile("sgd", "mse", run_eagerly=eagerly)
        assert model.evaluate(x, np.full((2, 3, 2), 2.0), verbose=0) == 12


def test_gradients_in_a_branch_of_what_was_calculated_before_it():
    """The loss of the branch leads back through values from outside."""
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.d = keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)

        def call(self, x):
            return self.d(x)

        def train_step(self, data):
            x, y = data
            with GradientTape() as tape:
                error = self(x) - y

                def step():
                    loss = ops.mean(ops.square(error))
                    self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
                    return loss
                loss = ops.cond(ops.sum(error) > 0, step, lambda: ops.sum(error * 0.0))
            return {"loss": loss}
    model = Net()
    model.compile(keras.optimizers.SGD(.01))
    model.fit(np.ones((1, 1), "float32"), np.full((1, 1), 4, "float32"), verbose=0)
    assert float(model.d.kernel.numpy().item()) == 1  # below: nothing happens
    model.fit(np.ones((1, 1), "float32"), np.full((1, 1), -1, "float32"), verbose=0)
    assert float(model.d.kernel.numpy().item()) == pytest.approx(1 - .01 * 2 * 2)


def test_custom_gradient():
    @ops.custom_gradient
    def log1pexp(x):
        e = ops.exp(x)

        def grad(*args, upstream=None):
            if upstream is None:
                (upstream,) = args
            return upstream * (1.0 - 1.0 / (1.0 + e))
        return ops.log(1.0 + e), grad

    x = keras.Variable(100.0)
    with GradientTape() as tape:
        y = log1pexp(x)
    assert float(tape.gradient(y, x)) == 1.0
    assert np.isinf(float(log1pexp(np.float32(100))))


@pytest.mark.parametrize("call, kind, words", [
    (lambda: ops.scan(3, 0, np.zeros(2)), TypeError, "f should be a callable"),
    (lambda: ops.scan(lambda c, x: (c, x), 0), ValueError, "no xs"),
    (lambda: ops.scan(lambda c, x: (c, x), 0, np.zeros(2), unroll=-1), ValueError, "unroll must be a positive integer"),
    (lambda: ops.scan(lambda c, x: c, 0, np.zeros(2)), TypeError, r"must give \(carry, y\)"),
    (lambda: ops.scan(lambda c, x: (c, x), 0, np.float32(2)), ValueError, "axis to go along"),
    (lambda: ops.scan(lambda c, x: ((c, c), x), 0, np.zeros(2)), ValueError, "carry must stay of one structure"),
    (lambda: ops.while_loop(lambda i: i < 2, lambda i: ops.stack([i, i]), 0), ValueError, "stay of one shape"),
    (lambda: ops.associative_scan(lambda a, b: a, np.zeros((2, 3)), axis=4), ValueError, "axis must be in"),
    (lambda: ops.fori_loop(0.5, 2, lambda i, v: v, 0), ValueError, "whole numbers"),
    (lambda: ops.switch(0, []), ValueError, "at least one branch"),
])
def test_what_does_not_fit(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
