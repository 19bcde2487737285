"""compile, fit, evaluate, predict, save: what a user of dense networks does."""
import os
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import cornu as keras
from cornu import layers
from cornu._tape import GradientTape


def data(n=200, d=8, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)).astype("float32")
    return x, (x[:, :1] > 0).astype("float32")


def network(d=8):
    model = keras.Sequential([keras.Input((d,)), layers.Dense(10, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def test_fit_learns_and_reports():
    x, y = data()
    history = network().fit(x, y, epochs=60, batch_size=10, validation_split=0.2, verbose=0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history.epoch == list(range(60))
    assert history.history["accuracy"][-1] > 0.9
    assert history.history["loss"][-1] < history.history["loss"][0]


@pytest.mark.parametrize("shape", [(200,), (200, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "bool"])
def test_labels_of_every_type(shape, dtype):
    x, y = data()
    curves = network().fit(x, y.reshape(shape).astype(dtype), epochs=1, verbose=0).history
    assert np.isfinite(curves["loss"][0])


@pytest.mark.parametrize("dtype", ["float64", "int64", "uint8"])
def test_inputs_of_every_type(dtype):
    x, y = data()
    x = (np.abs(x) * 10).astype(dtype)
    model = network()
    assert np.isfinite(model.fit(x, y, epochs=1, verbose=0).history["loss"][0])
    assert model.predict(x).dtype == np.float32


def test_evaluate_forms():
    x, y = data()
    model = network()
    both = model.evaluate(x, y, verbose=0)
    assert len(both) == 2
    named = model.evaluate(x, y, verbose=0, return_dict=True)
    assert both == [named["loss"], named["accuracy"]]


def test_predict_gives_an_array_of_ones_own():
    x, _ = data()
    model = network()
    p = model.predict(x)
    assert isinstance(p, np.ndarray) and p.shape == (200, 1) and p.flags.writeable
    np.testing.assert_allclose(p, np.asarray(model(x)), rtol=1e-6)
    np.testing.assert_allclose(p[:1], model.predict(x[:1]), rtol=1e-6)


def test_lists_frames_and_views_as_data():
    x, y = data()
    model = network()
    model.fit(x.tolist(), y.tolist(), epochs=1, verbose=0)
    model.fit(x[::2], y[::2], epochs=1, verbose=0)
    model.fit(np.asfortranarray(x), y, epochs=1, verbose=0)


def test_callbacks_see_epochs_batches_and_the_model():
    x, y = data()
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.append(("begin", self.params["epochs"], self.params["steps"]))

        def on_train_batch_end(self, batch, logs=None):
            seen.append(("batch", batch, sorted(logs)))

        def on_epoch_end(self, epoch, logs=None):
            logs["mine"] = 7.0
            seen.append(("epoch", epoch, sorted(logs)))
            if epoch == 1:
                self.model.stop_training = True

    model = network()
    history = model.fit(x, y, epochs=5, batch_size=100, callbacks=[Watch()], verbose=0)
    assert seen[0] == ("begin", 5, 2)
    assert seen[1] == ("batch", 0, ["accuracy", "loss"])
    assert ("epoch", 0, ["accuracy", "loss", "mine"]) in seen
    assert history.epoch == [0, 1] and history.history["mine"] == [7.0, 7.0]


def test_learning_rate_by_attribute_and_callback():
    x, y = data()
    model = network()
    model.optimizer.learning_rate = 0.5
    assert float(model.optimizer.learning_rate) == 0.5
    model.optimizer.learning_rate.assign(0.25)
    assert float(model.optimizer.learning_rate) == 0.25
    history = model.fit(x, y, epochs=3, verbose=0,
                        callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)])
    np.testing.assert_allclose(history.history["learning_rate"], [0.125, 0.0625, 0.03125])


def test_an_exception_of_the_users_arrives_unchanged():
    x, y = data()

    class Mine(Exception):
        pass

    def boom(epoch, logs):
        raise Mine("from a callback")

    with pytest.raises(Mine, match="from a callback") as e:
        network().fit(x, y, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=boom)])
    assert any(entry.name == "boom" for entry in e.traceback)

    class Broken(layers.Layer):
        def call(self, x):
            return {}["missing"]

    with pytest.raises(KeyError, match="missing"):
        keras.Sequential([keras.Input((8,)), Broken()]).predict(x)


def test_values_while_tracing_get_a_sentence():
    class Looks(layers.Layer):
        def call(self, x):
            return x if float(keras.ops.sum(x)) > 0 else -x

    model = keras.Sequential([keras.Input((8,)), Looks()])
    with pytest.raises(RuntimeError, match="traced.*cornu.ops.where"):
        model.predict(data()[0])


def test_run_eagerly_looks_at_values_and_gives_the_same_weights():
    x, y = data()
    values = []

    class Looks(layers.Layer):
        def call(self, x):
            values.append(float(keras.ops.sum(x)))
            return x

    def train(eager):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((8,)), layers.Dense(4, activation="tanh")] + ([Looks()] if eager else [])
                                 + [layers.Dense(1)])
        model.compile("sgd", "mse", run_eagerly=eager)
        model.fit(x, y, epochs=2, batch_size=50, shuffle=False, verbose=0)
        return model.get_weights()

    compiled, eager = train(False), train(True)
    assert len(values) >= 8
    for a, b in zip(compiled, eager):
        np.testing.assert_array_equal(a, b)


