"""Three sides, one result: the same file of a model, trained on the same data in Python and as a C++ program, leaves the
same bits in weights, predictions and figures; the command line predicts and measures with both files as they do.
"""
import json
import os
import pathlib
import subprocess
import zipfile

import numpy as np
import pytest

import cornu as keras

BUILD = pathlib.Path(os.environ.get("CORNU_BUILD", pathlib.Path(__file__).parents[2] / "build")).resolve()
RNG = np.random.default_rng(5)
X = RNG.normal(size=(30, 4)).astype("float32")
TWO, THREE = (X[:, :1] > 0).astype("float32"), np.argmax(X[:, :3], axis=1).astype("int32")
L = keras.layers

#: name -> (layers, what compile is given, targets, inputs if not X). Dropout's seeds are in the file: it draws alike on
#: all sides.
PROGRAMS = {
    "binary": (lambda: [L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid")],
               {"optimizer": "adam", "loss": "binary_crossentropy", "metrics": ["accuracy"]}, TWO),
    "classes": (lambda: [L.Dense(6, activation="tanh", kernel_regularizer="l2"), L.Dropout(.3, seed=4),
                         L.Dense(3, activation="softmax")],
                {"optimizer": "rmsprop", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}, THREE),
    "normalized": (lambda: [L.Dense(5), L.BatchNormalization(), L.LeakyReLU(), L.Dense(1, activation="sigmoid")],
                   {"optimizer": "sgd", "loss": "binary_crossentropy", "metrics": ["AUC"]}, TWO),
    "penalties": (lambda: [L.Dense(5, activity_regularizer="l2", kernel_constraint="max_norm"),
                           L.Dense(3, activation="softmax")],
                  {"optimizer": "adagrad", "loss": "sparse_categorical_crossentropy"}, THREE),
    "a layer as activation": (lambda: [L.Dense(5, activation=L.LeakyReLU(negative_slope=.1)),
                                       L.Dense(1, activation="sigmoid")],
                              {"optimizer": "nadam", "loss": "binary_crossentropy"}, TWO),
    "one feature in one axis": (lambda: [L.Dense(4, activation="tanh"), L.Dense(1, activation="sigmoid")],
                                {"optimizer": "lion", "loss": "binary_crossentropy"}, TWO[:, 0], X[:, 0]),
    "masked sequences": (lambda: [L.Masking(), L.LayerNormalization(), L.Dense(3, activation="relu"), L.Flatten(),
                                  L.Dense(3, activation="softmax")],
                         {"optimizer": "adamw", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}, THREE,
                         X.reshape(30, 2, 2) * (X.reshape(30, 2, 2)[:, :, :1] > -1)),
    "one-hot": (lambda: [L.Dense(4, activation="selu", kernel_initializer="lecun_normal"), L.AlphaDropout(.1, seed=2),
                         L.Dense(3, activation="softmax")],
                {"optimizer": "adamax", "loss": "categorical_crossentropy", "metrics": ["accuracy"]}, np.eye(3, dtype="f4")[THREE]),
    "frozen": (lambda: [L.Dense(5, activation="relu", trainable=False), L.Dense(1, activation="sigmoid")],
               {"optimizer": keras.optimizers.SGD(.1, momentum=.9), "loss": "binary_crossentropy"}, TWO),
    "scheduled": (lambda: [L.Dense(4), L.PReLU(), L.Dense(1, activation="sigmoid")],
                  {"optimizer": keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(.1, 12), use_ema=True),
                   "loss": keras.losses.BinaryFocalCrossentropy(gamma=1.5), "weighted_metrics": ["mae"]}, TWO),
}


def command(*arguments):
    run = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def config(path):
    with zipfile.ZipFile(path) as z:
        return json.loads(z.read("config.json"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_result(name, tmp_path):
    program, cli = BUILD / "tests" / "three_sides", BUILD / "bin" / "cornu"
    if not program.exists() or not cli.exists():
        pytest.skip("the C++ program or the command line was not built")
    layers, compiled, y, *given = PROGRAMS[name]
    x = given[0] if given else X
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input(x.shape[1:] or (1,)), *layers()])
    model.compile(**compiled)
    start = tmp_path / "start.keras"
    model.save(start)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    command(program, start, tmp_path / "x.npy", tmp_path / "y.npy", 3, 8, tmp_path)

    model = keras.models.load_model(start)
    history = model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history
    model.save(tmp_path / "python.keras")
    predictions = model.predict(x, batch_size=4, verbose=0)

    lines = [line.split() for line in (tmp_path / "cpp.txt").read_text().splitlines()]
    figures = {key: [float(v) for v in values] for key, *values in lines}
    measured = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    assert figures == {**history, **{f"evaluate_{key}": [value] for key, value in measured.items()}}
    assert np.array_equal(np.load(tmp_path / "cpp.npy"), predictions)
    other = keras.models.load_model(tmp_path / "cpp.keras")
    for mine, theirs in zip(model.weights + model.optimizer.variables, other.weights + other.optimizer.variables):
        assert np.array_equal(np.asarray(mine), np.asarray(theirs)), mine.path
    assert config(tmp_path / "cpp.keras") == config(tmp_path / "python.keras")

    for file in "python.keras", "cpp.keras":
        command(cli, "predict", tmp_path / file, tmp_path / "x.npy", "-o", tmp_path / "cli.npy", "--batch-size", 4)
        assert np.array_equal(np.load(tmp_path / "cli.npy"), predictions)
        command(cli, "evaluate", tmp_path / file, "--x-file", tmp_path / "x.npy", "--y-file", tmp_path / "y.npy",
                "--json", tmp_path / "report.json")
        report = json.loads((tmp_path / "report.json").read_text())
        guess = predictions.argmax(1) if predictions.shape[1] > 1 else predictions[:, 0] > .5
        classes = y.argmax(1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
        assert np.isclose(report["accuracy"], np.mean(guess == classes))
