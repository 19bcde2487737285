"""compile, fit, evaluate, predict, save: what a user of dense networks does."""
import threading

import numpy as np
import pytest
from small_network import data, network

import cornu as keras


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
