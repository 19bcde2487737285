#!/usr/bin/env python3
"""Load `.keras` files in the installed Keras and compare what they do with what their writer says they do.

    KERAS_BACKEND=jax .venv-keras/bin/python tools/check_keras_files.py FOLDER

Beside each `<stem>.keras` lies `<stem>.json` with `input` and `prediction`, and, if training is to be compared,
`train_x`, `train_y`, `batch_size` and `losses`: the loss of each further batch, taken in order without shuffling and
from the first row again after the last. Arrays are `{"shape", "dtype", "data"}` or nested lists. A file whose JSON has
`refused` is expected not to load. Values agree if they differ by at most 1e-5 of the largest value that Keras gives;
`--tolerance` changes that. The exit status is 1 if anything disagrees.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np


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
        model = keras.saving.load_model(path)
    except Exception as error:  # whatever Keras raises, the reader wants to see it and the next file
        if "refused" in about:
            return f"refused, as expected ({type(error).__name__})", True
        return f"does not load: {error}", False
    if "refused" in about:
        return "loads, but should be refused", False
    differences = {
        "prediction": difference(array(about["prediction"]), model.predict(array(about["input"]), verbose=0))
    }
    if "losses" in about:
        differences["losses"] = check_training(model, about)
    text = ", ".join(f"{what} differ by {value:.1e}" for what, value in differences.items())
    return text, all(value <= tolerance for value in differences.values())


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
