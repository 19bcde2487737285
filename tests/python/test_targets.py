"""Targets and inputs that do not fit: told before training, never taken for something else."""
import numpy as np
import pytest
from numpy_network import Network

import cornu as keras

ONE = np.ones((2, 1))


def classifier(loss="sparse_categorical_crossentropy", classes=3, activation="softmax"):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(classes, activation=activation)])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize("bad", [3, -1])
def test_class_numbers_of_no_class(bad):
    y, p = np.array([0, bad]), np.full((2, 3), 1 / 3, "float32")
    for call in (lambda: classifier().fit(ONE, y, verbose=0), lambda: classifier().evaluate(ONE, y, verbose=0),
                 lambda: classifier().fit(ONE, 0 * y, validation_data=(ONE, y), verbose=0),
                 lambda: classifier().fit(iter([(ONE, y)]), verbose=0),
                 lambda: keras.losses.sparse_categorical_crossentropy(y, p),
                 lambda: keras.losses.SparseCategoricalCrossentropy()(y, p),
                 lambda: keras.metrics.sparse_categorical_crossentropy(y, p)):
        with pytest.raises(ValueError, match=f"from 0 to 2.*got {bad}"):
            call()
    own = classifier(lambda t, q: keras.losses.sparse_categorical_crossentropy(t, q))
    (kernel, bias), q = own.get_weights(), own.predict(ONE[:1], verbose=0)[0]
    assert np.isnan(own.fit(ONE, y, verbose=0).history["loss"][0])
    step = 0.01 * (q - [1, 0, 0]) / 2  # of row 0; the row of no class has no gradient
    np.testing.assert_allclose(own.get_weights()[0], kernel - step, rtol=1e-5)
    np.testing.assert_allclose(own.get_weights()[1], bias - step, rtol=1e-5)
    assert not np.asarray(keras.ops.in_top_k(y, p, 3))[1]


def test_class_numbers_that_do_not_count():
    y, p = np.array([0, -1]), np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1]], "float32")
    loss = keras.losses.SparseCategoricalCrossentropy()
    assert np.isclose(loss(y, p, sample_weight=np.array([1.0, 0.0])), -np.log(0.9) / 2)
    ignoring = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    assert np.isclose(ignoring(y, p), -np.log(0.9))
    model = classifier()
    q = model.predict(ONE, verbose=0)[0, 0]
    history = model.fit(ONE, y, sample_weight=np.array([1.0, 0.0]), verbose=0).history
    assert history["loss"][0] == pytest.approx(-np.log(q) / 2, rel=1e-5)
    masked = keras.Sequential([keras.Input((2, 1)), keras.layers.Masking(), keras.layers.Dense(3, activation="softmax")])
    masked.compile("sgd", "sparse_categorical_crossentropy")
    x = np.array([[[1.0], [0.0]]])
    q = masked.predict(x, verbose=0)[0, 0, 0]
    assert masked.evaluate(x, np.array([[0, -1]]), verbose=0) == pytest.approx(-np.log(q), rel=1e-5)
    assert np.isnan(masked.evaluate(x, np.array([[-1, 0]]), verbose=0))


@pytest.mark.parametrize("labels, words", [([1, 2], r"got 2 in row 1 \(the labels are 1 and 2\); subtract 1"),
                                           ([-1, 1], r"got -1 in row 0 \(the labels are -1 and 1\); .*Hinge"),
                                           ([0, 3], "SparseCategoricalCrossentropy"),
                                           ([0.5, 7.25], "MeanSquaredError")])
@pytest.mark.parametrize("loss", ["binary_crossentropy", "binary_focal_crossentropy"])
def test_labels_that_are_no_probabilities(labels, words, loss):
    y = np.array(labels)
    make = lambda: classifier(loss, 1, "sigmoid")  # noqa: E731
    for call in (lambda: make().fit(ONE, y, verbose=0), lambda: make().evaluate(ONE, y, verbose=0),
                 lambda: make().train_on_batch(ONE, y), lambda: make().fit(iter([(ONE, y)]), verbose=0),
                 lambda: make().fit(ONE, y * 0, validation_data=(ONE, y), verbose=0)):
        with pytest.raises(ValueError, match=f"expects y from 0 to 1, .*{words}"):
            call()


