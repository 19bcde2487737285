"""Targets and inputs that do not fit: told before training, never taken for something else."""
import numpy as np
import pytest

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
    before = own.get_weights()
    assert np.isnan(own.fit(ONE, y, verbose=0).history["loss"][0])
    assert all(np.isfinite(w).all() for w in own.get_weights()) and len(before) == 2
    assert not np.asarray(keras.ops.in_top_k(y, p, 3))[1]


def test_class_numbers_that_do_not_count():
    y, p = np.array([0, -1]), np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1]], "float32")
    loss = keras.losses.SparseCategoricalCrossentropy()
    assert np.isclose(loss(y, p, sample_weight=np.array([1.0, 0.0])), -np.log(0.9) / 2)
    ignoring = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    assert np.isclose(ignoring(y, p), -np.log(0.9))
    history = classifier().fit(ONE, y, sample_weight=np.array([1.0, 0.0]), verbose=0).history
    assert np.isfinite(history["loss"][0])
    masked = keras.Sequential([keras.Input((2, 1)), keras.layers.Masking(), keras.layers.Dense(3, activation="softmax")])
    masked.compile("sgd", "sparse_categorical_crossentropy")
    x = np.array([[[1.0], [0.0]]])
    assert np.isfinite(masked.evaluate(x, np.array([[0, -1]]), verbose=0))
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
    for y in (np.array([0, 1]), np.array([0.2, 0.9]), np.array([True, False])):
        classifier("binary_crossentropy", 1, "sigmoid").fit(ONE, y, verbose=0)
    classifier("hinge", 1, "tanh").fit(ONE, np.array([-1, 1]), verbose=0)
    classifier("binary_crossentropy", 1, "sigmoid").fit(ONE, np.array([-1, 1]), sample_weight=np.array([0.0, 1]), verbose=0)
    with pytest.raises(ValueError, match="from 0 to 1"):
        classifier("categorical_crossentropy").fit(ONE, np.array([[0, 0, 2], [1, 0, 0]]), verbose=0)


def test_one_feature_in_one_axis():
    x = np.array([-1.0, 0, 1, 2, 3, 4])
    y = 2 * x - 1
    model = keras.Sequential([keras.layers.Dense(1, input_shape=[1])])
    model.compile("sgd", "mse")
    model.fit(x, y, epochs=500, verbose=0, validation_data=(x, y))
    assert abs(model.predict(np.array([10.0]), verbose=0)[0, 0] - 19) < 0.1
    assert model.evaluate(x, y, verbose=0) == model.evaluate(x[:, None], y[:, None], verbose=0)
    assert model(x).shape == (6, 1) and model.predict_on_batch(x).shape == (6, 1)
    assert model.train_on_batch(x, y) == pytest.approx(model.test_on_batch(x, y), rel=0.2)
    model.fit(iter([(x, y)]), verbose=0)
    wide = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"expected input of shape \(None, 3\)"):
        wide.predict(x, verbose=0)


def test_two_unknown_sizes(tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.LayerNormalization(), keras.layers.Dense(2),
                              keras.layers.Softmax()])
    assert model.output_shape == (None, None, 2)
    for steps in (5, 7):
        x = np.random.default_rng(0).normal(size=(2, steps, 3)).astype("float32")
        z = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
        z = z @ model.get_weights()[-2]
        right = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
        assert np.allclose(model.predict(x, verbose=0), right, atol=1e-5)
        assert np.allclose(model(x), right, atol=1e-5)
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(np.ones((4, 6, 3)), np.ones((4, 6, 2)), verbose=0)
    model.fit(np.ones((4, 9, 3)), np.ones((4, 9, 2)), verbose=0)
    assert np.isfinite(model.evaluate(np.ones((4, 2, 3)), np.ones((4, 2, 2)), verbose=0)[0])
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
        return model.fit(x, np.ones(4), verbose=0)

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
