#!/usr/bin/env python3
"""Load `.keras` files in the installed Keras and compare what they do with what their writer says they do.

    KERAS_BACKEND=jax .venv-keras/bin/python tools/check_keras_files.py FOLDER

The files are those that the tests of C++ (saving_tests), of the command line (cli_tests) and of Python
(tests/python/test_files.py) leave in the folder that CORNU_KEEP_FILES names.

Beside each `<stem>.keras` lies `<stem>.json` with `input` and `prediction`, and maybe `weights` and
`optimizer_variables`, in Keras' order. If training is to be compared, it has `train_x`, `train_y`, `batch_size` and
`losses`: the loss of each further batch, taken in order without shuffling and from the first row again after the last.
Arrays are `{"shape", "dtype", "data"}` or nested lists. A file whose JSON has `refused` is expected not to load;
`program` names the function of golden/saved_models.py that has its classes. What Keras writes of the model that it
loaded must be what the file holds, but for `EXTRA`. Values agree if they differ by at most 1e-5 of the largest value
that Keras gives; `--tolerance` changes that. The exit status is 1 if anything disagrees.
"""

import argparse
import inspect
import json
import os
import sys
import zipfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from golden.saved_models import MODELS

#: Arguments that Keras reads and its own configs lose.
EXTRA = {"Huber": "delta", "CosineSimilarity": "axis", "SparseCategoricalCrossentropy": "axis", "Identity": "gain"}


def own_objects(program):
    """The classes and functions of one's own in a model of golden/saved_models.py."""
    model = MODELS[program](keras)
    parts = [model, *model.layers, *(getattr(layer, "activation", None) for layer in model.layers)]
    compiled = getattr(model, "_compile_config", None)
    if compiled is not None:
        parts += [compiled.config["loss"], *(compiled.config["metrics"] or [])]
    found = {}
    for part in parts:
        thing = part if inspect.isfunction(part) else type(part)
        if not thing.__module__.startswith(("keras.", "builtins")):
            found[keras.saving.get_registered_name(thing)] = found[thing.__name__] = thing
    return found


def described(form):
    """A form without what no two writers could agree on, or Keras loses."""
    if isinstance(form, dict):
        lost = EXTRA.get(form.get("class_name"))
        out = {k: described(v) for k, v in form.items() if k not in ("shared_object_id", "module")}
        if lost:
            out["config"].pop(lost, None)
        if "layers" in out.get("config", ()):
            out["config"].pop("trainable", None)  # which Keras does not read of a Sequential
        return out
    return [described(one) for one in form] if isinstance(form, (list, tuple)) else form


def config_differs(path, model):
    """Where what Keras writes of the model is not what the file holds; empty if nowhere."""
    with zipfile.ZipFile(path) as archive:
        ours = described(json.loads(archive.read("config.json")))
    theirs = described(json.loads(json.dumps(keras.saving.serialize_keras_object(model))))
    return next(places(ours, theirs, "config"), "")


def places(a, b, where):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            yield from places(a.get(key, "nothing"), b.get(key, "nothing"), f"{where}/{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, pair in enumerate(zip(a, b, strict=True)):
            yield from places(*pair, f"{where}/{i}")
    elif a != b and not (isinstance(a, float) and isinstance(b, float) and abs(a - b) <= 1e-6 * abs(b)):
        yield f"{where} is {a}, Keras writes {b}"


def array(value):
    if isinstance(value, dict):
        return np.asarray([float(v) for v in value["data"]], value["dtype"]).reshape(value["shape"])
    return np.asarray(value)


def difference(ours, keras_values):
    """Largest difference, as a share of the largest value; infinite if the shapes differ or only one has a NaN."""
    ours, keras_values = np.asarray(ours, "float64"), np.asarray(keras_values, "float64")
    if ours.shape != keras_values.shape or not np.array_equal(np.isnan(ours), np.isnan(keras_values)):
        return float("inf")
    if not ours.size:
        return 0.0
    largest = np.nanmax(np.abs(keras_values)) or 1.0
    return float(np.nanmax(np.abs(ours - keras_values)) / largest)


def check_training(model, about):
    x, y, size = array(about["train_x"]), array(about["train_y"]), about["batch_size"]
    expected = array(about["losses"])
    starts = [k * size for k in range(-(-len(x) // size))]
    losses = []
    for step in range(len(expected)):
        first = starts[step % len(starts)]
        rows = slice(first, first + size)
        losses.append(model.train_on_batch(x[rows], y[rows], return_dict=True)["loss"])
    return difference(expected, losses)


def check(path, tolerance):
    """One line about the file, and whether it is as its JSON says."""
    about = json.loads(path.with_suffix(".json").read_text())
    try:
        objects = own_objects(about["program"]) if "program" in about else {}
        model = keras.saving.load_model(path, custom_objects=objects)
    except Exception as error:  # whatever Keras raises, the reader wants to see it and the next file
        if "refused" in about:
            return f"refused, as expected ({type(error).__name__})", True
        return f"does not load: {error}", False
    if "refused" in about:
        return "loads, but should be refused", False
    differences = {
        "prediction": difference(array(about["prediction"]), model.predict(array(about["input"]), verbose=0))
    }
    wrong = "" if "unlike" in about else config_differs(path, model)
    for what, theirs in (("weights", model.weights), ("optimizer_variables", optimizer_variables(model))):
        if what in about:
            differences[what] = max(map(difference, map(array, about[what]), theirs), default=0.0)
            if len(about[what]) != len(theirs):
                wrong = f"{len(about[what])} {what}, Keras has {len(theirs)}"
    if "losses" in about:
        differences["losses"] = check_training(model, about)
    text = ", ".join(f"{what} differ by {value:.1e}" for what, value in differences.items())
    return wrong or text, not wrong and all(value <= tolerance for value in differences.values())


def optimizer_variables(model):
    return model.optimizer.variables if getattr(model, "optimizer", None) is not None else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.keras"))
    if not paths:
        sys.exit(f"no .keras files in {options.folder}")
    failures = 0
    for path in paths:
        if path.with_suffix(".json").exists():
            text, good = check(path, options.tolerance)
        else:
            text, good = "has no JSON beside it", False
        failures += not good
        print(f"{'ok  ' if good else 'FAIL'} {path.name}: {text}", flush=True)
    print(f"{len(paths) - failures} of {len(paths)} files agree with Keras {keras.__version__}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
