"""What attributes of layers, models and metrics hold: found, trained once, saved, reset."""
import copy
import pickle

import numpy as np
import pytest
from numpy_network import Adam, Network, slopes

import cornu as keras
from cornu import layers, ops

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 4)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5], [0.0]]).astype("float32")


class Appended(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = []
        for units in (8, 8):
            self.hidden.append(layers.Dense(units, activation="relu"))
        self.by_name = {}
        self.by_name["out"] = layers.Dense(1)

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.by_name["out"](x)


def test_layers_put_into_lists_and_dictionaries_later(tmp_path):
    model = Appended()
    model(X)
    assert model.count_params() == 4 * 8 + 8 + 8 * 8 + 8 + 9 and len(model.layers) == 3
    assert isinstance(model.hidden, list) and isinstance(model.by_name, dict)
    right = Network([*model.hidden, model.by_name["out"]], optimizer=Adam())
    model.compile("adam", "mse")
    model.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    right.fit(X, Y, epochs=2)
    right.check_weights(model)
    model.save_weights(tmp_path / "m.weights.h5")
    other = Appended()
    other(X)
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize("where", ["init", "build"])
def test_variables_in_attributes_are_weights(where):
    class Scale(layers.Layer):
        def __init__(self):
            super().__init__()
            if where == "init":
                self.make()

        def make(self):
            self.factor = keras.Variable(np.ones(4, "float32"), name="factor")
            self.more = [keras.Variable(np.zeros(4, "float32"), trainable=False, name="fixed")]

        def build(self, shape):
            if where == "build":
                self.make()

        def call(self, x):
            return x * self.factor + self.more[0]

    model = keras.Sequential([keras.Input((4,)), Scale(), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert len(model.trainable_weights) == 3 and len(model.weights) == 4

    def loss(weights):
        factor, kernel, bias = weights
        return np.mean((X * factor @ kernel + bias - Y) ** 2)

    right = [np.array(w) - 0.01 * g for w, g in zip(model.trainable_weights, slopes(loss, model.trainable_weights))]
    model.fit(X, Y, batch_size=64, verbose=0)
    for mine, theirs in zip(right, model.trainable_weights, strict=True):
        np.testing.assert_allclose(theirs, mine, rtol=1e-4, atol=1e-6)
    assert model.layers[0].more[0].numpy().tolist() == [0] * 4


def test_layers_have_weights_though_their_model_is_gone():
    first, second = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(2)]).layers
    assert [w.shape for w in second.get_weights()] == [(3, 2), (2,)]
    assert [w.shape for w in first.weights] == [(4, 3), (3,)]


class Block(layers.Layer):
    def __init__(self, shared):
        super().__init__()
        self.shared, self.own = shared, layers.Dense(4)

    def call(self, x):
        return self.own(self.shared(x))


class Sharing(keras.Model):
    def __init__(self):
        super().__init__()
        shared = layers.Dense(4, kernel_regularizer="l2")
        self.b, self.a, self.out = Block(shared), Block(shared), layers.Dense(1)

    def call(self, x):
        return self.out(self.a(self.b(x)))


def test_layers_reached_on_two_ways_count_and_train_once(tmp_path):
    model = Sharing()
    model(X)
    assert len(model.weights) == len(model.trainable_weights) == 8 and model.count_params() == 65
    assert len(model.losses) == 1
    order = [model.b.shared, model.b.own, model.a.own, model.out]

    def loss(weights):
        shared, first, second, out = zip(weights[::2], weights[1::2])
        x = X
        for kernel, bias in (shared, first, shared, second, out):
            x = x @ kernel + bias
        return np.mean((x - Y) ** 2) + 0.01 * (shared[0] ** 2).sum()  # the penalty counts once

    before = [w for layer in order for w in layer.get_weights()]
    right = [w - 0.1 * g for w, g in zip(before, slopes(loss, before))]
    model.compile(keras.optimizers.SGD(0.1), "mse")
    assert model.fit(X, Y, batch_size=64, epochs=1, verbose=0).history["loss"] == pytest.approx([loss(before)], rel=1e-5)
    for mine, theirs in zip(right, [w for layer in order for w in layer.get_weights()], strict=True):
        np.testing.assert_allclose(theirs, mine, rtol=1e-4, atol=1e-5)
    assert len(model.optimizer.variables) == 2 + 0
    model.save_weights(tmp_path / "m.weights.h5")
    other = Sharing()
    other(X)
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))

    class Whole(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
            self.decoder = keras.Sequential([keras.Input((2,)), layers.Dense(4)])
            self.full = keras.Sequential([self.encoder, self.decoder])

        def call(self, x):
            return self.full(x)

    whole = Whole()
    whole(X)
    assert len(whole.weights) == 4 and whole.count_params() == 2 * 4 + 2 + 4 * 2 + 4


@pytest.mark.parametrize("inner", ["variable", "metric", "own"])
def test_state_of_metrics_starts_anew_each_epoch(inner):
    class Count(keras.metrics.Metric):
        def __init__(self, name="count", **kwargs):
            super().__init__(name=name, **kwargs)
            self.held = {"variable": lambda: keras.Variable(0.0), "metric": lambda: keras.metrics.Sum(),
                         "own": lambda: self.add_weight(name="n")}[inner]()

        def update_state(self, y_true, y_pred, sample_weight=None):
            if inner == "metric":
                self.held.update_state(ops.ones(()))
            else:
                self.held.assign_add(1.0)

        def result(self):
            return self.held.result() if inner == "metric" else self.held

    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Count()])
    history = model.fit(X, Y, batch_size=16, epochs=3, validation_data=(X[:16], Y[:16]), verbose=0).history
    assert history["count"] == [4, 4, 4] and history["val_count"] == [1, 1, 1]