def test_run_eagerly_from_a_generator():
    x, y = data()
    losses = []

    def loss(y_true, y_pred):
        value = keras.ops.mean(keras.ops.square(y_true - y_pred))
        losses.append(float(value))
        return value

    def batches():
        while True:
            for at in range(0, len(x), 50):
                yield x[at:at + 50], y[at:at + 50]

    def train(eager):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
        model.compile("sgd", loss if eager else "mse", run_eagerly=eager)
        steps = len(x) // 50
        return model.fit(batches(), steps_per_epoch=steps, epochs=2, verbose=0).history["loss"], model.get_weights()

    (seen, a), (compiled, b) = train(True), train(False)
    assert len(losses) == 2 * (len(x) // 50)
    np.testing.assert_allclose(np.reshape(losses, (2, -1)).mean(1), seen, rtol=1e-6)
    np.testing.assert_allclose(seen, compiled, rtol=1e-6)
    for p, q in zip(a, b):
        np.testing.assert_allclose(p, q, rtol=1e-6)


def test_run_eagerly_with_a_train_step_from_a_generator():
    x, y = data()
    values = []

    class Looks(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            x, y = data
            with GradientTape() as tape:
                loss = self.compute_loss(x, y, self(x, training=True))
            values.append(float(loss))
            self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights))
            return {"loss": loss}

    model = Looks()
    model.compile("sgd", "mse", run_eagerly=True)
    history = model.fit(((x[i::4], y[i::4]) for _ in range(3) for i in range(4)), steps_per_epoch=4, epochs=3, verbose=0)
    assert len(values) == 12 and values[-1] < values[0]
    assert history.history["loss"] == [values[i] for i in (3, 7, 11)]


