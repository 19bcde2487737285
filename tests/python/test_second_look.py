"""What scripts do less often: one model in several threads, several outputs, several index arrays, frozen models."""
import threading

import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 4)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def network():
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])


@pytest.mark.parametrize("call", [lambda m, x: m.predict(x, verbose=0), lambda m, x: np.array(m(x))])
def test_one_model_predicts_in_several_threads(call):
    model = network()
    inputs = [rng.normal(size=(2000, 4)).astype("float32") for _ in range(6)]
    expected = [call(model, x) for x in inputs]
    wrong = []

    def work(k):
        for _ in range(15):
            if not np.array_equal(call(model, inputs[k]), expected[k]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_predicting_while_the_model_trains():
    model = network()
    model.compile("sgd", "mse")
    start, between = model.get_weights(), set()
    for step in range(2000):
        between.add(model.predict(X, batch_size=50, verbose=0).tobytes())
        at = step % 10 * 5
        model.train_on_batch(X[at:at + 5], Y[at:at + 5])
    last = model.predict(X, batch_size=50, verbose=0).tobytes()
    between.add(last)
    model.set_weights(start)
    trains = threading.Thread(target=lambda: model.fit(X, Y, epochs=200, batch_size=5, shuffle=False, verbose=0))
    trains.start()
    seen = set()
    while trains.is_alive():
        seen.add(model.predict(X, batch_size=50, verbose=0).tobytes())
    trains.join()
    assert seen <= between  # never of weights half way through an update: one batch is of one moment
    assert model.predict(X, batch_size=50, verbose=0).tobytes() == last


def test_predict_of_several_outputs():
    class Two(keras.Model):
        def call(self, x):
            return x / 2, {"double": x * 2}

    model = Two()
    for size in (32, 7):
        half, named = model.predict(X, batch_size=size, verbose=0)
        np.testing.assert_array_equal(half, X / 2)
        np.testing.assert_array_equal(named["double"], X * 2)
    assert model.predict(X, batch_size=7, steps=2, verbose=0)[0].shape == (14, 4)
    assert network().predict(X, batch_size=7, steps=2, verbose=0).shape == (14, 1)


A = rng.normal(size=(5, 3, 4, 2)).astype("float32")


@pytest.mark.parametrize("index", [
    np.s_[:, [0, 1], [1, 3]], np.s_[:, [0, -1], [1, -3]], np.s_[:, [[0], [1]], [0, 2]], np.s_[:, 0, [1, 2]],
    np.s_[:, [2, 1], 0], np.s_[:, [0, 1], [1, 2], [0, 1]], np.s_[:, :, [0, 1], [1, 0]], np.s_[:, [0, 1], [1, 2], 1:],
    np.s_[[0, 1, 2], [1, 2, 0]], None, np.s_[..., None], np.s_[:, 1:, ::2], np.s_[:, -1]])
def test_indices_in_traced_code_are_numpys(index):
    class Pick(layers.Layer):
        def call(self, x):
            return x[index]

    expected = A[index]
    np.testing.assert_array_equal(np.array(ops.convert_to_tensor(A)[index]), expected)
    if index is None or isinstance(index[0], list):  # not one row for each sample
        return
    model = keras.Sequential([keras.Input(A.shape[1:]), Pick()])
    np.testing.assert_array_equal(model.predict(A, verbose=0), expected)


def test_indices_that_cannot_be_traced_say_so():
    class Pick(layers.Layer):
        def call(self, x):
            return x[:, [0, 1], :, [1, 0]]

    with pytest.raises(RuntimeError, match="several arrays of indices must stand beside each other"):
        keras.Sequential([keras.Input(A.shape[1:]), Pick()]).predict(A, verbose=0)


def test_results_come_in_the_order_of_compile():
    model = network()
    model.compile("sgd", "binary_crossentropy", metrics=[keras.metrics.Precision(name="p"), keras.metrics.AUC(name="a"), "mse"])
    by_name = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert list(by_name) == ["loss", "p", "a", "mse"]
    assert model.evaluate(X, Y, verbose=0) == list(by_name.values())
    assert list(model.train_on_batch(X, Y, return_dict=True)) == list(by_name)


def test_a_frozen_model_reports_and_stays():
    model = network()
    model.trainable = False
    model.compile("sgd", "mse", metrics=["mae"])
    before = model.get_weights()
    history = model.fit(X, Y, epochs=2, verbose=0).history
    off = model.predict(X, verbose=0) - Y
    assert history["loss"] == pytest.approx([np.mean(off ** 2)] * 2, rel=1e-5)
    assert history["mae"] == pytest.approx([np.mean(np.abs(off))] * 2, rel=1e-5)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


def test_operations_at_their_edges():
    assert int(ops.sum(np.full(10, 255, "uint8"))) == 2550
    np.testing.assert_array_equal(ops.cumsum(np.array([True, True])), [1, 2])
    np.testing.assert_array_equal(ops.max(np.ones((2, 3), "float32"), axis=1, initial=10.0), [10, 10])
    np.testing.assert_array_equal(ops.take(np.arange(6, dtype="float32").reshape(2, 3), -1, axis=1), [2, 5])
    assert tuple(ops.reshape(np.ones((2, 3)), -1).shape) == (6,)
    assert ops.ones(3).shape == (3,)


def test_updates_are_counted_where_gradients_are_accumulated():
    model = network()
    model.compile(keras.optimizers.Adam(gradient_accumulation_steps=3), "mse")
    model.fit(X, Y, batch_size=5, epochs=1, verbose=0)
    assert model.optimizer.iterations == 3

    class Own(keras.optimizers.Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            self.assign_sub(variable, gradient * learning_rate)

    model.compile(Own(0.1), "mse")
    assert model.optimizer.iterations == 0
    model.fit(X, Y, batch_size=5, epochs=1, verbose=0)
    assert model.optimizer.iterations == 10


@pytest.mark.parametrize("arguments, words", [
    ({"class_weight": {0: 1.0}, "sample_weight": np.ones(50)}, "class_weight or sample_weight"),
    ({"validation_freq": "often"}, "validation_freq must be a whole number")])
def test_arguments_of_fit_that_do_not_go(arguments, words):
    model = network()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=words):
        model.fit(X, Y, verbose=0, **arguments)


def test_metrics_of_several_values():
    model = network()
    model.compile("sgd", "binary_crossentropy", metrics=[keras.metrics.Recall(thresholds=[0.0, 0.99], name="r"), "mse"])
    history = model.fit(X, Y, epochs=2, validation_data=(X[:10], Y[:10]), verbose=0).history
    assert [len(h) for h in history.values()] == [2] * 6
    for row in history["r"] + history["val_r"] + [model.evaluate(X, Y, verbose=0)[1],
                                                  model.test_on_batch(X, Y, return_dict=True)["r"]]:
        np.testing.assert_allclose(row, [1, 0], atol=1e-3)
    assert isinstance(history["mse"][0], float)
    without = model.fit(X, Y, verbose=0).history
    np.testing.assert_allclose(without["r"][0], [1, 0], atol=1e-3)


def test_losses_of_layers_have_values_after_a_call():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activity_regularizer="l2")])
    def expected():
        return pytest.approx(0.01 * float((np.array(model(X)) ** 2).sum()) / 50, rel=1e-5)

    model(X)
    assert float(model.losses[0]) == expected()
    model.compile("sgd", "mse")
    before = float((np.array(model(X)) ** 2).sum())
    history = model.fit(X, np.zeros((50, 3)), batch_size=50, verbose=0).history
    assert history["loss"][0] == pytest.approx(before / 150 + 0.01 * before / 50, rel=1e-5)
    model(X)
    assert float(model.losses[0]) == expected() and expected() != 0.01 * before / 50


