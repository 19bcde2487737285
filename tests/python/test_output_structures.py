"""Training by structures of outputs: what losses, weights, metrics and targets may be, names of logs, inputs that may be
None, and ends of evaluations that callbacks ask for. Values are in test_graphs.py."""
from collections import namedtuple

import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops

X = np.linspace(-1, 1, 24).reshape(8, 3).astype("float32")
A, B = X.sum(1, keepdims=True), X[:, :1] * 2
Pair = namedtuple("Pair", "u v")


def model(make):
    x = keras.Input((3,), name="x")
    u, v = (layers.Dense(1, name=name, kernel_initializer="ones") for name in "uv")
    return keras.Model(x, make(u(x), v(x)))


def structure(make, **compiled):
    made = model(make)
    made.compile(keras.optimizers.SGD(0.0), **compiled)
    return made


def off(y_true, y_pred):
    """A loss of a structure."""
    keras.tree.assert_same_structure(y_true, y_pred)
    return sum(ops.mean(ops.abs(t - p), -1) for t, p in zip(keras.tree.flatten(y_true), keras.tree.flatten(y_pred)))


P = X.sum(1, keepdims=True)  # what both outputs give
ERROR = np.abs(A - P).mean() + np.abs(B - P).mean()


@pytest.mark.parametrize("make, losses, names", [
    (lambda u, v: (u, v), [off, ("mae", "mse")], ["u_v_loss", "u_loss", "v_loss"]),
    (lambda u, v: [u, v], (off, ["mae", "mse"]), ["u_v_loss", "u_loss", "v_loss"]),
    (lambda u, v: {"a": u, "b": v}, [off, {"a": "mae", "b": "mse"}], ["a_b_loss", "a_loss", "b_loss"]),
    (Pair, [off, Pair("mae", "mse")], ["u_v_loss", "u_loss", "v_loss"])])
def test_losses_of_several_outputs_at_once(make, losses, names):
    made = structure(make, loss=losses)
    y = make(A, B)
    logs = made.evaluate(X, y, verbose=0, return_dict=True)
    assert sorted(logs) == sorted(["loss", *names])
    expected = [ERROR, np.abs(A - P).mean(), ((B - P) ** 2).mean()]
    np.testing.assert_allclose([logs[n] for n in names], expected, rtol=1e-5, atol=1e-6)
    assert np.isclose(logs["loss"], sum(expected), rtol=1e-5)
    weights = keras.tree.map_structure(lambda _: 2.0, losses)
    made = structure(make, loss=losses, loss_weights=weights)
    assert np.isclose(made.evaluate(X, y, verbose=0, return_dict=True)["loss"], 2 * sum(expected), rtol=1e-5)
    assert type(made.predict(X, verbose=0)) is type(y) and type(made(X)) is type(y)
    some = np.array([1.0] * 4 + [0.0] * 4)
    halved = made.evaluate(X, y, sample_weight=some, verbose=0, return_dict=True)[names[0]]
    assert np.isclose(halved, (np.abs(A - P)[:4].sum() + np.abs(B - P)[:4].sum()) / 8, rtol=1e-5, atol=1e-6)
    if not isinstance(y, dict):
        with pytest.raises(RuntimeError, match="takes one sample_weight for all, got 2"):
            made.evaluate(X, y, sample_weight=[some, some], verbose=0)


def test_structures_in_structures():
    def make(u, v):
        return {"a": (u, v), "b": {"c": u, "d": v}, "e": v}
    made = structure(make, loss={"a": [off, (None, "mae")], "b": {"c": "mse"}, "e": ["mae", "mse"]},
                     metrics={"a": ("mse", None), "b": {"c": None, "d": ["mae", "mse"]}, "e": None})
    y = make(A, B)
    logs = made.evaluate(X, y, verbose=0, return_dict=True)
    assert sorted(logs) == ["a/v_loss", "a_loss", "b/c_loss", "e_loss", "loss", "u_mse", "v_mae", "v_mse"]
    off_v, square = np.abs(B - P).mean(), ((B - P) ** 2).mean()
    for name, value in {"a_loss": ERROR, "a/v_loss": off_v, "b/c_loss": 0, "e_loss": square, "v_mae": off_v,
                        "loss": ERROR + off_v + off_v + square, "u_mse": 0, "v_mse": square}.items():
        assert np.isclose(logs[name], value, rtol=1e-5, atol=1e-6), name