def test_reset_metrics_of_ones_own():
    calls = []

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)
            self.tracker = keras.metrics.Mean(name="tracked")

        def call(self, x):
            return self.dense(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = ops.mean(ops.square(y - y_pred))
            self.tracker.update_state(1.0)
            return loss

        def reset_metrics(self):
            calls.append(1)
            self.tracker.reset_state()

        @property
        def metrics(self):
            return [self.tracker]

    model = Own()
    model.compile("sgd")
    history = model.fit(X, Y, epochs=3, verbose=0).history
    assert len(calls) == 3 and history["tracked"] == [1, 1, 1]
    assert float(keras.metrics.Mean().total) == 0


def test_fit_without_targets():
    class Auto(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(4)

        def call(self, x):
            out = self.dense(x)
            self.add_loss(ops.mean(ops.square(out - x)))
            return out

    for data, size in ((X, 32), ((X[i:i + 16] for i in range(0, 64, 16)), 16)):
        model = Auto()
        model(X[:1])
        right = Network([model.dense], optimizer=Adam())
        model.compile("adam")
        losses = model.fit(data, shuffle=False, verbose=0).history["loss"]
        assert losses == pytest.approx(right.fit(X, X, size), rel=1e-5)
        right.check_weights(model)

    class Step(Auto):
        def train_step(self, data):
            from cornu._tape import GradientTape
            with GradientTape() as tape:
                loss = ops.mean(ops.square(self(data, training=True) - data))
            self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables))
            return {"mine": loss}

    model = Step()
    model(X[:1])
    right = Network([model.dense])
    model.compile("sgd")
    losses = model.fit(X, batch_size=64, epochs=5, verbose=0).history["mine"]
    assert losses == pytest.approx(right.fit(X, X, 64, 5), rel=1e-5)


def test_a_generator_that_ends_ends_the_training(capsys):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    right = Network(model.layers)
    history = model.fit(((X[i:i + 16], Y[i:i + 16]) for i in range(0, 64, 16)), epochs=3, verbose=0)
    assert history.history["loss"] == pytest.approx(right.fit(X, Y, 16), rel=1e-5)
    assert "no batch left for epoch 2 of 3" in capsys.readouterr().err


def own_metric(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


def own_activation(x):
    return ops.tanh(x) * 2


def own_initializer(shape, dtype=None):
    return ops.ones(shape, dtype=dtype or "float32") * 0.5


def own_regularizer(w):
    return 0.01 * ops.sum(ops.abs(w))


def test_functions_as_custom_objects(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(
        3, activation=own_activation, kernel_initializer=own_initializer, kernel_regularizer=own_regularizer),
        layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[own_metric])
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "m.keras")
    custom = {f.__name__: f for f in (own_metric, own_activation, own_initializer, own_regularizer)}
    again = keras.models.load_model(tmp_path / "m.keras", custom_objects=custom)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert again.evaluate(X, Y, verbose=0, return_dict=True).keys() == {"loss", "own_metric"}
    np.testing.assert_allclose(again.evaluate(X, Y, verbose=0), model.evaluate(X, Y, verbose=0), rtol=1e-6)


def test_pickles_and_copies():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
        assert other.optimizer.iterations == model.optimizer.iterations


@pytest.mark.parametrize("call, words", [
    (lambda m: m.predict([X, X]), "expected 1 input, got a list of 2"),
    (lambda m: m.fit([X, X], Y, verbose=0), "expected 1 input, got a list of 2"),
    (lambda m: m.fit(X, Y, class_weight="balanced", verbose=0), "class_weight must be a dictionary"),
])
def test_sentences(call, words):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises((ValueError, RuntimeError), match=words):
        call(model)
    with pytest.raises(AttributeError, match="it is no functional model"):
        keras.Sequential([layers.Dense(1)]).inputs


def test_old_names_of_arguments():
    with pytest.warns(UserWarning, match="called 'negative_slope' now"):
        assert layers.LeakyReLU(alpha=0.2).get_config()["negative_slope"] == pytest.approx(0.2)
    with pytest.warns(UserWarning, match="'decay' is ignored"):
        keras.optimizers.SGD(0.1, decay=1e-6)


def test_cond():
    x = ops.convert_to_tensor([1.0, -3.0])
    assert float(ops.cond(ops.mean(x) > 0, lambda: ops.sum(x), lambda: ops.max(x))) == 1
    assert float(ops.cond(ops.convert_to_tensor(True), lambda: ops.sum(x), lambda: ops.max(x))) == -2


def test_mean_metric_wrapper():
    class Mine(keras.metrics.MeanMetricWrapper):
        def __init__(self, name="mine", **kwargs):
            super().__init__(own_metric, name=name, **kwargs)

    m = Mine()
    m.update_state([[1.0], [2.0]], [[2.0], [4.0]])
    assert float(m.result()) == 1.5


def test_signatures_of_subclasses_are_their_own():
    import inspect

    class Wide(layers.Dense):
        def __init__(self, width=3, **kwargs):
            super().__init__(width, **kwargs)

    assert str(inspect.signature(Wide)) == "(width=3, **kwargs)"
    assert list(inspect.signature(layers.Dense).parameters)[0] == "units"


def test_shapes_and_sizes_of_built_layers():
    layer = layers.Dense(3)
    with pytest.raises(ValueError, match="needs a built layer"):
        layer.count_params()
    layer.build((None, 4))
    assert layer.count_params() == 15 and layer.compute_output_shape((None, 4)) == (None, 3)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Reshape((3, 1))])
    assert model.compute_output_shape((7, 4)) == (7, 3, 1)
