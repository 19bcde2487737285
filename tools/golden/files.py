"""Files written by Keras, each with a `<stem>.json` that says what the loaded model predicts and how it trains on.

`files.json` lists them. Times and memory addresses that Keras writes into a file are replaced while it is written,
so that recording again changes nothing; everything else is as Keras writes it.
"""

import contextlib
import datetime
import itertools
import json
import time
from types import SimpleNamespace
from unittest import mock

import keras
import numpy as np
from keras.src.saving import saving_lib, serialization_lib

from .common import OUT, array, floats, normal

FLOAT_TYPES = ("float32",)
FOLDER = OUT / "files"
ROWS, BATCH, BEFORE, AFTER = 32, 8, 6, 20
WRITTEN = datetime.datetime(2026, 1, 1)
layers, optimizers = keras.layers, keras.optimizers


@keras.saving.register_keras_serializable(package="golden")
class Twice(layers.Layer):
    def call(self, x):
        return 2 * x


def dense_net(**first):
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, activation="tanh", **first), layers.Dense(1, activation="sigmoid")]
    )


def half_net(dtype):
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, activation="tanh", dtype=dtype),
            layers.LayerNormalization(dtype=dtype),
            layers.Dense(1, activation="sigmoid", dtype=dtype),
        ]
    )


def every_layer(random):
    normalization = layers.Normalization()
    normalization.adapt(normal("file adapt", 20, 6, scale=3) + 1)
    chain = [
        normalization,
        layers.Dense(6, activation="silu"),
        layers.BatchNormalization(),
        layers.PReLU(),
        layers.Dropout(0.2),
        layers.Reshape((2, 3)),
        layers.Permute((2, 1)),
        layers.LayerNormalization(),
        layers.LeakyReLU(negative_slope=0.1),
        layers.Flatten(),
        layers.Dense(4),
        layers.ELU(alpha=0.5),
        layers.RepeatVector(2),
        layers.GaussianNoise(0.1),
        layers.ActivityRegularization(l1=0.01),
        layers.PReLU(shared_axes=[1]),
        layers.Flatten(),
        layers.Rescaling(0.5, offset=0.1),
        layers.ReLU(max_value=2.0),
        layers.Dense(3),
        layers.Softmax(),
    ]
    if not random:
        chain = [layer for layer in chain if not isinstance(layer, (layers.Dropout, layers.GaussianNoise))]
    return keras.Sequential([keras.Input((6,)), *chain])


def functional():
    x = keras.Input((6,), name="features")
    shared = layers.Dense(4, activation="relu", name="shared")
    left, right = shared(x), shared(layers.Rescaling(-1.0)(x))
    total = layers.Add()([left, right])
    both = layers.Concatenate()([total, layers.Dense(3, activation="tanh")(x)])
    return keras.Model(x, layers.Dense(1, activation="sigmoid")(both), name="branches")


def regularized():
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(
                5,
                activation="relu",
                kernel_initializer=keras.initializers.HeNormal(seed=1),
                bias_initializer=keras.initializers.Constant(0.1),
                kernel_regularizer=keras.regularizers.L1L2(l1=0.001, l2=0.01),
                bias_regularizer="l2",
                activity_regularizer=keras.regularizers.L2(0.01),
                kernel_constraint=keras.constraints.MaxNorm(1.5, axis=0),
                bias_constraint="non_neg",
            ),
            layers.Dense(
                1, kernel_initializer=keras.initializers.Orthogonal(gain=0.5, seed=2), kernel_constraint="unit_norm"
            ),
        ]
    )


