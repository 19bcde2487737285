"""Calls without effect: values of variables go in, new ones come out; states as trees; names of variables."""
import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops

X = np.arange(6, dtype="float32").reshape(2, 3)


class Counts(layers.Layer):
    """Counts its calls, draws, and adds losses."""
    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(3)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")
        self.factor = self.add_weight(shape=(), initializer="ones", regularizer="l1", name="factor")

    def call(self, x):
        self.calls.assign_add(1)
        self.add_loss([ops.sum(x), ops.max(x)])
        return x * self.factor + self.calls + keras.random.normal((), seed=self.seed)


def test_stateless_call():
    layer, other = Counts(), Counts()
    expected, before = np.asarray(other(X)), [v.numpy() for v in layer.variables]
    given = [np.float32(1)], [np.float32(0), np.array([3, 0])]
    with pytest.raises(ValueError, match="needs a built layer"):
        layer.stateless_call(*given, X)
    layer.build(None)
    out, values, losses = layer.stateless_call(*given, X, return_losses=True)
    np.testing.assert_allclose(out, expected)
    assert [np.asarray(v).tolist() for v in values] == [1, [3, 1]] == [v.numpy().tolist() for v in other.non_trainable_variables]
    np.testing.assert_allclose([float(loss) for loss in losses], [15, 5, 0.01])
    out, values = layer.stateless_call([2.0], [5.0, [3, 0]], X)
    np.testing.assert_allclose(out, expected + X + 5, rtol=1e-6)
    for v, value in zip(layer.variables, before, strict=True):
        np.testing.assert_array_equal(v.numpy(), value)
    with pytest.raises(ValueError, match="`non_trainable_variables` must be a list.*expected 2 values, got 0"):
        layer.stateless_call([1.0], [], X)


def test_in_a_traced_step():
    class Steps(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1, use_bias=False, kernel_initializer="ones")

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            x, _ = data
            out, _ = self.dense.stateless_call([self.dense.kernel * 2.0], [], x)
            return {"out": ops.sum(out), "kernel": ops.sum(self.dense.kernel)}
    model = Steps()
    model.build((None, 3))
    model.compile("sgd", "mse")
    assert model.fit(X, X[:, :1], verbose=0).history == {"out": [30.0], "kernel": [3.0]}
    assert model.dense.kernel.numpy().tolist() == [[1.0]] * 3


def test_stateless_scope():
    a, b, c = keras.Variable([1.0, 2.0]), keras.Variable([0.0, 0.0]), keras.Variable(7.0)
    with keras.StatelessScope([(a, [5.0, 6.0])]) as scope:
        b.assign(a + 1.0)
        b.assign(b * 2.0)
        assert np.asarray(b + 0.0).tolist() == [12, 14] and np.asarray(scope.get_current_value(b)).tolist() == [12, 14]
    assert a.numpy().tolist() == [1, 2] and b.numpy().tolist() == [0, 0]
    assert np.asarray(scope.get_current_value(b)).tolist() == [12, 14] and scope.get_current_value(c) is None
    assert np.asarray(scope.get_current_value(a)).tolist() == [5, 6]
    b.assign(scope.get_current_value(b))
    assert b.numpy().tolist() == [12, 14]
    for mapping, words in ([("a", 1.0)], "all keys in argument `mapping` must be Variable"), (
            [(a, [1.0])], r"all values in argument `mapping` must be tensors with .* expected \(2,\)"):
        with pytest.raises(ValueError, match=words):
            keras.StatelessScope(mapping)


