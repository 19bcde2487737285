"""ops.cond in traced code: what its branches do counts for the one that is chosen, as when they run line by line."""
import numpy as np
import pytest

import cornu as keras
from cornu import ops
from cornu._tape import GradientTape

#: Batches of one row, of both signs.
X = np.array([[3.0], [-4.0], [5.0], [-0.5]], "float32")
Y = np.array([[1.0], [2.0], [3.0], [4.0]], "float32")


class Scaled(keras.layers.Layer):
    """x times a weight, and what `branches` makes of that."""
    def __init__(self, branches, **kwargs):
        super().__init__(**kwargs)
        self.branches = branches
        self.inner = keras.layers.Dense(1, kernel_initializer="ones", activity_regularizer="l2")
        self.seen = keras.metrics.Mean(name="seen")

    def build(self, _):
        self.w = self.add_weight((), "ones", name="w")
        self.inner.build((None, 1))  # line by line, the row of zeros that builds a model takes the other branch
        self.count = self.add_weight((), "zeros", trainable=False, name="count")

    def call(self, x):
        return self.branches(self, x, self.w * x)


def adds_losses(layer, x, y):
    def positive():
        layer.add_loss(ops.sum(ops.square(y)))
        return y

    def otherwise():
        layer.add_loss(3.0 * layer.w)
        return -y
    return ops.cond(ops.sum(x) > 0, positive, otherwise)


def penalizes_an_activity(layer, x, y):
    return ops.cond(ops.sum(x) > 0, lambda: layer.inner(y), lambda: y)


def unset(variable):
    variable.assign(-1.0)


def is_nested(layer, x, y):
    def large():
        layer.add_loss(7.0 * layer.w)
        layer.count.assign_add(100.0)
        return 2 * y

    def small():
        layer.count.assign_add(1.0)
        ops.cond(ops.sum(x) > -1, lambda: layer.add_loss(5.0 * layer.w), lambda: unset(layer.count))
        return y
    return ops.cond(ops.sum(x) > 4, large, small)


def takes_the_root(layer, x, y):
    """The root of a negative number has no gradient: 0 times NaN must not come back from the branch not taken."""
    def positive():
        layer.add_loss(ops.sqrt(ops.sum(y)))
        return ops.sqrt(ops.sqrt(y) * layer.w)
    return ops.cond(ops.sum(x) > 0, positive, lambda: y)


def updates_a_metric(layer, x, y):
    def positive():
        layer.seen.update_state(y)
        return y
    return ops.cond(ops.sum(x) > 0, positive, lambda: y)


def fitted(branches, eagerly):
    keras.utils.set_random_seed(1)
    layer = Scaled(branches)
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(keras.optimizers.SGD(.002), "mse", run_eagerly=eagerly)
    history = model.fit(X, Y, batch_size=1, epochs=3, shuffle=False, verbose=0)
    losses = [model.evaluate(X[i:i + 1], Y[i:i + 1], verbose=0) for i in range(4)]
    return [*history.history["loss"], *losses, *(float(np.sum(w)) for w in model.get_weights()),
            float(layer.seen.result())]


@pytest.mark.parametrize("branches", [adds_losses, penalizes_an_activity, is_nested, takes_the_root, updates_a_metric],
                         ids=lambda f: f.__name__)
def test_as_line_by_line(branches):
    compiled, by_line = fitted(branches, False), fitted(branches, True)
    assert np.isfinite(by_line).all()
    assert compiled == pytest.approx(by_line, rel=1e-6)


def test_only_the_loss_of_the_branch_that_is_chosen():
    model = keras.Sequential([keras.Input((1,)), Scaled(adds_losses)])
    model.compile(keras.optimizers.SGD(.0), "mse")
    assert model.evaluate(X[:1], Y[:1], verbose=0) == (3 - 1) ** 2 + 9
    assert model.evaluate(X[1:2], Y[1:2], verbose=0) == (4 - 2) ** 2 + 3


def test_steps_taken_within_a_branch():
    """Gradients are taken in the branch, of a loss from before it."""
    class Careful(keras.Model):
        def __init__(self):
            super().__init__()
            self.d = keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)

        def call(self, x):
            return self.d(x)

        def train_step(self, data):
            x, y = data
            with GradientTape() as tape:
                loss = ops.mean(ops.square(self(x) - y))

            def step():
                self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
            ops.cond(loss > 10, step, lambda: None)
            return {"loss": loss}
    model = Careful()
    model.compile(keras.optimizers.SGD(.01))
    model.fit(X[:1], Y[:1], verbose=0)
    assert np.asarray(model.d.kernel).item() == 1
    model.fit(X[1:2], Y[1:2], verbose=0)
    assert np.asarray(model.d.kernel).item() == pytest.approx(1 - .01 * 2 * -6 * -4)


def test_both_must_give_one_shape():
    class Other(keras.layers.Layer):
        def call(self, x):
            return ops.cond(ops.sum(x) > 0, lambda: x, lambda: ops.sum(x))
    with pytest.raises(ValueError, match=r"cond: both functions must give tensors of one shape, got \(None, 1\) and \(\)"):
        keras.Sequential([Other()]).predict(X, verbose=0)
