"""Every argument of every class does something, or is refused: each class of the registry is made with each of its
arguments off its default, and what it computes must differ. The functions and methods are in test_calls.py.
"""
import json
import pathlib

import numpy as np
import pytest

import cornu as keras
from cornu import _core, _generate

RNG = np.random.default_rng(3)
X = RNG.normal(size=(6, 4)).astype("float32")
Y = np.abs(RNG.normal(size=(6, 4))).astype("float32")
CLASSES = np.array([0, 1, 2, 2, 1, 0], "int32")
PROBABILITIES = np.array([[.6, .3, .1], [.2, .5, .3], [.3, .4, .3], [.1, .2, .7], [.5, .3, .2], [.4, .1, .5]], "float32")
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]


def parameters(module, name):
    return list(_generate._arguments("keras." + module, name, _core.parameters("keras." + module, name)))


def make(module, name, /, **config):
    home = keras.optimizers.schedules if module == "optimizers.schedules" else getattr(keras, module)
    return getattr(home, name)(**config)


# ---- what each kind computes


def of_optimizer(optimizer):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="d"), keras.layers.Dense(1)])
    model.set_weights([np.full(w.shape, .3, "float32") + np.arange(w.shape[0], dtype="float32").reshape(
        -1, *[1] * (len(w.shape) - 1)) * .1 for w in model.weights])
    model.compile(optimizer, "mse")
    model.fit(X, 5 * Y[:, :1] + 3, batch_size=2, epochs=3, shuffle=False, verbose=0)
    return [*model.get_weights(), float(optimizer.scale_loss(np.float32(1))), optimizer.name]


def of_schedule(schedule):
    return [*(np.asarray(schedule(step)) for step in (0, 3, 10, 25, 60)), schedule.name]


def of_initializer(initializer):
    shape = (5, 5) if type(initializer).__name__ == "Identity" else (9, 1, 5) if "STFT" in type(
        initializer).__name__ else (5, 4, 3)
    return [np.asarray(initializer(shape))]


def of_matrix(thing):
    return [np.asarray(thing(X[:4] * 2))]


#: Layers that take a list of tensors.
MERGING = "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"


def of_merging(layer):
    a, b = X.reshape(3, 2, 4), X.reshape(3, 2, 4) * 0.5 - 1
    y = layer([a, b])
    return [np.asarray(y), str(y.dtype), layer.name, layer.trainable]


ATTENTION = "Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"


def of_attention(layer):
    name = type(layer).__name__
    x = X.reshape((2, 3, 2, 2) if name == "MultiHeadAttention" else (2, 3, 4))

    def call(x, **options):
        return layer([x, x * 0.5], **options) if name in ATTENTION[:2] else layer(x, x * 0.5, **options)

    keras.utils.set_random_seed(5)
    trained = call(x, training=True)
    out = [np.asarray(trained), str(trained.dtype), np.asarray(call(x)), *layer.get_weights(), layer.name, layer.trainable,
           *(float(loss) for loss in layer.losses), len(layer.trainable_weights)]
    if layer.trainable_weights:
        inputs = keras.Input(x.shape[1:])
        model = keras.Model(inputs, call(inputs))
        model.compile(keras.optimizers.SGD(0.5), "mse")
        for goal in (-5, 5):
            model.fit(x, np.full(trained.shape, goal, "float32"), shuffle=False, verbose=0)
            out += layer.get_weights()
    return out


#: Inputs of layers of series, images and volumes, of any data_format.
IMAGES = {f"{n}D": np.sin(3 * np.arange(np.prod(s)) + 1).reshape(s).astype("float32") for n, s in (
    (1, (2, 6, 6)), (2, (2, 6, 6, 6)), (3, (2, 4, 4, 4, 4)))}


def of_layer(layer):
    if isinstance(layer, keras.layers.InputLayer):
        return [np.array(layer.shape[1:]), layer.name, layer.get_config()["dtype"]]
    keras.utils.set_random_seed(5)
    x = np.abs(X) if type(layer).__name__ == "BatchNormalization" else X
    if type(layer).__name__ in ("Permute", "Masking", "Softmax", "UnitNormalization") or layer.get_config().get(
            "axis") in (1, [1], (1,)):
        x = X.reshape(2, 3, 4).copy()
    if type(layer).__name__ in MERGING:
        return of_merging(layer)
    if type(layer).__name__ in ATTENTION:
        return of_attention(layer)
    if type(layer).__name__ == "Masking":
        x[0, 1] = 0
        x[1, 2] = 7
        softened = keras.layers.Softmax(axis=1)(layer(x))
        return [np.asarray(layer(x)), np.asarray(softened), layer.name, layer.trainable, layer.dtype]
    if layer.get_config().get("data_format") == "channels_first":
        x = X.reshape(2, 3, 4)
    image = next((IMAGES[n] for n in IMAGES if n in type(layer).__name__), None)
    x = x if image is None else image
    if isinstance(layer, keras.layers.Normalization) and layer.get_config().get("mean") is None:
        layer.adapt(x)
    trained = layer(x, training=True)
    out = [np.asarray(trained), str(trained.dtype), np.asarray(layer(x)), *layer.get_weights(),
           *(float(loss) for loss in layer.losses), trained._keras_mask is None, layer.name, layer.trainable, len(layer.trainable_weights)]
    if layer.trainable_weights and (x.ndim == 2 or image is not None):  # constraints show in training
        model = keras.Sequential([keras.Input(x.shape[1:]), layer])
        model.compile(keras.optimizers.SGD(2.0 if image is None else 0.2), "mse")
        for goal in (-5, 5):
            model.fit(x, np.full(trained.shape, goal, "float32"), shuffle=False, verbose=0)
            out += layer.get_weights()
    return out