def test_state_trees():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Dense(2, name="out")(x))
    model.compile("adam", "mse")
    model.fit(X, X[:, :2], verbose=0)
    state = model.get_state_tree()
    assert set(state) == {"trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables"}
    assert int(state["optimizer_variables"]["adam"]["iteration"]) == 1 and float(state["metrics_variables"]["loss"]["count"]) == 2
    plain = model.get_state_tree("numpy_array")
    assert type(plain["trainable_variables"]["out"]["kernel"]) is np.ndarray and state["non_trainable_variables"] == {}
    model.set_state_tree({"trainable_variables": {"out": {"bias": [3.0, 4.0]}}, "optimizer_variables": {"adam": {"iteration": 9}}})
    assert model.layers[1].bias.numpy().tolist() == [3, 4] and int(model.optimizer.iterations) == 9
    np.testing.assert_array_equal(model.layers[1].kernel.numpy(), plain["trainable_variables"]["out"]["kernel"])
    for call, words in ((lambda: model.get_state_tree("list"), "Expected one of .* got 'list'"),
                        (lambda: model.set_state_tree({"weights": {}}), "expected the keys .* got 'weights'"),
                        (lambda: model.set_state_tree({"trainable_variables": {"in": 1}}), "no variable at the path 'in'")):
        with pytest.raises(ValueError, match=words):
            call()

    class Twice(keras.Model):
        def __init__(self):
            super().__init__(name="twice")
            self.a, self.b = layers.Dense(2, name="same"), layers.Dense(2, name="same")

        def call(self, x):
            return self.b(self.a(x))
    twice = Twice()
    twice(X)
    with pytest.raises(ValueError, match="variable path is found twice in the model: 'twice/same/kernel'"):
        twice.get_state_tree()


def test_seeds_are_variables():
    layer = Counts()
    layer.more = [keras.random.SeedGenerator(1), {"one": keras.random.SeedGenerator(2)}]
    assert [v.numpy().tolist() for v in layer.variables[2:]] == [[3, 0], [1, 0], [2, 0]]
    assert layer.non_trainable_variables == [layer.calls, *layer.variables[2:]] and len(layer.weights) == 2
    dropout = layers.Dropout(0.5, seed=4)
    assert [v.numpy().tolist() for v in dropout.variables] == [[4, 0]] and layers.Dropout(0.0).variables == []
    expected = np.asarray(layers.Dropout(0.5, seed=4)(X, training=True))
    np.testing.assert_array_equal(np.asarray(dropout(X, training=True)), expected)
    assert dropout.variables[0].numpy().tolist() == [4, 1] and keras.Sequential([dropout]).non_trainable_variables == dropout.variables


def test_name_scopes():
    with keras.name_scope("outer"):
        with keras.name_scope("inner") as inner:
            v = keras.Variable(1.0, name="v")
        assert v.path == "outer/inner/v" and inner.name == "inner"
        owner = object()
        with keras.name_scope("own", caller=owner), keras.name_scope("own", caller=owner):
            assert keras.Variable(1.0, name="w").path == "outer/own/w"
        with keras.name_scope("far", override_parent="/a/b"):
            assert keras.Variable(1.0, name="w").path == "a/b/far/w"
    assert keras.Variable(1.0, name="w").path == "w"
    for name in "a/b", 4:
        with pytest.raises(ValueError, match="must be a string"):
            keras.name_scope(name)


def test_weights_that_go():
    class Changes(layers.Layer):
        def __init__(self):
            super().__init__()
            self.w = self.add_weight(shape=(2,), initializer="ones")
    layer = Changes()
    layer.w = layer._untrack_variable(layer.w)
    assert layer.weights == [] and layer.w is None

    class Before(layers.Layer):
        def __init__(self):
            self.v = keras.Variable([1.0])
            super().__init__()
    assert len(Before().weights) == 1


