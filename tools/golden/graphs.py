"""Functional models: the whole form, weights, predictions, and how training goes on, with losses by output."""

import json

import keras
import numpy as np

from .common import array, generator, normal
from .training import without_ids

FLOAT_TYPES = ("float32",)
layers = keras.layers


def record():
    return {"cases": [evaluate(*one) for one in cases()]}


def two_inputs_two_outputs():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    shared = layers.Dense(5, activation="tanh", name="shared")
    widened = layers.Dense(4, name="widened")(b)
    joined = layers.Concatenate(name="joined")([shared(a), shared(widened)])
    first = layers.Dense(1, name="first")(joined)
    second = layers.Dense(3, activation="softmax", name="second")(layers.Add(name="sum")([joined, joined]))
    return keras.Model([a, b], [first, second], name="pair")


def named():
    a = keras.Input((4,), name="a")
    hidden = layers.Dense(6, activation="relu", name="hidden")(a)
    return keras.Model({"given": a}, {"value": layers.Dense(1, name="v")(hidden), "copy": layers.Dense(4, name="c")(hidden)},
                       name="by_name")


def nested():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    inner = two_inputs_two_outputs()
    first, _ = inner([a, b])
    tail = keras.Sequential([keras.Input((1,)), layers.Dense(2, name="last")], name="tail")
    return keras.Model([a, b], tail(first), name="outer")


def residual():
    x = keras.Input((4,), name="x")
    y = layers.Dense(4, activation="relu", name="one")(x)
    y = layers.Add(name="skip")([x, y])
    z = y * 2.0 - x
    return keras.Model(x, layers.Dense(2, name="two")(z / 3.0), name="residual")


def deep():
    a = keras.Input((4,), name="a")
    u, v, w = (layers.Dense(n, name=name)(a) for n, name in ((1, "u"), (2, "v"), (3, "w")))
    return keras.Model(a, {"pair": [u, v], "named": {"one": w, "two": u}, "last": v}, name="deep")


def cases():
    a, b = normal("graph a", 12, 4), normal("graph b", 12, 3)
    value, many = normal("graph value", 12, 1), normal("graph many", 12, 4)
    classes = generator("graph classes").integers(0, 3, size=12).astype("int32")
    yield ("two_inputs_two_outputs", two_inputs_two_outputs(), [a, b], [value, classes],
           {"loss": ["mse", "sparse_categorical_crossentropy"], "loss_weights": [0.5, 2.0],
            "metrics": [["mae"], ["accuracy"]]})
    yield ("by_name", two_inputs_two_outputs(), {"a": a, "b": b}, {"first": value, "second": classes},
           {"loss": {"first": "mae", "second": "sparse_categorical_crossentropy"}, "metrics": {"second": ["accuracy"]}})
    yield ("one_loss_for_all", named(), {"given": a}, {"value": value, "copy": many}, {"loss": "mse"})
    yield ("one_output_trained", named(), {"given": a}, {"value": value, "copy": many}, {"loss": {"value": "mse", "copy": None}})
    yield "nested", nested(), [a, b], many[:, :2].copy(), {"loss": "mse", "metrics": ["mae"]}
    yield "residual", residual(), a, many[:, :2].copy(), {"loss": "mse"}


    yield ("weighted_by_name", named(), {"given": a}, {"value": value, "copy": many},
           {"loss": {"value": "mse"}, "metrics": {"value": ["mae", "mse"], "copy": ["mae"]},
            "weighted_metrics": {"value": ["mae"], "copy": ["mse", "mae"]}})
    yield ("list_for_names", named(), {"given": a}, {"value": value, "copy": many},
           {"loss": ["mae", "mse"], "loss_weights": [0.5, 2.0], "metrics": [["mse"], None]})
    yield ("targets_of_one_alone", named(), {"given": a}, {"copy": many}, {"loss": {"copy": "mse"}})
    yield ("several_for_one", two_inputs_two_outputs(), [a, b], [value, classes],
           {"loss": ["mse", ["sparse_categorical_crossentropy", "sparse_categorical_crossentropy"]],
            "loss_weights": [1.0, [2.0, 0.5]]})
    parts = {"pair": [value, many[:, :2].copy()], "named": {"one": many[:, :3].copy(), "two": -value},
             "last": many[:, 2:].copy()}
    yield "deep_one_loss", deep(), a, parts, {"loss": "mse"}
    yield ("deep", deep(), a, parts,
           {"loss": {"pair": ["mse", "mae"], "named": {"two": "mae", "one": None}, "last": ["mse"]},
            "loss_weights": {"pair": [1.0, 2.0], "named": {"two": 0.5, "one": 1.0}, "last": [0.25]},
            "metrics": {"pair": ["mae", None], "named": {"one": ["mse", "mae"], "two": None}, "last": "mae"}})
    yield ("deep_in_order", deep(), a, parts, {"loss": ["mse", "mae", "mse", None, "mae"]})


def leaves(tree):
    if isinstance(tree, dict):
        return {key: leaves(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [leaves(value) for value in tree]
    return array(tree)


def evaluate(name, model, x, y, compiled):
    for i, v in enumerate(model.variables):
        v.assign(np.round(generator(f"graph {name} {i}").normal(size=v.shape) * 0.5, 2))
    form = without_ids(json.loads(model.to_json()))
    weights = [dict(array(v.numpy()), path=v.path) for v in model.weights]
    prediction = leaves(model.predict(x, verbose=0))
    model.compile(keras.optimizers.SGD(0.1), **compiled)
    evaluated = model.evaluate(x, y, batch_size=5, verbose=0, return_dict=True)
    history = model.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0).history
    return {"name": name, "dtype": "float32", "form": form, "weights": weights, "x": leaves(x), "y": leaves(y),
            "compile": compiled, "prediction": prediction, "evaluate": evaluated, "history": history,
            "after": [array(v.numpy()) for v in model.weights]}