def test_names_of_weighted_metrics():
    made = structure(lambda u, v: {"a": u, "b": v}, loss={"a": "mse", "b": "mse"}, metrics={"a": ["mae"], "b": ["mae"]},
                     weighted_metrics={"a": ["mae", "mae"], "b": ["mse"]})
    logs = made.evaluate(X, {"a": A, "b": B}, verbose=0, return_dict=True)
    assert sorted(logs) == ["a_loss", "a_mae", "a_weighted_mae", "a_weighted_mae_1", "b_loss", "b_mae", "b_mse", "loss"]


@pytest.mark.parametrize("make, y, compiled, kind, words", [
    (lambda u, v: [u, v], [A, B], {"loss": {"u": "mse", "w": "mse"}}, ValueError,
     r"Functional '\w+': Expected keys \[u, v\] in loss dict, the names of the outputs, got \[u, w\]"),
    (lambda u, v: [u, v], [A, B], {"loss": {"u": "mse"}}, ValueError, r"Expected keys \[u, v\]"),
    (lambda u, v: {"a": u, "b": v}, {"a": A, "b": B}, {"loss": {"a": "mse", "c": "mse"}}, KeyError,
     r"The path: \(c\) in the `loss` argument, can't be found in either the model's output, whose parts are \[a, b\]"),
    (lambda u, v: [u, v], [A, B], {"loss": ["mse", "mse", ["mse"]]}, KeyError, r"The path: \(2\) in the `loss` argument"),
    (lambda u, v: [u, v], [A, B], {"loss": "mse", "metrics": {"w": ["mae"]}}, ValueError,
     r"Invalid `metrics`: must be for the outputs \[u, v\], got \[w\]"),
    (lambda u, v: [u, v], [A, B], {"loss": "mse", "metrics": ["mae"]}, ValueError,
     "Invalid `metrics`: must be for 2 outputs, each with its own in a list, got a list of 1"),
    (lambda u, v: [u, v], [A, B], {"loss": "mse", "weighted_metrics": [None, None, "mae"]}, ValueError,
     "Invalid `weighted_metrics`: must be for 2 outputs"),
    (lambda u, v: [u, v], [A, B], {"loss": ["mse", "mae"], "loss_weights": [1.0]}, ValueError,
     "`loss_weights` must match the number of losses, 2, got 1 weights"),
    (lambda u, v: [u, v], [A, B, B], {"loss": "mse"}, RuntimeError, "y must have an array for each of its 2 outputs, got a list of 3"),
    (lambda u, v: u, A, {"loss": ["mse", "mae"]}, ValueError, "the model has one output, which takes one loss, got 2"),
])
def test_what_fits_no_output(make, y, compiled, kind, words):
    made = structure(make, **compiled)
    with pytest.raises(kind, match=words):
        made.fit(X, y, verbose=0)
    assert made.optimizer.iterations == 0


def test_a_loss_of_ones_own_may_change_the_structure():
    class Doubled(keras.Model):
        def compute_loss(self, x, y, y_pred, sample_weight=None, **kwargs):
            return super().compute_loss(x=x, y=y, y_pred=[y_pred, -y_pred], sample_weight=sample_weight, **kwargs)
    x = keras.Input((3,))
    made = Doubled(x, layers.Dense(1, kernel_initializer="ones")(x))
    made.compile("sgd", ["mae", "mse"])
    logs = made.evaluate(X, (A, B), verbose=0, return_dict=True)
    assert sorted(logs) == ["loss", "mae_loss", "mse_loss"]
    assert np.isclose(logs["mse_loss"], ((B + P) ** 2).mean(), rtol=1e-5) and abs(logs["mae_loss"]) < 1e-6

    class Plain(keras.Model):
        seen = []

        def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
            self.seen.append(training)
            return ops.mean(y_pred)

    class Short(keras.Model):
        def compute_loss(self, x, y, y_pred, sample_weight=None):
            return ops.mean(y_pred) * 2
    for cls, factor in (Plain, 1), (Short, 2):
        made = cls(x, layers.Dense(1, kernel_initializer="ones")(x))
        made.compile("sgd", "mse")
        made.fit(X, A, verbose=0)
        assert np.isclose(made.evaluate(X, A, verbose=0), factor * np.mean(made.predict(X, verbose=0)), atol=1e-6)
    assert Plain.seen == [True, False]