def test_metrics_and_optimizers_without_state():
    metric = keras.metrics.MeanSquaredError()
    metric.update_state([1.0, 2.0], [0.0, 0.0])
    kept = [v.numpy() for v in metric.variables]
    start = metric.stateless_reset_state()
    assert [float(v) for v in start] == [0.0] * len(kept)
    state = start
    for y in ([1.0], [3.0]):
        state = metric.stateless_update_state(state, y, [0.0])
    assert float(metric.stateless_result(state)) == 5.0
    assert [v.numpy() for v in metric.variables] == kept and float(metric.result()) == 2.5
    with pytest.raises(ValueError, match="metric_variables.*1:1.*expected 2 values, got 1"):
        metric.stateless_result([0.0])

    for make in (lambda: keras.optimizers.SGD(0.1, momentum=0.5), lambda: keras.optimizers.Adam(0.1)):
        here, there = keras.Variable(np.float32([1, 2])), keras.Variable(np.float32([1, 2]))
        optimizer, stateful = make(), make()
        with pytest.raises(ValueError, match="must be built"):
            optimizer.stateless_apply([], [], [])
        optimizer.build([here])
        state, weights = [v.value for v in optimizer.variables], [here.value]
        for g in (np.float32([1, -1]), np.float32([0.5, 2])):
            weights, state = optimizer.stateless_apply(state, [g], weights)
            stateful.apply([g], [there])
        np.testing.assert_array_equal(np.asarray(weights[0]), there.numpy())
        np.testing.assert_array_equal(here.numpy(), [1, 2])
        assert int(optimizer.iterations) == 0
        optimizer.set_weights(state)
        assert int(optimizer.iterations) == 2
        with pytest.raises(ValueError, match="needs a value for each of"):
            optimizer.set_weights(state[:1])


def test_stateless_compute_loss():
    class Own(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1],), initializer="ones", regularizer="l1")

        def call(self, x):
            return ops.sum(x * self.w, axis=-1, keepdims=True)
    model = keras.Sequential([keras.Input((3,)), Own()])
    model.compile("sgd", "mse", metrics=["mae"])
    model.build()
    y = X[:, :1]
    trained, others = [np.array([1, 2, 3], "float32")], list(model.non_trainable_variables)
    metrics = [v.value for v in model.metrics_variables]
    y_pred, _ = model.stateless_call(trained, others, X)
    loss, now = model.stateless_compute_loss(trained, others, metrics, x=X, y=y, y_pred=y_pred)
    expected = np.mean((X @ trained[0][:, None] - y) ** 2)
    np.testing.assert_allclose(float(loss), expected + 0.01 * 6, rtol=1e-6)
    assert [len(part) for part in now] == [1, len(others), len(metrics)]
    assert np.all(model.layers[-1].w.numpy() == 1)  # and nothing was changed
    half = model.stateless_compute_loss(trained, others, metrics, X, y, y_pred, np.array([0.5, 0.5]))[0]
    np.testing.assert_allclose(float(half), expected / 2 + 0.06, rtol=1e-6)
    with pytest.raises(ValueError, match="`trainable_variables` must be a list.*expected 1 values, got 0"):
        model.stateless_compute_loss([], others, metrics, X, y, y_pred)


def test_remat_changes_no_result():
    def f(x, scale=1.0):
        """Doubles."""
        return ops.tanh(x * 2.0) * scale
    again = keras.remat(f)
    assert again.__doc__ == "Doubles." and np.array_equal(again(X, scale=3.0), f(X, scale=3.0))
    with pytest.raises(TypeError, match="remat: expected a function, got 3"):
        keras.remat(3)
    layer = layers.Dense(2, "relu", name="dense_of_scope")
    plain = np.asarray(layer(X))
    for given in ({}, {"mode": "activations"}, {"mode": "larger_than", "output_size_threshold": 1}, {"mode": None},
                  {"mode": "list_of_layers", "layer_names": ["dense_of_scope"]}):
        with keras.RematScope(**given) as scope:
            assert np.array_equal(np.asarray(layer(X)), plain)
            assert scope.mode == given.get("mode", "full")
    with pytest.raises(ValueError, match="Invalid mode 'some'"):
        keras.RematScope("some")
    with pytest.raises(ValueError, match="output_size_threshold"):
        keras.RematScope(output_size_threshold=1.5)
