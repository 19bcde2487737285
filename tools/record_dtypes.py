"""Records what types operations give: Keras' backend.result_type, and those of operations.

usage: KERAS_BACKEND=jax python tools/record_dtypes.py tests/golden/dtypes.json   (with Keras installed)

"int" and "float" are Python's own numbers, whose type is weak.
"""
import itertools
import json
import sys

import keras
import numpy as np

TYPES = ["bool", "uint8", "uint32", "int32", "int64", "float32", "float64"]
WEAK = {"int": int, "float": float}


def operand(name):
    """A value of that type: an array's tensor, or a Python number."""
    if name in WEAK:
        return WEAK[name](1)
    return keras.ops.convert_to_tensor(np.ones(2), dtype=name)


def main(path):
    every = [*TYPES, *WEAK]
    result_type = {}
    for count in (1, 2, 3):
        for names in itertools.combinations_with_replacement(every, count):
            result_type[" ".join(names)] = keras.backend.result_type(*[WEAK.get(n, n) for n in names])
    operators = {}
    # JAX has no 64-bit values unless told to, so that operands are of the other types.
    usable = ["bool", "uint8", "uint32", "int32", "float32", *WEAK]
    for a, b in itertools.product(usable, usable):
        if a in WEAK and b in WEAK:
            continue
        for name in ["add", "multiply", "divide", "power", "maximum", "floor_divide"]:
            if name == "floor_divide" and a == b == "bool":
                continue
            out = getattr(keras.ops, name)(operand(a), operand(b))
            operators[f"{a} {name} {b}"] = keras.backend.standardize_dtype(out.dtype)
    functions = {}
    for name in ["sum", "prod", "cumsum", "mean", "var", "max", "argmax", "negative", "abs", "square", "round", "floor",
                 "exp"]:
        for a in usable[:-2]:
            if a == "bool" and name in ("negative", "var", "square", "round", "floor", "exp"):
                continue  # JAX refuses some, and the others mean nothing
            functions[f"{name} {a}"] = keras.backend.standardize_dtype(getattr(keras.ops, name)(operand(a)).dtype)
    with open(path, "w") as f:
        json.dump({"result_type": result_type, "operators": operators, "functions": functions}, f, indent=0, sort_keys=True)
        f.write("\n")


main(sys.argv[1])