def test_a_loss_that_reduces_by_itself():
    class Whole(keras.losses.Loss):
        def __call__(self, y_true, y_pred, sample_weight=None):
            return ops.sum(y_pred) if sample_weight is None else ops.sum(ops.squeeze(y_pred, -1) * sample_weight)
    made = structure(lambda u, v: u, loss=Whole())
    assert np.isclose(made.evaluate(X, A, verbose=0), P.sum(), atol=1e-5)
    some = np.arange(8.0)
    assert np.isclose(made.evaluate(X, A, sample_weight=some, verbose=0), (P[:, 0] * some).sum(), rtol=1e-5)


class Either(layers.Layer):
    """Adds what may be missing."""
    def call(self, x, o=None):
        return x if o is None else x + o


class EitherOfList(layers.Layer):
    def call(self, given):
        x, o = given
        return x if o is None else x + o


@pytest.mark.parametrize("form", ["names", "list"])
def test_inputs_that_may_be_none(form, tmp_path):
    x, o = keras.Input((3,), name="x"), keras.Input((3,), name="o", optional=True)
    made = keras.Model({"x": x, "o": o} if form == "names" else [x, o], layers.Dense(1, kernel_initializer="ones")(
        Either()(x, o) if form == "names" else EitherOfList()([x, o])))
    made.compile(keras.optimizers.SGD(0.0), "mse")

    def given(o):
        return {"x": X, "o": o} if form == "names" else [X, o]
    for o, total in (None, P), (2 * X, 3 * P), (None, P):
        np.testing.assert_allclose(made.predict(given(o), verbose=0), total, atol=1e-5)
        np.testing.assert_allclose(made(given(o)), total, atol=1e-5)
        expected = ((B - total) ** 2).mean()
        assert np.isclose(made.evaluate(given(o), B, verbose=0), expected, rtol=1e-5)
        assert np.isclose(made.fit(given(o), B, verbose=0, batch_size=3).history["loss"][0], expected, rtol=1e-5)
        assert np.isclose(made.train_on_batch(given(o), B), expected, rtol=1e-5)

        def batches():
            for at in 0, 4:
                part = [None if one is None else one[at:at + 4] for one in (X, o)]
                yield (dict(zip("xo", part)) if form == "names" else part), B[at:at + 4]
        assert np.isclose(made.fit(batches(), verbose=0).history["loss"][0], expected, rtol=1e-5)
    if form == "names":
        np.testing.assert_allclose(made.predict({"x": X}, verbose=0), P, atol=1e-5)
    else:
        made.save(tmp_path / "m.keras")
        again = keras.saving.load_model(tmp_path / "m.keras", {"EitherOfList": EitherOfList})
        np.testing.assert_allclose(again.predict(given(None), verbose=0), P, atol=1e-5)
    with pytest.raises(RuntimeError, match="the input 'x' must be given, since it is not optional, got nothing"):
        made.predict({"x": None, "o": X} if form == "names" else [None, X], verbose=0)


@pytest.mark.parametrize("method, end", [("fit", "train"), ("evaluate", "test"), ("predict", "predict")])
@pytest.mark.parametrize("stream", [True, False])
def test_callbacks_end_what_goes_on(method, end, stream):
    seen = []

    class Stops(keras.callbacks.Callback):
        def count(self, batch, logs=None):
            seen.append(batch)
            if len(seen) == 3:
                setattr(self.model, {"fit": "stop_training", "evaluate": "stop_evaluating", "predict": "stop_predicting"}[method], True)
    setattr(Stops, f"on_{end}_batch_end", Stops.count)
    made = structure(lambda u, v: u, loss="mse")

    def forever():
        while True:
            yield (X[:2],) if method == "predict" else (X[:2], A[:2])
    given = (forever(),) if stream else (X,) if method == "predict" else (X, A)
    out = getattr(made, method)(*given, **({} if stream else {"batch_size": 2}), callbacks=[Stops()], verbose=0)
    assert seen == [0, 1, 2]
    if method == "predict":
        assert out.shape == (6, 1)
    seen.clear()
    getattr(made, method)(X, *([] if method == "predict" else [A]), batch_size=4, callbacks=[Stops()], verbose=0)
    assert seen == [0, 1]  # the next one goes on again


