"""Every argument of every callback of the engine does something, or is refused: a model is trained with two that differ in
it, and what is seen from outside must differ. The arguments are in tests/arguments.json. And classes that derive from one.
"""
import json
import pathlib

import numpy as np
import pytest

import cornu as keras
from cornu import _core

TABLE = json.loads((pathlib.Path(__file__).parents[1] / "arguments.json").read_text())["callbacks"]
X = np.sin(np.arange(24, dtype="float32")).reshape(8, 3)
Y = X.sum(1, keepdims=True)
LOSS, OTHER = [5, 4, 4.5, 3, 3.5, 3.2, 3.4, 3.3], [1, 2, 1.5, 1.2, .5, .4, .3, .2]


class Watch(keras.callbacks.Callback):
    """Writes values to watch into the logs, and down what there is to see."""
    def __init__(self, folder):
        super().__init__()
        self.folder, self.seen = folder, []

    def look(self):
        self.seen += [float(self.model.optimizer.learning_rate), sorted(p.name for p in self.folder.rglob("*"))]

    def on_train_batch_end(self, batch, logs=None):
        self.look()

    def on_epoch_end(self, epoch, logs=None):
        logs.update(val_loss=LOSS[epoch], other=OTHER[epoch])
        self.seen.append(epoch)
        self.look()


def net():
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(.125), "mse")
    return model


def seen_of(make, arguments, folder, capfd, x=X):
    folder.mkdir()
    (folder / "log.csv").write_text("of before\n")
    arguments = {k: folder / v if k in ("filepath", "filename", "backup_dir") else v for k, v in arguments.items()}
    watch, model = Watch(folder), net()
    try:
        model.fit(x, Y, batch_size=2, epochs=8, verbose=0, callbacks=[watch, make(**arguments)])
    except (ValueError, RuntimeError) as e:
        watch.seen.append(str(e))
    said = capfd.readouterr().out.replace(str(folder), "")
    texts = [(p.name, p.read_text()) for p in sorted(folder.rglob("*.csv"))]
    return [*watch.seen, said, texts, *(w.tolist() for w in model.get_weights()), sorted(p.name for p in folder.rglob("*"))]


@pytest.mark.parametrize("key", [f"{name}.{row[0]}" for name in _core.callback_names()
                                 for row in _core.callback_parameters(name)])
def test_argument(key, tmp_path, capfd):
    name = key.split(".")[0]
    x = X * np.nan if name == "TerminateOnNaN" else X
    make = getattr(keras.callbacks, name)
    first, second = (seen_of(make, arguments, tmp_path / str(i), capfd, x) for i, arguments in enumerate(TABLE[key]))
    assert first != second

    class Derived(make):  # whose hooks are Python's does the same
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
    if name != "TerminateOnNaN":  # NaN differs from itself
        assert seen_of(Derived, TABLE[key][1], tmp_path / "derived", capfd, x) == second


def test_derived_hooks_run():
    class Late(keras.callbacks.EarlyStopping):
        """Watches nothing in the first epochs."""
        def __init__(self, after, **kwargs):
            super().__init__(**kwargs)
            self.after, self.batches = after, 0

        def on_batch_end(self, batch, logs=None):
            self.batches += 1

        def on_epoch_end(self, epoch, logs=None):
            if epoch >= self.after:
                super().on_epoch_end(epoch, logs)

    def epochs(callback):
        model = net()
        model.compile(keras.optimizers.SGD(0.0), "mse")
        return len(model.fit(X, Y, batch_size=4, epochs=9, verbose=0, callbacks=[callback]).epoch)
    late = Late(4, monitor="loss", patience=1)
    assert epochs(late) == 6 and late.stopped_epoch == 5 and late.batches == 12
    assert epochs(keras.callbacks.EarlyStopping(monitor="loss", patience=1)) == 2


def test_arguments_stay_what_they_were():
    stop = keras.callbacks.EarlyStopping(patience=3)
    stop.patience = 3
    with pytest.raises(AttributeError, match="EarlyStopping: patience is what the callback was made with, 3"):
        stop.patience = 4
    with pytest.raises(RuntimeError, match="in a fit"):
        stop.on_epoch_end(0, {"val_loss": 1.0})