def test_two_models_train_in_two_threads():
    x, y = data(2000)
    results = {}

    def train(seed):
        model = network()
        model.fit(x, y, epochs=20, verbose=0)
        results[seed] = model.evaluate(x, y, verbose=0)[1]

    threads = [threading.Thread(target=train, args=(s,)) for s in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(results) == 2 and min(results.values()) > 0.9


def test_freezing_and_thawing():
    x, y = data()
    model = network()
    model.layers[0].trainable = False
    before = model.get_weights()
    model.fit(x, y, epochs=1, verbose=0)
    after = model.get_weights()
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[2], after[2])
    model.layers[0].trainable = True
    model.compile("adam", "binary_crossentropy")
    model.fit(x, y, epochs=1, verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_save_and_load(tmp_path):
    x, y = data()
    model = network()
    model.fit(x, y, epochs=2, verbose=0)
    path = tmp_path / "m.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(model.predict(x), loaded.predict(x))
    assert [type(layer).__name__ for layer in loaded.layers] == ["Dense", "Dense"]
    assert loaded.layers[0].units == 10 and loaded.layers[0].activation.__name__ == "relu"
    a, b = (m.fit(x, y, epochs=2, shuffle=False, verbose=0).history["loss"] for m in (model, loaded))
    np.testing.assert_allclose(a, b, rtol=1e-6)
    weights = tmp_path / "m.weights.h5"
    model.save_weights(weights)
    other = network()
    other.load_weights(weights)
    np.testing.assert_array_equal(model.predict(x), other.predict(x))


@pytest.mark.parametrize("call, kind, words", [
    (lambda: layers.Dense(), TypeError, "units"),
    (lambda: layers.Dense(3, activaton="relu"), TypeError, "did you mean 'activation'"),
    (lambda: layers.Dense(3, activation="rleu"), ValueError, "did you mean"),
    (lambda: layers.Dense(-1), ValueError, "units must be positive, got -1"),
    (lambda: layers.Nothing, AttributeError, "Nothing"),
    (lambda: keras.Sequential(["dense"]), ValueError, "only layers"),
    (lambda: network().fit(np.zeros((5, 8)), np.zeros((4, 1)), verbose=0), ValueError, "5.*4|4.*5"),
    (lambda: network().fit(np.zeros((5, 7)), np.zeros((5, 1)), verbose=0), ValueError, "8.*7"),
    (lambda: network().predict("text"), ValueError, "cannot read x from str"),
    (lambda: network().fit(np.zeros((2, 8)), np.array(["cat", "dog"])), ValueError,
     "y must hold numbers, got str_? values such as .*'cat'.*; numpy.unique.y, return_inverse=True. gives the classes"),
    (lambda: network().fit(np.array([["1", "b"]]), np.zeros(1)), ValueError, "x must hold numbers"),
    (lambda: keras.models.load_model("/no/such.keras"), ValueError, "no/such.keras"),
    (lambda: keras.ops.add(1, None), TypeError, "None|missing|unsupported"),
    (lambda: keras.ops.add(np.zeros(2), np.zeros(3)), ValueError, "2.*3"),
    (lambda: keras.ops.sum(np.zeros(2), axsi=0), TypeError, "axsi"),
])
def test_wrong_input_gets_a_sentence(call, kind, words):
    with pytest.raises(kind, match=f"(?s){words}"):
        call()


def test_fit_without_compile():
    with pytest.raises(RuntimeError, match="compile"):
        keras.Sequential([keras.Input((2,)), layers.Dense(1)]).fit(np.zeros((2, 2)), np.zeros((2, 1)), verbose=0)


def test_ctrl_c_stops_after_the_step_and_leaves_a_usable_model():
    program = textwrap.dedent("""
        import numpy as np, cornu as keras
        m = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
        m.compile("sgd", "mse")
        x, y = np.zeros((1000, 8), "float32"), np.zeros((1000, 1), "float32")
        m.fit(x, y, epochs=1, verbose=0)
        print("ready", flush=True)
        try:
            m.fit(x, y, epochs=10**7, verbose=0)
        except KeyboardInterrupt:
            m.fit(x, y, epochs=1, verbose=0)
            print("usable", m.predict(x, verbose=0).shape)
    """)
    p = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=os.environ)
    assert p.stdout.readline() == "ready\n"
    import time
    time.sleep(0.3)
    p.send_signal(signal.SIGINT)
    out, _ = p.communicate(timeout=20)
    assert out == "usable (1000, 1)\n"


