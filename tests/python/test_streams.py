"""Streams: a batch is what a generator, a PyDataset or a data set gives, in that order, one update each."""
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


def identity():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, kernel_initializer="ones", use_bias=False)])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    return model


def numbers(sizes, start=0):
    """Batches of these sizes, whose rows count on."""
    at = start
    for n in sizes:
        x = np.arange(at, at + n, dtype="float32")[:, None]
        yield x, 2 * x
        at += n


class Numbers(keras.utils.PyDataset):
    def __init__(self, sizes, **kwargs):
        super().__init__(**kwargs)
        self.sizes, self.told, self.read = sizes, [], []

    def __len__(self):
        return len(self.sizes)

    def __getitem__(self, i):
        self.read.append(i)
        start = sum(self.sizes[:i])
        return next(numbers(self.sizes[i:i + 1], start))

    def on_epoch_begin(self):
        self.told.append("begin")

    def on_epoch_end(self):
        self.told.append("end")


class Seen(keras.callbacks.Callback):
    """The hooks of batches in order."""
    def __init__(self):
        self.hooks = []

    def on_train_batch_end(self, batch, logs=None):
        self.hooks.append(("train", batch))

    def on_test_batch_end(self, batch, logs=None):
        self.hooks.append(("test", batch))

    def on_predict_batch_end(self, batch, logs=None):
        self.hooks.append(("predict", batch, len(logs["outputs"])))


def weight(model):
    return float(model.get_weights()[0][0, 0])


def weight_by_hand(batches, w=1.0):
    """Plain gradient descent in float64, an update for each batch."""
    for x, y in batches:
        w -= 0.01 * np.mean(2 * (w * x.astype("float64") - y) * x)
    return w


SIZES = (1, 3, 2)


@pytest.mark.parametrize("make", [lambda: numbers(SIZES), lambda: Numbers(SIZES), lambda: Numbers(SIZES, workers=3)],
                         ids=["generator", "PyDataset", "workers"])
def test_each_batch_is_one_update(make):
    model, seen = identity(), Seen()
    model.fit(make(), shuffle=False, callbacks=[seen], verbose=0)
    assert weight(model) == pytest.approx(weight_by_hand(numbers(SIZES)), rel=1e-5)
    assert seen.hooks == [("train", 0), ("train", 1), ("train", 2)]
    losses = [np.mean((x - y) ** 2) * len(x) for x, y in numbers(SIZES)]
    assert identity().evaluate(make(), verbose=0) == pytest.approx(sum(losses) / sum(SIZES), rel=1e-6)
    np.testing.assert_array_equal(identity().predict(make(), verbose=0)[:, 0], np.arange(sum(SIZES)))


@pytest.mark.parametrize("rows, steps", [(100, 2), (8, 3), (33, 1)])
def test_steps_are_batches_and_a_generator_is_asked_for_no_more(rows, steps):
    given = []

    def endless():
        for x, y in numbers([rows] * 1000):
            given.append(len(x))
            yield x, y

    stream, model, seen = endless(), identity(), Seen()
    out = model.predict(stream, steps=steps, callbacks=[seen], verbose=0)
    np.testing.assert_array_equal(out[:, 0], np.arange(rows * steps))
    assert seen.hooks == [("predict", i, rows) for i in range(steps)]
    model.fit(stream, steps_per_epoch=steps, epochs=2, verbose=0)
    model.evaluate(stream, steps=steps, verbose=0)
    assert len(given) == 4 * steps
    assert next(stream)[0][0, 0] == 4 * steps * rows
    assert Numbers([rows] * 5).told == []
    assert len(model.predict(Numbers([rows] * 5), steps=steps, verbose=0)) == rows * steps


def test_epochs_of_given_length_go_on_where_the_one_before_ended():
    data, model = Numbers([2] * 6), identity()
    model.fit(data, steps_per_epoch=4, epochs=3, shuffle=False, verbose=0)
    batches = list(numbers([2] * 6))
    assert weight(model) == pytest.approx(weight_by_hand(batches + batches[:4]), rel=1e-5)
    whole = identity()
    whole.fit(numbers([2] * 6), steps_per_epoch=3, epochs=2, verbose=0)
    assert weight(whole) == pytest.approx(weight_by_hand(batches), rel=1e-5)


def test_a_pass_that_ends_with_an_epoch_is_followed_by_the_next():
    class Stream:  # without a length
        def __iter__(self):
            return numbers([1] * 4)

    model = identity()
    history = model.fit(Stream(), steps_per_epoch=4, epochs=3, verbose=0)
    assert len(history.epoch) == 3
    assert weight(model) == pytest.approx(weight_by_hand(list(numbers([1] * 4)) * 3), rel=1e-5)


