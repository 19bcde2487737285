"""Weight regularizers (value and gradient) and constraints (the projected weight); `kind` tells which."""

import jax
import jax.numpy as jnp
import keras

from .common import case, floats, normal

REGULARIZERS = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.2, "l2": 0.1}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]
CONSTRAINTS = [
    ("MaxNorm", {"max_value": 0.8}),
    ("MaxNorm", {"max_value": 0.8, "axis": 1}),
    ("MaxNorm", {"max_value": 0.8, "axis": [0, 1]}),
    ("MaxNorm", {}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.7, "max_value": 0.9, "rate": 0.5, "axis": 1}),
    ("MinMaxNorm", {"min_value": 0.7, "max_value": 0.9, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("UnitNorm", {"axis": [0, 1]}),
]
STRINGS = ["l1", "l2", "l1l2", "orthogonal_regularizer"]


def record():
    weights = {
        "matrix": normal("regularized", 4, 3),
        "zeros": floats([[0, 0.5], [0, -1], [0, 2]]),
    }
    kernel = normal("regularized kernel", 2, 2, 2, 3)
    cases = []
    for name, arguments in REGULARIZERS:
        for shape, w in weights.items():
            cases.append(penalty(label(name, arguments, shape), getattr(keras.regularizers, name)(**arguments), w))
        if name != "OrthogonalRegularizer":
            cases.append(
                penalty(label(name, arguments, "kernel"), getattr(keras.regularizers, name)(**arguments), kernel)
            )
    for string in STRINGS:
        cases.append(penalty(f"string_{string}", keras.regularizers.get(string), weights["matrix"]))
    for name, arguments in CONSTRAINTS:
        for shape, w in weights.items():
            cases.append(projection(label(name, arguments, shape), getattr(keras.constraints, name)(**arguments), w))
    unit = keras.constraints.UnitNorm(axis=[0, 1, 2])
    cases.append(projection(label("UnitNorm", {"axis": [0, 1, 2]}, "kernel"), unit, kernel))
    return {"cases": cases}


def label(name, arguments, shape):
    texts = [f"{key}_{value}".replace(", ", "_").strip("[]") for key, value in arguments.items()]
    return "_".join([name, *texts, shape]).replace("[", "").replace("]", "")


def penalty(name, regularizer, w):
    value = regularizer(jnp.asarray(w))  # OrthogonalRegularizer fails on NumPy arrays
    gradient = jax.grad(lambda v: jnp.sum(regularizer(v)))(jnp.asarray(w))
    return case(name, regularizer, {"w": w}, {"penalty": value, "dw": gradient}, kind="regularizer")


def projection(name, constraint, w):
    return case(name, constraint, {"w": w}, {"projected": constraint(w)}, kind="constraint")