def test_labels_that_fit():
    def losses(y, loss="binary_crossentropy", activation="sigmoid", **weights):
        """What fit says, and the prediction before it."""
        model = classifier(loss, 1, activation)
        p = model.predict(ONE, verbose=0)[:, 0].astype("float64")
        return model.fit(ONE, y, verbose=0, **weights).history["loss"][0], p

    for y in (np.array([0, 1]), np.array([0.2, 0.9]), np.array([True, False])):
        loss, p = losses(y)
        assert loss == pytest.approx(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(), rel=1e-5)
    loss, p = losses(np.array([-1, 1]), "hinge", "tanh")
    assert loss == pytest.approx(np.maximum(1 - p * [-1, 1], 0).mean(), rel=1e-5)
    loss, p = losses(np.array([-1, 1]), sample_weight=np.array([0.0, 1]))
    assert loss == pytest.approx(-np.log(p[1]) / 2, rel=1e-5)
    with pytest.raises(ValueError, match="from 0 to 1"):
        classifier("categorical_crossentropy").fit(ONE, np.array([[0, 0, 2], [1, 0, 0]]), verbose=0)


def test_one_feature_in_one_axis():
    x = np.array([-1.0, 0, 1, 2, 3, 4])
    y = 2 * x - 1
    model = keras.Sequential([keras.layers.Dense(1, input_shape=[1])])
    model.compile("sgd", "mse")
    model.build((None, 1))
    right = Network(model.layers)
    history = model.fit(x, y, epochs=500, verbose=0, validation_data=(x, y)).history
    np.testing.assert_allclose(history["loss"], right.fit(x[:, None], y, epochs=500), rtol=1e-3)
    assert history["val_loss"][:-1] == pytest.approx(history["loss"][1:], rel=1e-5)
    assert model.predict(np.array([10.0]), verbose=0)[0, 0] == pytest.approx(right.predict([[10.0]])[0, 0], rel=1e-5)
    assert model.evaluate(x, y, verbose=0) == model.evaluate(x[:, None], y[:, None], verbose=0)
    assert model(x).shape == (6, 1) and model.predict_on_batch(x).shape == (6, 1)
    before = model.test_on_batch(x, y)
    assert model.train_on_batch(x, y) == pytest.approx(before, rel=1e-5)
    before = model.test_on_batch(x, y)
    assert model.fit(iter([(x, y)]), verbose=0).history["loss"] == pytest.approx([before], rel=1e-5)
    wide = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"expected input of shape \(None, 3\)"):
        wide.predict(x, verbose=0)


def test_two_unknown_sizes(tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.LayerNormalization(), keras.layers.Dense(2),
                              keras.layers.Softmax()])
    assert model.output_shape == (None, None, 2)

    def right(x):
        gamma, beta, kernel, bias = model.get_weights()
        z = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
        z = (z * gamma + beta) @ kernel + bias
        return np.exp(z) / np.exp(z).sum(-1, keepdims=True)

    for steps in (5, 7):
        x = np.random.default_rng(0).normal(size=(2, steps, 3)).astype("float32")
        assert np.allclose(model.predict(x, verbose=0), right(x), atol=1e-5)
        assert np.allclose(model(x), right(x), atol=1e-5)
    model.compile("sgd", "mse", metrics=["mae"])
    rng = np.random.default_rng(1)
    for steps in (6, 9, 2):
        data, y = rng.normal(size=(4, steps, 3)), rng.normal(size=(4, steps, 2))
        figures = [np.mean((right(data) - y) ** 2), np.mean(np.abs(right(data) - y))]
        assert model.evaluate(data, y, verbose=0) == pytest.approx(figures, rel=1e-5)
        before, step = model.get_weights(), 1e-3
        kernel = before[2]
        history = model.fit(data, y, verbose=0).history  # one batch: what it says is from before the update
        assert [history["loss"][0], history["mae"][0]] == pytest.approx(figures, rel=1e-5)
        weights = model.get_weights()
        for at in ((0, 0), (2, 1)):  # the update is the rate times the slope of the loss
            moved = []
            for h in (step, -step):
                other = kernel.copy()
                other[at] += h
                model.set_weights([*before[:2], other, before[3]])
                moved.append(np.mean((right(data) - y) ** 2))
            assert kernel[at] - weights[2][at] == pytest.approx(0.01 * (moved[0] - moved[1]) / (2 * step), rel=1e-2, abs=1e-6)
        model.set_weights(weights)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.input_shape == (None, None, 3)
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    reshaped = keras.Sequential([keras.Input((None, 6)), keras.layers.Reshape((-1, 3))])
    assert reshaped.output_shape == (None, None, 3)
    assert reshaped.predict(np.ones((2, 4, 6)), verbose=0).shape == (2, 8, 3)