def test_layers_are_copied_with_their_weights():
    import copy
    import pickle
    layer = layers.Dense(3, activation="relu")
    assert copy.deepcopy(layer).get_config()["units"] == 3
    expected = np.array(layer(X))
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(np.array(other(X)), expected)


def test_threads_that_trace_do_not_wait_for_each_other():
    """Tracing holds the model's lock and needs the interpreter's: nobody may have that one and wait for the other."""
    import time

    class Slow(layers.Layer):
        def call(self, x):
            time.sleep(0.05)  # gives the interpreter to the others
            return x * 2

    model = keras.Sequential([keras.Input((4,)), Slow(), layers.Dense(1)])
    model.compile("sgd", "mse")
    calls = (lambda: model.predict(X, verbose=0), lambda: model.train_on_batch(X, Y), lambda: model.test_on_batch(X, Y),
             lambda: model.evaluate(X, Y, verbose=0), model.summary, lambda: model.fit(X, Y, verbose=0))

    def run(call):
        try:
            call()
        except RuntimeError as refused:  # one fit at a time, and nothing beside it that uses its metrics
            assert "trained" in str(refused)

    threads = [threading.Thread(target=run, args=(call,), daemon=True) for call in calls]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert not any(t.is_alive() for t in threads)


@keras.saving.register_keras_serializable("second_look")
class WithOwnStep(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(1)

    def call(self, x):
        return self.inner(x)

    def train_step(self, data):
        return super().train_step(data)


def test_loaded_models_with_steps_of_their_own_know_loss_and_metrics(tmp_path):
    model = WithOwnStep()
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded.fit(X, Y, shuffle=False, verbose=0).history == model.fit(X, Y, shuffle=False, verbose=0).history
    assert [m.name for m in loaded.metrics] == ["loss", "compile_metrics"]


class Twice(layers.Layer):
    def call(self, x):
        return x * 2


class Outer(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inside = keras.Sequential([Twice()])

    def call(self, x):
        return self.inside(x)


def test_models_are_pickled_with_the_classes_at_any_depth():
    import pickle
    model = keras.Sequential([keras.Input((4,)), Outer()])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X, verbose=0), X * 2)


def test_outputs_of_several_kinds_are_joined_between_hooks_too():
    class Pair(keras.Model):
        def call(self, x):
            return {"a": x, "b": x * 2}

    seen = []
    hook = keras.callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs: seen.append(len(logs["outputs"]["a"])))
    out = Pair().predict(X, batch_size=20, verbose=0, callbacks=[hook])
    assert seen == [20, 20, 10]
    np.testing.assert_array_equal(out["b"], X * 2)
    with pytest.raises(ValueError, match="predict: callbacks must be Callback objects, got 3"):
        Pair().predict(X, callbacks=3)
