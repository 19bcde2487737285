"""What model.summary(line_length=80) prints for three models."""

import keras

from .common import config
from .files import dense_net, every_layer, functional
from .training import without_ids

FLOAT_TYPES = ("float32",)


def record():
    cases = []
    compiled = {"loss": "binary_crossentropy", "optimizer": "adam"}
    for name, make in [
        ("dense", dense_net),
        ("every_layer", lambda: every_layer(True)),
        ("functional", functional),
        ("dense_compiled_and_trained", lambda: trained(dense_net(), compiled)),
    ]:
        keras.utils.clear_session()
        model = make()
        lines = []
        model.summary(line_length=80, print_fn=lambda text, **_: lines.append(text))  # noqa: B023
        cases.append({"name": name, "config": without_ids(config(model)), "text": "\n".join(lines)})
    return {"line_length": 80, "cases": cases}


def trained(model, arguments):
    import numpy as np

    model.compile(**arguments)
    model.train_on_batch(np.zeros((2, 6)), np.zeros((2, 1)))
    return model