def test_other_lengths_without_input():
    model = keras.Sequential([keras.layers.Dense(2, kernel_initializer="ones")])
    for steps in (5, 7):
        x = np.arange(2 * steps * 3, dtype="float32").reshape(2, steps, 3)
        assert np.allclose(model.predict(x, verbose=0), np.repeat(x.sum(-1, keepdims=True), 2, -1))
    with pytest.raises(ValueError):
        model.predict(np.ones((2, 5, 4)), verbose=0)


def test_normalization_of_any_axes():
    a, b = np.array([1.0, 2, 3, 4, 5]), np.array([[1.0, 2], [3, 4]])

    def adapted(data, **arguments):
        layer = keras.layers.Normalization(**arguments)
        layer.adapt(data)
        return np.asarray(layer(data))

    assert np.allclose(adapted(a, axis=None), (a - 3) / np.sqrt(2), atol=1e-5)
    assert np.allclose(adapted(b, axis=None), (b - 2.5) / np.sqrt(1.25), atol=1e-5)
    c = np.random.default_rng(0).normal(size=(6, 3, 2))
    for axis, over in ((-1, (0, 1)), (1, (0, 2)), ((1, 2), (0,)), ([-1], (0, 1)), ((), (0, 1, 2))):
        right = (c - c.mean(over, keepdims=True)) / c.std(over, keepdims=True)
        assert np.allclose(adapted(c, axis=axis), right, atol=1e-4), axis
    for axis in (None, -1, 0):
        layer = keras.layers.Normalization(axis=axis, mean=5.0, variance=4.0)
        assert np.allclose(layer(b), (b - 5) / 2)
        assert np.allclose(keras.layers.Normalization.from_config(layer.get_config())(b), (b - 5) / 2)
    assert keras.layers.Normalization(axis=None).get_config()["axis"] in ((), [])


def test_frames_name_their_columns():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"size": [1.5, 2, 3, 4], "rooms": [1, 2, 3, 4]})

    def fit(x):
        model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        right = Network(model.layers)
        loss = model.fit(x, np.ones(4), verbose=0).history["loss"][0]
        assert loss == pytest.approx(right.epoch(np.asarray(x, "float64"), np.ones(4)), rel=1e-5)

    fit(frame)
    fit(frame.assign(sold=[True, False, True, False]))
    for column, words in ((["red", "blue", "red", "blue"], "'colour'.*'red'.*get_dummies"),
                          (pd.Categorical(["red", "blue", "red", "blue"]), "'colour'.*category.*'red'"),
                          (pd.to_datetime(["2020-01-02"] * 4), "'colour'.*datetime.*dt.year"),
                          ([1, 2, "n/a", 4], "'colour'.*'n/a'")):
        with pytest.raises(ValueError, match=words):
            fit(frame.assign(colour=column))
    with pytest.raises(ValueError, match="must hold numbers, got str values such as 'red'"):
        fit(np.array([[1.5, "red"]] * 4, dtype=object))
