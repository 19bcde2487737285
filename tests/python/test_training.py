"""compile, fit, evaluate, predict, save: what a user of dense networks does."""
import threading

import numpy as np
import pytest
from numpy_network import Adam, Network
from small_network import data, network

import cornu as keras


def test_fit_learns_and_reports():
    x, y = data()
    model = network()
    right = Network(model.layers, "binary_crossentropy", Adam())
    history = model.fit(x, y, epochs=60, batch_size=10, validation_split=0.2, shuffle=False, verbose=0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history.epoch == list(range(60))
    for epoch in range(60):
        assert history.history["loss"][epoch] == pytest.approx(right.epoch(x[:160], y[:160], 10), rel=1e-4)
        assert history.history["val_loss"][epoch] == pytest.approx(right.losses(x[160:], y[160:]).mean(), rel=1e-4)
        assert history.history["val_accuracy"][epoch] == pytest.approx(right.accuracy(x[160:], y[160:]))
    right.check_weights(model, rtol=1e-3, atol=1e-4)
    assert model.evaluate(x[:160], y[:160], verbose=0)[1] == pytest.approx(right.accuracy(x[:160], y[:160]))


@pytest.mark.parametrize("shape", [(200,), (200, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "bool"])
def test_labels_of_every_type(shape, dtype):
    x, y = data()
    model = network()
    right = Network(model.layers, "binary_crossentropy", Adam())
    curves = model.fit(x, y.reshape(shape).astype(dtype), epochs=1, shuffle=False, verbose=0).history
    assert curves["loss"][0] == pytest.approx(right.epoch(x, y), rel=1e-5)
    right.check_weights(model)


@pytest.mark.parametrize("dtype", ["float64", "int64", "uint8"])
def test_inputs_of_every_type(dtype):
    x, y = data()
    x = (np.abs(x) * 2).astype(dtype)
    model = network()
    right = Network(model.layers, "binary_crossentropy", Adam())
    curves = model.fit(x, y, epochs=1, shuffle=False, verbose=0).history
    assert curves["loss"][0] == pytest.approx(right.epoch(x, y), rel=1e-5)
    p = model.predict(x)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p, right.predict(x), rtol=1e-3, atol=1e-6)


def test_evaluate_forms():
    x, y = data()
    model = network()
    both = model.evaluate(x, y, verbose=0)
    right = Network(model.layers, "binary_crossentropy")
    assert both == pytest.approx([right.losses(x, y).mean(), right.accuracy(x, y)], rel=1e-5)
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
    right = Network(model.layers, "binary_crossentropy", Adam())
    for given, rows in (((x.tolist(), y.tolist()), (x, y)), ((x[::2], y[::2]),) * 2, ((x[::-1, ::-1], y[::-1]),) * 2,
                        ((np.asfortranarray(x), y), (x, y))):
        loss = model.fit(*given, epochs=1, shuffle=False, verbose=0).history["loss"][0]
        assert loss == pytest.approx(right.epoch(*rows), rel=1e-4)
    right.check_weights(model)


def test_two_models_train_in_two_threads():
    x, y = data(2000)
    results = {}

    def train(seed):
        model = network(seed=seed)
        right = Network(model.layers, "binary_crossentropy", Adam())
        curve = model.fit(x, y, epochs=10, shuffle=False, verbose=0).history["loss"]
        results[seed] = curve, right.fit(x, y, epochs=10)

    threads = [threading.Thread(target=train, args=(s,)) for s in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(results) == 2
    for curve, right in results.values():
        np.testing.assert_allclose(curve, right, rtol=1e-4)


def test_freezing_and_thawing():
    x, y = data()
    model = network()
    model.layers[0].trainable = False
    before = model.get_weights()
    right = Network(model.layers, "binary_crossentropy", Adam(), frozen=(0, 1))
    model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    right.fit(x, y)
    np.testing.assert_array_equal(before[0], model.get_weights()[0])
    right.check_weights(model)
    model.layers[0].trainable = True
    model.compile("adam", "binary_crossentropy")
    right = Network(model.layers, "binary_crossentropy", Adam())
    model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    right.fit(x, y)
    right.check_weights(model)


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
