"""Whole `config.json` and `metadata.json` of models that Keras saves."""

import tempfile
import zipfile
from pathlib import Path

import keras

from .saved_models import MODELS, contents

FLOAT_TYPES = ("float32",)


def record():
    cases = []
    for name, make in MODELS.items():
        keras.utils.clear_session()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            make(keras).save(path)
            with zipfile.ZipFile(path) as archive:
                cases.append({"name": name, **contents(archive)})
    return {"cases": cases}
