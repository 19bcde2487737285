"""Runs one program with weights and order of rows that do not depend on the engine, and writes what it computed.

    python driver.py PROGRAM.py OUT.json [--keep-weights]
    python driver.py --engine OUT.json

`keras` may be any module with that interface. Before a model is first fitted, evaluated, saved, ... its random weights
are replaced by numbers made from their place in `model.weights` and their shape; `fit` never shuffles. A weight counts
as random if it is trainable and not constant. Calling a model directly does not replace anything. What is written comes
from the program's globals: `history` or `histories` (History objects or dictionaries of lists), `model`, `results`.
"""

import functools
import json
import os
import runpy
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "shim"))  # last: a real TensorFlow goes first

import keras
import numpy as np
import tensorflow

if not hasattr(tensorflow, "GradientTape"):
    try:  # the stand-in must not make Keras believe that it can use TensorFlow
        from keras.src.utils.module_utils import tensorflow as seen_by_keras

        seen_by_keras._available = False
    except ImportError:
        pass

known = {}  # every weight that has its starting value; the weights themselves are kept so that no id is used twice
lock = threading.RLock()


def starting_value(position, shape):
    """As large as Glorot's uniform numbers, the same everywhere: generators' raw doubles are stable over versions."""
    fan_in, fan_out = (shape[-2], shape[-1]) if len(shape) > 1 else (shape[0], shape[0])
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    numbers = np.random.Generator(np.random.PCG64([position, *shape])).random(shape)
    return ((2 * numbers - 1) * limit).astype("float32")


def first_row(x):
    if isinstance(x, dict):
        return {key: first_row(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(first_row(value) for value in x)
    return x[:1]


def settle(model, x=None):
    """Give the model's weights their starting values, if they have none yet."""
    with lock:
        if not model.built and x is not None:
            model(first_row(x[0][0] if isinstance(x, keras.utils.PyDataset) else x))
        if not model.built:
            return
        for position, weight in enumerate(model.weights):
            if id(weight) in known:
                continue
            known[id(weight)] = weight
            value = np.asarray(weight)
            if weight.trainable and value.dtype.kind == "f" and value.size > 1 and np.ptp(value) > 0:
                weight.assign(starting_value(position, value.shape))


def wrap(name, takes_data, keep_weights):
    original = getattr(keras.Model, name)

    @functools.wraps(original)
    def wrapper(self, *args, **kwargs):
        data = (args[0] if args else kwargs.get("x")) if takes_data else None
        if not keep_weights:
            settle(self, data)
        if name == "fit":
            kwargs["shuffle"] = False
        return original(self, *args, **kwargs)

    setattr(keras.Model, name, wrapper)


def wrap_loading(module):
    original = module.load_model

    @functools.wraps(original)
    def load_model(*args, **kwargs):
        model = original(*args, **kwargs)
        known.update((id(weight), weight) for weight in model.weights)
        return model

    module.load_model = load_model


def plain(value):
    """Numbers, strings, and lists of them, with the digits that float32 holds."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (str, bool)) or value is None:
        return value
    value = np.asarray(value)
    if value.ndim:
        return [plain(item) for item in value.tolist()]
    return float(f"{value:.9g}") if value.dtype.kind == "f" else value.item()


def summary_of(weight):
    value = np.asarray(weight, dtype="float64")
    places = np.unique(np.linspace(0, value.size - 1, 5).astype(int))
    return {
        "name": weight.name,
        "shape": list(value.shape),
        "mean_size": plain(np.abs(value).mean()),
        "values": plain(value.reshape(-1)[places]),
    }


def engine():
    backend = keras.backend.backend() if hasattr(keras.backend, "backend") else ""
    return {"name": keras.__name__, "version": keras.__version__, "backend": backend}


def main(program, out, keep_weights):
    for name in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"):
        wrap(name, True, keep_weights)
    for name in ("get_weights", "set_weights", "save", "save_weights", "load_weights"):
        wrap(name, False, keep_weights)
    wrap_loading(keras.models)
    wrap_loading(keras.saving)
    start = time.perf_counter()
    sys.argv = [program]
    names = runpy.run_path(program, run_name="__main__")
    seconds = time.perf_counter() - start
    histories = names.get("histories") or {"": names.get("history")}
    record = {
        "curves": {name: plain(getattr(h, "history", h)) for name, h in histories.items() if h is not None},
        "results": plain(names.get("results", {})),
        "weights": [summary_of(weight) for weight in names["model"].weights] if "model" in names else [],
    }
    with open(out, "w") as file:
        json.dump({"seconds": seconds, **record}, file)


if __name__ == "__main__":
    if sys.argv[1] == "--engine":
        with open(sys.argv[2], "w") as file:
            json.dump(engine(), file)
    else:
        main(sys.argv[1], sys.argv[2], "--keep-weights" in sys.argv[3:])
