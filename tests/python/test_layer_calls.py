"""What happens in a call of a layer: losses of several calls, several inputs and outputs, branches, hooks of batches."""
import numpy as np
import pytest

import cornu as keras
from cornu import ops

X = np.array([[1.0, 2.0]], "float32")


def losses(layer):
    return [float(one) for one in layer.losses]


class CalledTwice(keras.layers.Layer):
    """Penalties: 3 by add_loss, 9 and 36 of the two calls of the layer inside, 2 of its kernel."""
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = keras.layers.Dense(1, activity_regularizer=keras.regularizers.L2(1.0), kernel_initializer="ones",
                                        kernel_regularizer=keras.regularizers.L1(1.0))

    def call(self, x):
        self.add_loss(ops.sum(x))
        return self.inner(x) + self.inner(2 * x)


def test_penalties_of_all_calls_count():
    model = keras.Sequential([CalledTwice()])
    for _ in range(2):  # of the last call of the model alone
        model(X)
        assert sorted(losses(model)) == [2, 3, 9, 36]


@pytest.mark.parametrize("eagerly", [False, True])
def test_penalties_of_all_calls_are_minimised(eagerly):
    model = keras.Sequential([keras.Input((2,)), CalledTwice()])
    model.compile("sgd", "mse", run_eagerly=eagerly)
    assert model.evaluate(X, np.zeros((1, 1)), verbose=0) == 9 ** 2 + 3 + 9 + 36 + 2
    inner = model.layers[0].inner
    assert model.train_on_batch(X, np.zeros((1, 1))) == 131
    # d/dk of (9 k.x / 3)^2 + (k.x)^2 + (2 k.x)^2 + |k| at k = 1: (2 * 9 * 3 + 2 * 3 + 8 * 3) x + 1
    assert np.allclose(np.asarray(inner.kernel).ravel(), 1 - .01 * (84 * X[0] + 1), rtol=1e-6)


class Sum(keras.layers.Layer):
    def call(self, a, b, scale=1.0):
        self.seen = a.dtype, b.dtype
        return {"sum": a + b, "rest": (a - b) * scale}


def test_several_inputs_are_cast_and_outputs_penalized():
    layer = Sum(activity_regularizer=keras.regularizers.L1(1.0))
    out = layer(np.array([[1.0, 2.0]]), b=ops.cast(np.array([[3.0, 4.0]]), "float64"), scale=2.0)
    assert layer.seen == ("float32", "float32") and np.asarray(out["rest"]).tolist() == [[-4, -4]]
    assert sorted(losses(layer)) == [8, 10]
    counts = Sum()(np.array([[1, 2]]), np.array([[3, 4]]))["sum"]
    assert counts.dtype == "int32"  # whole numbers stay


class Both(keras.layers.Layer):
    def call(self, x):
        return [x, 3 * x]


def test_each_of_several_outputs_is_penalized():
    layer = Both(activity_regularizer=keras.regularizers.L1(1.0))
    layer(X)
    assert sorted(losses(layer)) == [3, 9]


@pytest.mark.parametrize("activation, file", [
    (keras.layers.LeakyReLU(negative_slope=.5), {"class_name": "LeakyReLU", "module": "keras.layers"}),
    (keras.layers.Softmax(), {"class_name": "Softmax", "module": "keras.layers"})])
def test_a_layer_as_activation(activation, file, tmp_path):
    dense = keras.layers.Dense(2, activation=activation, kernel_initializer="identity")
    x = np.array([[-2.0, 4.0]], "float32")
    assert np.allclose(dense(x), activation(x))
    form = dense.get_config()["activation"]
    assert {key: form[key] for key in file} == file
    model = keras.Sequential([keras.Input((2,)), dense])
    model.compile("sgd", "mse")
    model.fit(x, x, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    again.fit(x, x, verbose=0)


def test_a_layer_with_weights_is_no_activation():
    with pytest.raises(ValueError, match="PReLU has weights"):
        keras.layers.Dense(2, activation=keras.layers.PReLU())(X)


class Branches(keras.layers.Layer):
    def build(self, _):
        self.yes, self.no = (self.add_weight((), "zeros", trainable=False, name=name) for name in ("yes", "no"))
        self.last = self.add_weight((), "zeros", trainable=False, name="last")

    def call(self, x):
        def if_positive():
            self.yes.assign_add(1.0)
            self.last.assign(ops.sum(x))
            return {"y": 2 * x, "none": None}

        def otherwise():
            self.no.assign_add(1.0)
            return {"y": -x, "none": None}
        return ops.cond(ops.sum(x) > 0, if_positive, otherwise)["y"] + 0 * self.yes


@pytest.mark.parametrize("eagerly", [False, True])
def test_one_branch_has_its_effects(eagerly):
    layer = Branches()
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile("sgd", "mse", run_eagerly=eagerly)
    out = [float(model.predict(np.array([[v]], "float32"), verbose=0)[0, 0]) for v in (3.0, -4.0, 5.0)]
    assert out == [6, 4, 10]
    assert [float(w) for w in (layer.yes, layer.no, layer.last)] == [2, 1, 5]


def test_cond_says_what_does_not_fit():
    with pytest.raises(ValueError, match="scalar.*\\(2,\\)"):
        ops.cond(np.array([True, False]), lambda: 1, lambda: 2)

    class Other(keras.layers.Layer):
        def call(self, x):
            return ops.cond(ops.sum(x) > 0, lambda: x, lambda: [x, x])
    model = keras.Sequential([Other()])
    with pytest.raises(ValueError, match="list of 2"):
        model.predict(X, verbose=0)


def heard(steps_per_execution, stream):
    """What callbacks hear of training, evaluation and prediction with 5 batches."""
    log = []

    class Listener(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            log.append(("train", batch))

        def on_train_batch_end(self, batch, logs=None):
            log.append(("trained", batch))

        def on_test_batch_begin(self, batch, logs=None):
            log.append(("test", batch))

        def on_test_batch_end(self, batch, logs=None):
            log.append(("tested", batch))

        def on_predict_batch_end(self, batch, logs=None):
            log.append(("predicted", batch, logs["outputs"].shape))

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=steps_per_execution)
    x, y = np.ones((9, 2), "float32"), np.ones((9, 1), "float32")

    def batches(targets):
        return ((x[i:i + 2], y[i:i + 2]) if targets else x[i:i + 2] for i in range(0, 9, 2))
    for call, targets in (model.fit, True), (model.evaluate, True), (model.predict, False):
        data = (batches(targets),) if stream else (x, y)[:1 + targets]
        call(*data, verbose=0, callbacks=[Listener()], **({} if stream else {"batch_size": 2}))
    return log


@pytest.mark.parametrize("stream", [False, True])
def test_steps_per_execution(stream):
    """Keras names 5, a batch that is not there, as the last one."""
    assert heard(2, stream) == [
        ("train", 0), ("trained", 1), ("train", 2), ("trained", 3), ("train", 4), ("trained", 4),
        ("test", 0), ("tested", 1), ("test", 2), ("tested", 3), ("test", 4), ("tested", 4),
        ("predicted", 1, (4, 1)), ("predicted", 3, (4, 1)), ("predicted", 4, (1, 1))]
    assert [one[:2] for one in heard(1, stream) if one[0] == "trained"] == [("trained", n) for n in range(5)]