def test_progress_goes_through_sys_stdout(capsys):
    x, y = data()
    network().fit(x, y, epochs=2, verbose=2)
    out = capsys.readouterr().out
    assert "Epoch 1/2" in out and "7/7" in out and "accuracy:" in out
    network().fit(x, y, epochs=1, verbose=0)
    assert capsys.readouterr().out == ""


def test_checkpoints_say_what_they_save(tmp_path, capsys):
    x, y = data()
    network().fit(x, y, epochs=1, verbose=0,
                  callbacks=[keras.callbacks.ModelCheckpoint(tmp_path / "m.keras", verbose=1)])
    assert "finished saving model to" in capsys.readouterr().out


def test_scalars_are_formatted_as_numbers():
    assert f"{keras.ops.sum(np.ones(3, 'float32')):.2f}" == "3.00"


def test_callbacks_of_evaluate_and_predict():
    seen = []

    class Told(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            seen.append("test")

        def on_test_end(self, logs=None):
            seen.append(sorted(logs))

        def on_predict_begin(self, logs=None):
            seen.append("predict")

        def on_predict_end(self, logs=None):
            seen.append(type(self.model).__name__)

    model = network()
    model.evaluate(np.zeros((4, 8)), np.zeros((4, 1)), verbose=0, callbacks=[Told()])
    model.predict(np.zeros((4, 8)), verbose=0, callbacks=Told())
    assert seen == ["test", sorted(model.evaluate(np.zeros((4, 8)), np.zeros((4, 1)), verbose=0, return_dict=True)),
                    "predict", "Sequential"]


def test_callbacks_hear_of_each_batch_of_a_test_and_of_a_prediction():
    seen = []

    class Batches(keras.callbacks.Callback):
        def on_test_batch_begin(self, batch, logs=None):
            seen.append(("test", batch))

        def on_test_batch_end(self, batch, logs=None):
            seen.append(("tested", batch, logs["loss"] > 0))

        def on_predict_batch_end(self, batch, logs=None):
            seen.append(("predicted", batch, logs["outputs"].shape))

    model = network()
    x, y = np.ones((5, 8)), np.ones((5, 1))
    tested = [("test", 0), ("tested", 0, True), ("test", 1), ("tested", 1, True)]
    model.evaluate(x, y, batch_size=3, verbose=0, callbacks=[Batches()])
    assert seen == tested
    seen.clear()
    model.fit(x, y, validation_data=(x, y), validation_batch_size=3, verbose=0, callbacks=[Batches()])
    assert seen == tested
    seen.clear()
    out = model.predict(x, batch_size=3, verbose=0, callbacks=[Batches()])
    assert seen == [("predicted", 0, (3, 1)), ("predicted", 1, (2, 1))] and out.shape == (5, 1)
    ends = []
    hook = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ends.append(batch))
    model.fit(x, y, batch_size=3, verbose=0, callbacks=[hook])
    assert ends == [0, 1]


def test_the_backend_of_tf_keras_sets_rates():
    from cornu import backend as K
    model = network()
    K.set_value(model.optimizer.learning_rate, 0.125)
    assert K.get_value(model.optimizer.learning_rate) == 0.125 == float(model.optimizer.learning_rate)
    np.testing.assert_array_equal(K.get_value(model.weights[0]), model.get_weights()[0])
    with pytest.raises(AttributeError, match="module 'keras.backend' has no attribute 'nonsense'"):
        K.nonsense


def test_evaluate_shows_its_result(capsys):
    model = network()
    x, y = np.zeros((40, 8)), np.zeros((40, 1))
    model.evaluate(x, y, verbose=2)
    line = capsys.readouterr().out
    assert line.startswith("2/2 - 0s - ") and " - loss: " in line
    model.evaluate(x, y, verbose=1)
    assert "2/2\x1b[0m \u2501" in capsys.readouterr().out
    model.evaluate(x, y, verbose=0)
    assert capsys.readouterr().out == ""