LOSS_DATA = {
    "class": (CLASSES, PROBABILITIES), "one_hot": (ONE_HOT, PROBABILITIES), "signs": (np.sign(X), X), "values": (Y, X + 2),
    "binary": ((X > 0).astype("float32"), (.6 * RNG.uniform(size=X.shape) + .3 * (X > 0)).astype("float32")),
}


def data_of(name):
    if name.startswith("Sparse") or name == "CategoricalGeneralizedCrossEntropy":
        return LOSS_DATA["class"]
    if "Categorical" in name and "Hinge" not in name or name in ("KLDivergence", "F1Score", "FBetaScore", "OneHotIoU",
                                                                 "OneHotMeanIoU", "Tversky", "Dice", "TopK"):
        return LOSS_DATA["one_hot"]
    if name in ("Hinge", "SquaredHinge"):
        return LOSS_DATA["signs"]
    if name.startswith(("Binary", "True", "False", "Prec", "Rec", "AUC", "Sens", "Spec")):
        return LOSS_DATA["binary"]
    if name == "Poisson":
        return Y, np.abs(X) + .5
    if name == "CTC":
        return np.array([[1, 2], [2, 0]], "int32"), RNG.normal(size=(2, 5, 4)).astype("float32")
    if name == "CategoricalHinge":
        return ONE_HOT, X[:, :3]
    return (CLASSES, X / np.linalg.norm(X, axis=1, keepdims=True)) if name == "Circle" else LOSS_DATA["values"]


def of_loss(loss):
    y, p = data_of(type(loss).__name__)
    return [np.asarray(loss(y, p)), loss.name, str(loss(y, p).dtype)]


def of_metric(metric):
    name = type(metric).__name__
    y, p = data_of(name)
    if "IoU" in name and name != "BinaryIoU":
        config = metric.get_config()
        y = np.arange(3) if config.get("sparse_y_true", "OneHot" not in name) else np.eye(3, dtype="float32")
        p = np.array([0, 2, 2]) if config["sparse_y_pred"] else np.array([[.5, .45, .05], [.3, .2, .5], [.6, .1, .3]], "float32")
    if name in ("Mean", "Sum"):
        metric.update_state(X)
    else:
        metric.update_state(y, p, sample_weight=None)
    return [np.asarray(metric.result()), metric.name, str(metric.variables[0].dtype)]


# ---- the table, which tests/nn/arguments_test.cpp reads too
TABLE = json.loads((pathlib.Path(__file__).parents[1] / "arguments.json").read_text())
TABLE["beside"]["MeanMetricWrapper.delta"] = {"fn": keras.losses.huber}
TABLE["required"]["MeanMetricWrapper"] = {"fn": keras.losses.mean_squared_error}
TABLE["of"]["MeanMetricWrapper.fn"] = keras.losses.mean_absolute_error
TABLE["required"]["SpectralNormalization"] = {"layer": keras.layers.Dense(3)}
TABLE["of"]["SpectralNormalization.layer"] = keras.layers.Dense(4)


def entry(part, module, name, argument, default=None):
    """What a part of the table says of the argument of a class, or of its kind."""
    part = TABLE[part]
    return part.get(f"{name}.{argument}", part.get(f"{module}.{argument}", default))


def value(module, name, p):
    for key in (f"{name}.{p.name}", f"{module}.{p.name}"):
        if key in TABLE["of"]:
            return TABLE["of"][key]
    if p.name in TABLE["values"]:
        return TABLE["values"][p.name]
    if isinstance(p.default, bool):
        return not p.default
    if isinstance(p.default, float):
        return p.default * .5 + .1
    if isinstance(p.default, int):
        return p.default + 1
    raise AssertionError(f"{module}.{name}: the table needs a value of '{p.name}' other than {p.default!r}")


def same(a, b):
    return len(a) == len(b) and all(
        np.shape(x) == np.shape(y) and (x == y if isinstance(x, (str, bool, type(None))) else np.array_equal(
            x, y, equal_nan=True)) for x, y in zip(a, b))


PROBES = {"optimizers": of_optimizer, "optimizers.schedules": of_schedule, "initializers": of_initializer,
          "regularizers": of_matrix, "constraints": of_matrix, "layers": of_layer, "losses": of_loss,
          "metrics": of_metric}


def arguments():
    for module in PROBES:
        for name in _generate.class_names("keras." + module):
            for p in parameters(module, name):
                yield pytest.param(module, name, p, id=f"{module}.{name}-{p.name}")


@pytest.mark.parametrize("module, name, p", arguments())
def test_argument(module, name, p):
    if entry("same", module, name, p.name):
        return
    base = {**TABLE["required"].get(name, {}), **entry("beside", module, name, p.name, {})}
    refused = entry("refused", module, name, p.name)
    other = {**base, p.name: value(module, name, p)}
    if refused:
        with pytest.raises(ValueError, match=refused):
            PROBES[module](make(module, name, **other))
        return
    if p.name != "name":
        base["name"] = other["name"] = "one"
        known = {q.name for q in parameters(module, name)}
        base, other = ({k: v for k, v in c.items() if k in known} for c in (base, other))
    keras.utils.set_random_seed(1)
    first = PROBES[module](make(module, name, **base))
    keras.utils.set_random_seed(1)
    assert not same(first, PROBES[module](make(module, name, **other)))