def test_validation_reads_anew_and_tells_the_data_set():
    class Changes(Numbers):
        def __getitem__(self, i):
            x, _ = super().__getitem__(i)
            return np.ones_like(x), np.full_like(x, 1.0 + self.told.count("end"))

    data, model = Changes(SIZES), identity()
    model.compile(keras.optimizers.SGD(0.0), "mse")
    x = np.ones((4, 1))
    losses = model.fit(x, x, epochs=4, validation_data=data, verbose=0).history["val_loss"]
    assert losses == [0.0, 1.0, 4.0, 9.0]
    assert data.told == ["begin", "end"] * 4
    assert data.read == [0, 1, 2] * 4
    train = Numbers(SIZES)
    model.fit(train, epochs=3, verbose=0)
    assert train.told == ["begin", "end"] * 3


def test_validation_steps_take_batches_of_a_generator_one_after_another(capsys):
    model, x = identity(), np.ones((4, 1), "float32")
    model.compile(keras.optimizers.SGD(0.0), "mse")
    losses = model.fit(x, x, epochs=2, validation_data=numbers([2] * 4), validation_steps=2, verbose=0)
    right = [np.mean([np.mean((x - y) ** 2) for x, y in part])
             for part in (list(numbers([2] * 4))[:2], list(numbers([2] * 4))[2:])]
    np.testing.assert_allclose(losses.history["val_loss"], right, rtol=1e-6)
    short = model.fit(x, x, epochs=3, validation_data=numbers([2] * 4), verbose=0).history
    assert len(short["val_loss"]) == 1 and len(short["loss"]) == 3
    assert "epoch 2 is not validated" in capsys.readouterr().err


@pytest.mark.parametrize("freq, validated", [(2, 2), ([1, 4], 2), ([9], 0), (np.ceil(1.5), 2)])
def test_validation_freq(freq, validated):
    model, x = identity(), np.ones((4, 1), "float32")
    for data in ((x, x), Numbers(SIZES)):
        history = model.fit(x, x, epochs=4, validation_data=data, validation_freq=freq, verbose=0).history
        assert len(history.get("val_loss", [])) == validated
    history = model.fit(numbers(SIZES), validation_data=(x, x), validation_freq=1, verbose=0).history
    assert len(history["val_loss"]) == 1


@pytest.mark.parametrize("name, value", [
    ("batch_size", 2.5), ("batch_size", 0), ("epochs", 2.5), ("epochs", "2"), ("steps_per_epoch", 1.5),
    ("steps_per_epoch", 0), ("validation_steps", 1.5), ("validation_freq", 0), ("validation_freq", 1.5),
    ("validation_freq", [0]), ("validation_batch_size", 0), ("initial_epoch", -1)])
def test_counts_must_be_whole(name, value):
    x = np.ones((10, 1))
    for data in ({"x": x, "y": x}, {"x": Numbers(SIZES)}):
        if name == "batch_size" and "y" not in data:
            continue
        with pytest.raises(ValueError, match=f"fit: {name} must .*got"):
            identity().fit(**data, **{name: value}, validation_data=(x, x), verbose=0)


def test_whole_floats_are_counts():
    x = np.ones((10, 1))
    history = identity().fit(x, x, batch_size=10 / 5, epochs=np.float64(2), steps_per_epoch=np.ceil(2.5), verbose=0)
    assert len(history.epoch) == 2
    assert len(identity().predict(x, batch_size=4.0, steps=2.0, verbose=0)) == 8


def test_what_is_empty_or_given_twice_is_told():
    model, x = identity(), np.ones((4, 1))
    for call in (model.fit, model.evaluate, model.predict):
        with pytest.raises(ValueError, match="has no batches"):
            call(iter(()), verbose=0)
        with pytest.raises(ValueError, match="has no batches"):
            call(Numbers([]), verbose=0)
    with pytest.raises(ValueError, match="validation_data of fit: .* has no batches"):
        model.fit(x, x, validation_data=iter(()), verbose=0)
    with pytest.raises(ValueError, match="evaluate: y comes from"):
        model.evaluate(numbers(SIZES), x, verbose=0)
    with pytest.raises(ValueError, match="validation_data must be"):
        model.fit(x, x, validation_data=(x,), verbose=0)
    with pytest.raises(ValueError, match="must give batches"):
        model.fit(iter([(x, x, x, x)]), verbose=0)
    with pytest.warns(UserWarning, match="batch_size=2 has no effect"):
        model.fit(numbers(SIZES), batch_size=2, verbose=0)


def test_an_error_of_a_data_set_is_that_of_fit():
    class Broken(Numbers):
        def __getitem__(self, i):
            if i == 2:
                raise KeyError("third")
            return super().__getitem__(i)

    for workers in 1, 4:
        for call in (identity().fit, identity().evaluate, identity().predict):
            with pytest.raises(KeyError, match="third"):
                call(Broken(SIZES, workers=workers), verbose=0)


def test_generators_run_on_the_thread_that_asked():
    threads = set()

    def here():
        for batch in numbers(SIZES):
            threads.add(threading.get_ident())
            yield batch

    identity().fit(here(), verbose=0)
    assert threads == {threading.get_ident()}


