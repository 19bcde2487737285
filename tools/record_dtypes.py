"""Records what types operations give, and values of each type: Keras' backend.result_type, and Keras' operations.

usage: KERAS_BACKEND=jax python tools/record_dtypes.py tests/golden/dtypes.json   (with Keras installed)

"int" and "float" are Python's own numbers, whose type is weak.
"""
import itertools
import json
import sys

import keras
import numpy as np

TYPES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32",
         "float64"]
WEAK = {"int": int, "float": float}
# JAX has no 64-bit values unless told to, so that operands are of the other types.
STORED = [t for t in TYPES if not t.endswith("64")]
# Values that show where a type wraps, rounds or ends.
INTEGERS = [0, 1, 2, 7, 100, 127, 128, 200, 255, 256, 300, 32767, 32768, 40000, 65535, 65536, 70000, 2147483647, -1, -2, -7, -100,
            -128, -129, -32768, -32769, -2147483648]
FLOATS = [0.0, -0.0, 0.1, 0.5, 1.5, 2.5, -2.5, 3.14159, 100.7, -100.7, 127.5, 255.9, 256.5, 1000.06, 2049.0, 4098.5, 65504.0,
          65519.9, 65520.0, 1e5, -3e9, 5e9, 1e20, 6e-5, 5e-6, 3e-8, 2.9e-8, "nan", "inf", "-inf"]
SMALL = [0, 1, 2, 3, 5, 7, 11, 100]
OTHER = [3, 2, 1, 7, 5, 2, 4, 100]


def operand(name):
    """A value of that type: an array's tensor, or a Python number."""
    if name in WEAK:
        return WEAK[name](1)
    return keras.ops.convert_to_tensor(np.ones(2), dtype=name)


def values_of(name):
    """Numbers that a type holds, as plain ones."""
    if name == "bool":
        return [0, 1]
    if "float" in name:
        return FLOATS
    bits, low = int(name.strip("uint")), 0 if name[0] == "u" else -1
    return [v for v in INTEGERS if (-(1 << bits - 1) if low else 0) <= v < (1 << (bits - 1 if low else bits))]


def plain(x):
    x = np.asarray(keras.ops.convert_to_numpy(x))
    if x.dtype.kind in "biu":
        return [int(v) for v in x.ravel()]
    return [float(v) if np.isfinite(v) else str(float(v)) for v in x.astype("float32").ravel()]


def tensor(values, dtype):
    kind = "float64" if "float" in dtype else "int64"
    return keras.ops.convert_to_tensor(np.array([float(v) if kind == "float64" else v for v in values]).astype(kind), dtype=dtype)


def operators():
    out = {}
    usable = [*STORED, *WEAK]
    for a, b in itertools.product(usable, usable):
        if a in WEAK and b in WEAK:
            continue
        for name in ["add", "subtract", "multiply", "divide", "power", "maximum", "floor_divide", "mod", "less", "where", "matmul"]:
            if (name == "floor_divide" and a == b == "bool") or (name == "subtract" and {a, b} <= {"bool"}):
                continue
            if name == "matmul" and (a in WEAK or b in WEAK):
                continue
            x, y = operand(a), operand(b)
            found = keras.ops.where(np.array([True, False]), x, y) if name == "where" else getattr(keras.ops, name)(x, y)
            out[f"{a} {name} {b}"] = keras.backend.standardize_dtype(found.dtype)
    return out


def functions():
    out = {}
    for name in ["sum", "prod", "cumsum", "mean", "var", "std", "max", "argmax", "negative", "abs", "square", "round", "floor",
                 "exp", "sqrt", "log", "sin", "sigmoid", "relu", "softmax", "sign", "all", "isnan", "sort", "argsort", "logsumexp",
                 "count_nonzero", "ones_like", "average", "norm"]:
        for a in STORED:
            if a == "bool" and name in ("var", "std", "exp", "sqrt", "log", "sin", "logsumexp", "average", "norm"):
                continue  # means nothing
            try:
                out[f"{name} {a}"] = keras.backend.standardize_dtype(getattr(keras.ops, name)(operand(a)).dtype)
            except (TypeError, ValueError):
                continue  # JAX refuses it
    return out


def values():
    """Casts, arithmetic, comparisons, reductions and products of each type."""
    casts, binary, unary, products = [], [], [], []
    for a, b in itertools.product(STORED, STORED):
        casts.append({"from": a, "to": b, "x": values_of(a), "y": plain(keras.ops.cast(tensor(values_of(a), a), b))})
    for a in STORED:
        if a == "bool":
            continue
        x, y = tensor(SMALL, a), tensor(OTHER, a)
        for name in ["add", "subtract", "multiply", "divide", "floor_divide", "mod", "power", "maximum", "minimum", "equal", "less",
                     "greater_equal"]:
            binary.append({"function": name, "dtype": a, "y": plain(getattr(keras.ops, name)(x, y))})
        for name in ["negative", "abs", "square", "sum", "prod", "max", "min", "mean", "var", "cumsum", "exp", "sqrt"]:
            unary.append({"function": name, "dtype": a, "y": plain(getattr(keras.ops, name)(x))})
        m = tensor([((i * 7) % 23) / (10 if "float" in a else 1) for i in range(120)], a)
        products.append({"dtype": a, "y": plain(keras.ops.matmul(keras.ops.reshape(m, (4, 30)), keras.ops.reshape(m, (30, 4))))})
    return {"casts": casts, "binary": binary, "unary": unary, "products": products, "x1": SMALL, "x2": OTHER}


def main(path):
    every = [*TYPES, "complex64", *WEAK]
    result_type = {}
    for count in (1, 2, 3):
        for names in itertools.combinations_with_replacement(every, count):
            result_type[" ".join(names)] = keras.backend.result_type(*[WEAK.get(n, n) for n in names])
    lines = {"result_type": result_type, "operators": operators(), "functions": functions()}
    with open(path, "w") as f:
        f.write("{\n")
        for name, table in lines.items():
            f.write(json.dumps(name) + ": " + json.dumps(table, indent=0, sort_keys=True) + ",\n")
        held = values()
        f.write('"values": {\n')
        rows = []
        for name, cases in held.items():
            inside = ",\n".join(json.dumps(c) for c in cases)
            rows.append(json.dumps(name) + ": [\n" + inside + "\n]")
        f.write(",\n".join(rows) + "\n}\n}\n")


main(sys.argv[1])