def test_the_most_that_is_allowed():
    made, config = structure(lambda u, v: u, loss="mse"), keras.config
    try:
        config.set_max_epochs(2)
        config.set_max_steps_per_epoch(3)
        assert (config.max_epochs(), config.max_steps_per_epoch()) == (2, 3)
        history = made.fit(X, A, batch_size=1, epochs=5, verbose=0, validation_data=(X, B), validation_batch_size=1)
        assert history.epoch == [0, 1] and np.isclose(history.history["val_loss"][0], ((B - P)[:3] ** 2).mean(), rtol=1e-5)
        assert np.isclose(made.evaluate(X, B, batch_size=1, verbose=0), ((B - P)[:3] ** 2).mean(), rtol=1e-5)
        assert len(made.predict(X, batch_size=2, verbose=0)) == 6 and len(made.predict(X, batch_size=2, steps=1, verbose=0)) == 2
        for wrong in 0, 1.5, True:
            with pytest.raises(ValueError, match="expected a whole number of at least 1, or None"):
                config.set_max_epochs(wrong)
    finally:
        config.set_max_epochs(None)
        config.set_max_steps_per_epoch(None)
    assert len(made.predict(X, batch_size=2, verbose=0)) == 8


def test_a_model_that_is_a_layer_too():
    class Wide(keras.Model, layers.Dense):
        def __init__(self, units):
            layers.Dense.__init__(self, units, use_bias=False, kernel_initializer="ones")
            keras.Model.__init__(self)
            self.seen = keras.metrics.Mean(name="seen")
        call, build = layers.Dense.call, layers.Dense.build
    made = Wide(2)
    made.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
    made.fit(X, np.hstack([A, B]), verbose=0)
    np.testing.assert_allclose(made.predict(X, verbose=0), np.hstack([P, P]), rtol=1e-5, atol=1e-6)
    assert made.units == 2 and [w.path for w in made.weights] == ["wide/kernel"]
    assert [m.name for m in made.metrics] == ["loss", "compile_metrics", "seen"] and len(made.metrics_variables) == 6
    x = keras.Input((3,))
    outer = keras.Model(x, layers.Dense(1)(made(x)))
    outer.compile("sgd", "mse", metrics=["mae"])
    assert [m.name for m in outer.metrics] == ["loss", "compile_metrics"] and len(outer.weights) == 3


def test_targets_of_unknown_names_are_refused():
    x, y = np.ones((2, 1), "float32"), np.zeros((2, 1), "float32")
    inputs = keras.Input((1,))
    model = keras.Model(inputs, [keras.layers.Dense(1, name=name, kernel_initializer="zeros")(inputs) for name in "ba"])
    model.compile("sgd", "mse")
    right = model.evaluate(x, {"a": y + 3, "b": y}, verbose=0, return_dict=True)
    assert (right["a_loss"], right["b_loss"]) == (9, 0)
    with pytest.raises((ValueError, KeyError, RuntimeError), match=r"outputs.*b.*a.*got.*a.*x"):
        model.evaluate(x, {"a": y + 3, "x": y}, verbose=0)


def test_activations_in_a_graph_travel(tmp_path):
    inputs = keras.Input((3,))
    h = keras.layers.Dense(4)(inputs)
    model = keras.Model(inputs, [keras.ops.softmax(h), keras.ops.relu(h), keras.ops.sigmoid(h)])
    path = str(tmp_path / "m.keras")
    model.save(path)
    x = np.arange(6, dtype="float32").reshape(2, 3)
    for one, other in zip(keras.models.load_model(path).predict(x, verbose=0), model.predict(x, verbose=0)):
        np.testing.assert_array_equal(one, other)