def test_shuffled_data_sets_resume_exactly(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2 and self.armed:
                raise RuntimeError("stopped")

    def train(armed):
        keras.utils.set_random_seed(5)
        model, stop = identity(), Stop()
        stop.armed = armed
        data = Numbers([1] * 12)
        backup = keras.callbacks.BackupAndRestore(str(tmp_path / f"{armed}.keras"))
        model.compile("adam", "mse")
        model.fit(data, steps_per_epoch=5, epochs=5, callbacks=[backup, stop], verbose=0)
        return model, data

    whole, data = train(False)
    assert sorted(data.read[1:13]) == list(range(12)) and data.read[1:13] != list(range(12))
    with pytest.raises(RuntimeError):
        train(True)
    keras.utils.set_random_seed(99)
    again, stop = identity(), Stop()
    stop.armed = False
    again.compile("adam", "mse")
    again.fit(Numbers([1] * 12), steps_per_epoch=5, epochs=5, verbose=0, callbacks=[
        keras.callbacks.BackupAndRestore(str(tmp_path / "True.keras")), stop])
    assert weight(again) == weight(whole)


def test_memory_is_some_batches():
    """120 batches of 4 MB pass through fit, evaluate, predict and validation."""
    program = textwrap.dedent("""
        import numpy as np, cornu as keras
        class Data(keras.utils.PyDataset):
            def __len__(self): return 120
            def __getitem__(self, i): return np.ones((1000, 1000), "float32"), np.ones((1000, 1), "float32")
        class Inputs(Data):
            def __getitem__(self, i): return (super().__getitem__(i)[0],)
        def peak():
            return int([l for l in open("/proc/self/status") if l.startswith("VmHWM")][0].split()[1]) / 1000
        m = keras.Sequential([keras.Input((1000,)), keras.layers.Dense(1)])
        m.compile("sgd", "mse")
        m.train_on_batch(*Data()[0]), m.test_on_batch(*Data()[0]), m.predict_on_batch(Data()[0][0])
        before = peak()
        m.fit(Data(), validation_data=Data(), verbose=0)
        m.fit((Data()[i] for i in range(120)), verbose=0)
        m.evaluate(Data(), verbose=0), m.predict(Inputs(), verbose=0)
        print(peak() - before)
    """)
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ)
    assert float(out.stdout or "nan") < 100, out.stdout + out.stderr


@pytest.mark.parametrize("call", ["m.fit(x, y, epochs=10**6, verbose=0)", "m.evaluate(x, y, batch_size=64, verbose=0)",
                                  "m.predict(x, batch_size=64, verbose=0)", "m.predict(endless(), verbose=0)",
                                  "m.evaluate(Slow(), verbose=0)"])
def test_ctrl_c_is_answered_at_once(call):
    program = textwrap.dedent(f"""
        import time, numpy as np, cornu as keras
        class Slow(keras.utils.PyDataset):
            def __len__(self): return 10**6
            def __getitem__(self, i): time.sleep(0.05); return x[:64], y[:64]
        def endless():
            while True: yield (x[:64],)
        m = keras.Sequential([keras.Input((256,)), keras.layers.Dense(1024), keras.layers.Dense(1024),
                              keras.layers.Dense(1)])
        m.compile("sgd", "mse")
        x, y = np.zeros((400_000, 256), "float32"), np.zeros((400_000, 1), "float32")
        m.fit(x[:64], y[:64], verbose=0), m.evaluate(x[:64], y[:64], verbose=0), m.predict(x[:64], verbose=0)
        print("ready", flush=True)
        try:
            {call}
        except KeyboardInterrupt:
            print("stopped", time.time(), m.predict(x[:2], verbose=0).shape)
    """)
    import time
    p = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=os.environ)
    assert p.stdout.readline() == "ready\n"
    time.sleep(0.4)
    sent = time.time()
    p.send_signal(signal.SIGINT)
    out, _ = p.communicate(timeout=30)
    assert out.startswith("stopped") and out.endswith("(2, 1)\n"), out
    assert float(out.split()[1]) - sent < 2  # 0.3 s on an idle machine


class Several(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x), x


def test_several_outputs_are_predicted_from_streams_and_refuse_one_loss():
    model, seen = Several(), Seen()
    a, b = model.predict(numbers(SIZES), callbacks=[seen], verbose=0)
    assert a.shape == (6, 1) and b[:, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert [hook[1] for hook in seen.hooks if hook[0] == "predict"] == [0, 1, 2]
    model.compile("sgd", "mse")
    x = np.ones((4, 1), "float32")
    with pytest.raises(RuntimeError, match="gives several tensors, which one loss"):
        model.fit(x, x, verbose=0)

    class Own(Several):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            first, second = y_pred
            return keras.ops.mean(keras.ops.square(first - 3 * second))

    own = Own()
    start = float(own(x)[0][0, 0]) - 3
    own.compile("sgd")
    losses = own.fit(x, x, epochs=20, verbose=0).history["loss"]
    # All rows are 1: kernel and bias move alike, and what is left shrinks by 4 rates each time.
    assert losses == pytest.approx([(start * 0.96 ** k) ** 2 for k in range(20)], rel=1e-4)