def record():
    sparse = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    binary = {"loss": "binary_crossentropy", "metrics": ["accuracy"]}
    decay = optimizers.schedules.ExponentialDecay(0.05, 10, 0.5)
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = []

    def add(stem, make, compile_arguments=None, extension=".keras", **options):
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        cases.append({"name": stem + extension, **write(stem, extension, make(), compile_arguments, **options)})

    add("dense_adam", dense_net, {**binary, "optimizer": optimizers.Adam(0.01)})
    add("dense_sgd", dense_net, {**binary, "optimizer": "sgd"})
    add("dense_sgd_momentum", dense_net, {**binary, "optimizer": optimizers.SGD(0.05, momentum=0.9, nesterov=True)})
    rmsprop = optimizers.RMSprop(0.01, momentum=0.5, centered=True)
    add("dense_rmsprop", dense_net, {**binary, "optimizer": rmsprop})
    add("dense_nadam", dense_net, {**binary, "optimizer": optimizers.Nadam(0.01)})
    add("dense_adam_schedule", dense_net, {**binary, "optimizer": optimizers.Adam(decay)})
    averaged = optimizers.AdamW(0.01, weight_decay=0.1, global_clipnorm=1.0, use_ema=True, ema_momentum=0.9)
    add("dense_adamw_ema", dense_net, {**binary, "optimizer": averaged})
    add("dense_uncompiled", dense_net)
    add("dense_untrained", dense_net, {**binary, "optimizer": optimizers.Adam(0.01)}, train=False)
    loss = keras.losses.BinaryCrossentropy(label_smoothing=0.1)
    metrics = [keras.metrics.BinaryAccuracy(threshold=0.4), keras.metrics.AUC(num_thresholds=20)]
    objects = {"optimizer": optimizers.Adamax(0.01), "loss": loss, "metrics": metrics}
    add("dense_loss_and_metric_objects", dense_net, objects)
    add("every_layer", lambda: every_layer(True), {**sparse, "optimizer": "adam"}, classes=True, random=True)
    add("every_deterministic_layer", lambda: every_layer(False), {**sparse, "optimizer": "adam"}, classes=True)
    add("regularized", regularized, {"loss": "mse", "metrics": ["mae"], "optimizer": optimizers.SGD(0.05)})
    add("functional", functional, {**binary, "optimizer": optimizers.Adam(0.01)})
    for half, optimizer in (("float16", "adam"), ("bfloat16", "sgd")):
        for extension in (".keras", ".weights.h5"):
            add(f"dense_{half}", lambda half=half: half_net(half), {**binary, "optimizer": optimizer}, extension)
    add("dense_adam", dense_net, {**binary, "optimizer": optimizers.Adam(0.01)}, ".weights.h5")
    add("functional", functional, {**binary, "optimizer": optimizers.Adam(0.01)}, ".weights.h5")
    add("every_deterministic_layer", lambda: every_layer(False), None, ".weights.h5", classes=True)
    add("dense_adam_legacy", dense_net, {**binary, "optimizer": optimizers.Adam(0.01)}, ".h5")
    # compile() gives the code no file name of this machine
    double = eval(compile("lambda x: 2 * x", "lambda", "eval"))
    refuse = {"refused": "holds Python bytecode, which nothing but Python could run, and no one should"}
    add("refused_lambda", lambda: keras.Sequential([keras.Input((6,)), layers.Lambda(double)]), **refuse)
    refuse = {"refused": "holds the class golden>Twice, which only its author has"}
    add("refused_custom_layer", lambda: keras.Sequential([keras.Input((6,)), Twice()]), **refuse)
    return {"cases": cases}


def write(stem, extension, model, compile_arguments, classes=False, random=False, train=True, refused=None):
    x = normal("file x", ROWS, 6)
    score = x @ floats([1, -2, 0.5, 0, 1, -1])
    y = np.digitize(score, [-1, 1]).astype("int32") if classes else floats((score > 0)[:, None])
    if compile_arguments:
        model.compile(**compile_arguments)
        for step in range(BEFORE if train else 0):
            model.train_on_batch(*batch(x, y, step))
    target = FOLDER / (stem + extension)
    with reproducible():
        model.save_weights(target) if extension == ".weights.h5" else model.save(target)
    beside = FOLDER / (f"{stem}{extension.replace('.keras', '')}.json")
    about = {"file": target.name, "keras": keras.__version__}
    if refused:
        beside.write_text(one_key_per_line({**about, "refused": refused}))
        return {"bytes": target.stat().st_size, "refused": refused}
    # Keras cannot go on training what it loads from .h5 with JAX, so there the model that was saved goes on itself
    loaded = keras.saving.load_model(target) if extension == ".keras" else model
    about |= {
        "compiled": bool(compile_arguments),
        "input": array(x[:5]),
        "weights": [{"path": v.path, "trainable": v.trainable, **array(v.value)} for v in loaded.weights],
        "optimizer_variables": [{"path": v.path, **array(v.value)} for v in loaded.optimizer.variables]
        if compile_arguments
        else [],
        "prediction": array(loaded.predict(x[:5], verbose=0)),
    }
    if compile_arguments and not random:
        losses = [loaded.train_on_batch(*batch(x, y, step), return_dict=True)["loss"] for step in range(AFTER)]
        about |= {"train_x": array(x), "train_y": array(y), "batch_size": BATCH, "losses": array(floats(losses))}
    beside.write_text(one_key_per_line(about))
    return {"bytes": target.stat().st_size, "json": beside.name}


def batch(x, y, step):
    """Rows in order, starting again after the last."""
    first = step * BATCH % ROWS
    return x[first : first + BATCH], y[first : first + BATCH]


def one_key_per_line(values):
    lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in values.items()]
    return "{" + ",\n".join(lines) + "}\n"


@contextlib.contextmanager
def reproducible():
    """One time for everything, and ids counted from 1 in place of memory addresses."""
    numbers, kept = itertools.count(1), {}

    def number(obj):
        return kept.setdefault(id(obj), (next(numbers), obj))[0]

    clock = SimpleNamespace(datetime=SimpleNamespace(now=lambda: WRITTEN))
    with (
        mock.patch.object(saving_lib, "datetime", clock),
        mock.patch.object(serialization_lib, "id", number, create=True),
        mock.patch("zipfile.time.localtime", return_value=time.struct_time(WRITTEN.timetuple())),
    ):
        yield
