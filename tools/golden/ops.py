"""The functions of keras.ops: plain values, every argument off its default, integers, booleans, no elements, scalars,
what is not finite, and shapes that broadcast. Values alone; gradients are held to central differences."""

import keras

from .common import array, floats, np

FLOAT_TYPES = ("float32",)

NAN, INF = float("nan"), float("inf")
X = floats([[1.5, -2.25, 0.75], [-0.5, 3.0, -1.0]])
POSITIVE = floats([[0.25, 1.0, 2.5], [7.0, 0.001, 100.0]])
CUBE = floats(np.arange(24).reshape(2, 3, 4) % 7 - 3.25)
SPECIAL = floats([NAN, INF, -INF, 0.0, -0.0, 1e30, -1e30, 1e-30])
INTS = np.array([[3, -2, 0], [7, 5, -4]], "int32")
BYTES = np.array([[3, 200, 0], [7, 255, 1]], "uint8")
BOOLS = np.array([[True, False, True], [False, False, True]])
EMPTY = floats(np.zeros((0, 3)))
SCALAR = floats(0.625)

UNARY = """negative absolute abs sign square sqrt rsqrt reciprocal exp expm1 log log1p log2 log10 sin cos tan tanh erf
    floor ceil round isnan isfinite isinf logical_not relu relu6 leaky_relu elu selu celu silu swish softplus softsign
    sigmoid hard_sigmoid hard_silu hard_swish hard_tanh hard_shrink soft_shrink tanh_shrink squareplus sparse_plus
    sparse_sigmoid log_sigmoid gelu stop_gradient zeros_like ones_like ravel transpose""".split()
OF_POSITIVE = {"sqrt", "rsqrt", "log", "log1p", "log2", "log10"}
BINARY = """add subtract multiply divide true_divide floor_divide mod power maximum minimum equal not_equal less
    less_equal greater greater_equal logical_and logical_or""".split()
REDUCTIONS = "sum mean max min amax amin prod any all var std logsumexp".split()
OVER_ROWS = "softmax log_softmax sparsemax".split()


def unary(name):
    x = POSITIVE if name in OF_POSITIVE else X
    return [(x,), (SPECIAL,), (INTS,), (BYTES,), (BOOLS,), (SCALAR,), (EMPTY,)]


def binary(name):
    a, b = floats([[2.5, -1.5, 4.0], [0.5, 3.0, -2.0]]), floats([1.5, -0.5, 2.0])
    if name == "power":
        a = np.abs(a)
    special = np.array([NAN, INF, -INF, 0, 2], "float32")
    cases = [(a, b), (a[:, :1], b[None]), (a, SCALAR), (EMPTY, b), (INTS, np.array([2, 3, 1], "int32")), (a, INTS),
             (BYTES, np.array([9, 100, 2], "uint8")), (BOOLS, BOOLS[::-1].copy())]
    if name in ("mod", "floor_divide"):
        cases[-1] = (BOOLS, np.ones_like(BOOLS))  # what comes of a division by 0 is our own rule
    return [*cases, *([(special[:, None], special[None])] if name not in ("mod", "floor_divide") else [])]


def reduction(name):
    x = BOOLS if name in ("any", "all") else X
    cases = [(x,), (x, 0), (x, -1), ((x, (0, 1))), (CUBE, (0, 2)), (x, {"axis": 1, "keepdims": True}),
             (x, {"keepdims": True}), (INTS,), (BYTES,), (BOOLS,), (SCALAR,)]
    if name not in ("max", "min", "amax", "amin", "mean", "var", "std", "logsumexp"):
        cases.append((EMPTY, 0))
    cases.append((floats([[NAN, 1, 2], [INF, 1, 0], [-INF, 4, 5]]), 1))
    return cases


def rows(name):
    return [(X,), (X, 0), (X, {"axis": 0}), (CUBE, 1), (floats([[100.0, -100.0, 20.0], [0, 0, 0]]),), (EMPTY,)]


I32 = lambda *v: np.array(v, "int32")  # noqa: E731
#: name -> calls: positional arguments, with a dictionary at the end for those by keyword. A list is a list of tensors.
CALLS = {
    "threshold": [(X, 0.5, -1.0), (INTS, 1, 9), (INTS, 1.5, 0.5)],
    "clip": [(X, -1.0, 1.0), (X, floats([-1, 0, 1]), floats([2, 2, 2])), (INTS, -1, 4), (SPECIAL, -2.0, 2.0)],
    "where": [(BOOLS, X, -X), (BOOLS, X, 0.0), (BOOLS[:, :1], SCALAR, X), (BOOLS, INTS, 5), (INTS, X, -X)],
    "cast": [(X, "int32"), (INTS, "float32"), (X, "bool"), (BYTES, "int32"), (BOOLS, "float32")],
    "count_nonzero": [(X,), (INTS, 0), (BOOLS, 1), (INTS, {"axis": (0, 1)}), (EMPTY,)],
    "average": [(X,), (X, 0), (X, {"axis": 1, "weights": floats([1, 2, 3])}), (X, {"weights": POSITIVE}), (INTS, 1)],
    "argmax": [(X,), (X, 0), (X, {"axis": 1, "keepdims": True}), (X, {"keepdims": True}), (INTS, 1), (BOOLS, 0),
               (floats([[1, 5, 5], [2, NAN, 9], [NAN, NAN, 1]]), 1)],
    "argmin": [(X,), (X, 0), (X, {"axis": 1, "keepdims": True}), (X, {"keepdims": True}), (INTS, 1),
               (floats([[1, 1, 5], [3, NAN, 9]]), 1)],
    "cumsum": [(X,), (X, 0), (X, -1), (INTS, 1), (BYTES, {"axis": 1}), (X, {"axis": 0, "dtype": "int32"}), (EMPTY, 1)],
    "sort": [(X,), (X, 0), (INTS,), (BYTES, {"axis": 0}), (floats([3, NAN, -INF, 1, INF]),), (CUBE, 1), (EMPTY,)],
    "argsort": [(X,), (X, 0), (INTS, {"axis": -1}), (floats([2, 1, 2, 1, 0]),), (CUBE, 1)],
    "moments": [(X, 0), (X, (0, 1)), (CUBE, {"axes": [1], "keepdims": True}), (floats([1e6, 1e6 + 1, 1e6 + 2]), 0)],
    "norm": [(X,), (INTS,), (BYTES, {"ord": 1}), (X, {"axis": 1}), (X, {"ord": 1, "axis": 1}),
             (X, {"axis": 0, "keepdims": True}),
             (X, {"ord": 2, "axis": 1}), (CUBE, {"axis": 2}),
             (CUBE, {"ord": 1, "axis": (0, 2)}), (CUBE, {"ord": 1, "axis": (2, 1), "keepdims": True}), (X, {"ord": 1})],
    "matmul": [(X, X.T.copy()), (CUBE, CUBE.transpose(0, 2, 1).copy()), (X, floats([1, 2, 3])), (INTS, INTS.T.copy()),
               (BYTES, BYTES.T.copy()), (BYTES, INTS.T.copy()), (BOOLS, BOOLS.T.copy()),
               (CUBE, floats(np.ones((4, 2)))), (EMPTY, floats(np.ones((3, 2)))), (floats([1, 2]), X)],
    "dot": [(X, X.T.copy()), (BYTES, BYTES.T.copy()), (BYTES[0], BYTES[1]), (BOOLS, BOOLS.T.copy()),
            (floats([1, 2, 3]), floats([4, 5, 6])), (X, 2.0), (X, floats([1, 2, 3])), (CUBE, floats(
        np.ones((4, 2))))],
    "outer": [(floats([1, 2, 3]), floats([4, 5])), (X, floats([1, -1])), (I32(1, 2), I32(3, 4, 5))],
    "in_top_k": [(I32(0, 2, 1), floats([[0.5, 0.3, 0.2], [0.1, 0.7, 0.2], [0.2, 0.2, 0.6]]), 1),
                 (I32(0, 2, 1), floats([[0.5, 0.3, 0.2], [0.1, 0.7, 0.2], [0.2, 0.2, 0.6]]), {"k": 2})],
    "reshape": [(X, (3, 2)), (X, (-1,)), (CUBE, (4, -1)), (INTS, (6,)), (EMPTY, (3, 0)), (SCALAR, (1, 1))],
    "transpose": [(X,), (CUBE, (1, 2, 0)), (CUBE, {"axes": [2, 0, 1]}), (INTS,), (EMPTY,)],
    "unstack": [(X,), (X, 3, 1), (CUBE, {"axis": -1}), (INTS, {"num": 2})],
    "swapaxes": [(CUBE, 0, 2), (CUBE, {"axis1": -1, "axis2": 1})],
    "moveaxis": [(CUBE, 0, -1), (CUBE, {"source": 2, "destination": 0})],
    "expand_dims": [(X, 0), (X, -1), (X, {"axis": 1}), (SCALAR, 0)],
    "squeeze": [(X[:1],), (X[:, :1].copy(), 1), (X[None, :, :1].copy(), {"axis": (0, 2)}), (X[None].copy(), 0)],
    "broadcast_to": [(floats([1, 2, 3]), (2, 3)), (X[:, :1].copy(), (2, 4)), (SCALAR, (2, 2)), (INTS[:1], (3, 3))],
    "concatenate": [([X, -X],), ([X, X], 1), ([INTS, INTS], {"axis": -1}), ([EMPTY, X],), ([X, INTS],)],
    "stack": [([X, -X],), ([X, X], 1), ([X, X], {"axis": -1}), ([SCALAR, SCALAR],), ([INTS, X],)],
    "hstack": [([X, X],), ([floats([1, 2]), floats([3])],), ([INTS, INTS],)],
    "vstack": [([X, X],), ([floats([1, 2]), floats([3, 4])],), ([INTS, X],)],
    "split": [(CUBE, 2, 2), (X, 3, {"axis": 1}), (CUBE, [1, 3], 2), (X, 2)],
    "repeat": [(X, 2), (X, 2, 0), (INTS, {"repeats": 3, "axis": -1}), (SCALAR, 3)],
    "einsum": [("ij,kj->ik", X, X), ("abc,cd->abd", CUBE, floats(np.arange(8).reshape(4, 2) - 3)),
               ("...ij->...ji", CUBE), ("ij->", X), ("ij,ij->ij", INTS, INTS)],
    "get_item": [(X, 1), (CUBE, (1, -1)), (INTS, (0, 2))],
    "take": [(X, I32(0, 2, 5)), (X, I32(1, 0), 0), (X, I32(2, 2), {"axis": 1}), (X, I32(-1), 1), (CUBE, np.array(
        [[0, 1], [2, 0]], "int32"), 1), (INTS, 1, 0)],
    "scatter": [(np.array([[0, 1], [2, 0], [0, 1]], "int32"), floats([1, 2, 3]), (3, 4)),
                (np.array([[1], [0]], "int32"), X, (4, 3)), (np.array([[3], [3]], "int32"), I32(2, 5), (6,))],
    "scatter_update": [
        (X, np.array([[1], [0]], "int32"), floats([[9, 8, 7], [6, 5, 4]])),
        (CUBE, np.array([[0, 1, 2], [1, 2, 3]], "int32"), floats([70, 80])),
        *((X, np.array([[1], [1], [-1], [7]], "int32"), floats(np.arange(12).reshape(4, 3)), {"reduction": r})
          for r in ("add", "max", "min", "mul")),
        (INTS, np.array([[0, 2], [1, 0]], "int32"), I32(7, 9), "add")],
    "slice": [(X, I32(0, 1), (2, 2)), (X, I32(1, 2), (2, 2)), (CUBE, I32(0, 1, 1), (2, 1, 3)), (X, I32(1, 0), (1, 3))],
    "slice_update": [(X, I32(0, 1), floats([[7, 8], [5, 6]])), (X, I32(5, 5), floats([[1]])),
                     (CUBE, I32(1, 0, 2), floats(np.ones((1, 2, 2)))), (INTS, I32(0, 0), I32(1)[None])],
    "saturate_cast": [(floats([-1, 256, 3.7, -0.5, INF, -INF]), "uint8"), (floats([3e9, -3e9, 1e30]), "int32"),
                      (I32(-5, 300), "uint8"), (X, "bool"), (BYTES, "float32")],
    "one_hot": [(I32(0, 2, 1), 3), (I32(0, 2, 1), 4, {"axis": 0}), (I32(1, 0), 2, {"dtype": "int32"}),
                (I32(-1, 3, 1), 3), (np.array([[0], [1]], "int32"), 2)],
    "multi_hot": [(np.array([[0, 2], [1, 1]], "int32"), 3), (I32(0, 2), {"num_classes": 4}),
                  (np.array([[0, 2], [1, 1]], "int32"), 3, {"axis": 0}), (I32(1), 2, {"dtype": "int32"})],
    "zeros": [((2, 3),), ((2,), "int32"), ((0, 2),), ((), {"dtype": "bool"})],
    "ones": [((2, 3),), ((2,), "int32"), ((0, 2),), ((2,), {"dtype": "bool"})],
    "full": [((2, 3), 1.5), ((2,), 3, {"dtype": "int32"}), ((2, 0), 1.0), ((2,), NAN)],
    "zeros_like": [(X,), (INTS,), (X, {"dtype": "int32"}), (EMPTY,)],
    "ones_like": [(X,), (INTS,), (X, {"dtype": "bool"}), (EMPTY,)],
    "full_like": [(X, 2.5), (INTS, 4), (X, 3.0, {"dtype": "int32"}), (EMPTY, 1.0)],
    "arange": [(5,), (2, 9), (2, 9, 3), (0.5, 3.0, 0.5), (5, {"dtype": "float32"}), (9, 2, -2), (0,)],
    "linspace": [(0.0, 1.0, 5), (0.0, 1.0, {"num": 4, "endpoint": False}), (0.0, 1.0, 5, {"retstep": True}),
                 (0, 10, 4, {"dtype": "int32"}), (floats([0, 1]), floats([4, 9]), 3),
                 (floats([0, 1]), floats([4, 9]), {"num": 3, "axis": -1}), (2.0, 3.0, 1), (0.0, 1.0)],
    "eye": [(3,), (2, 4), (3, {"k": 1}), (3, {"k": -1, "dtype": "int32"}), (2, {"M": 3})],
    "identity": [(3,), (2, {"dtype": "int32"})],
    "normalize": [(X,), (X, {"axis": 0}), (X, {"order": 1}), (X, {"order": 3}), (X, {"axis": 0, "order": INF}), (floats([[0, 0], [3, 4]]),), (floats([[1e-8, 0], [3, 4]]), {
        "epsilon": 0.001})],
    "batch_normalization": [
        (X, floats([0.5, 0.25, 0]), floats([1, 2, 0.5]), -1),
        (X, floats([0.5, 0.25, 0]), floats([1, 2, 0.5]), 1, {"offset": floats([1, 2, 3]), "scale": floats([2, 1, 0.5])}),
        (X, floats([0.5, 0.25]), floats([1, 2]), {"axis": 0, "epsilon": 0.5})],
    "binary_crossentropy": [(floats([1, 0, 1]), floats([0.9, 0.2, 0.4])), (floats([1, 0, 1]), floats([3, -2, 40]), {
        "from_logits": True}), (floats([1, 0]), floats([0, 1]))],
    "categorical_crossentropy": [
        (floats([[1, 0, 0], [0, 0.5, 0.5]]), floats([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])),
        (floats([[1, 0, 0], [0, 1, 0]]), X, {"from_logits": True}), (floats([[1, 0], [0, 1]]), floats([[2, 1], [1, 3]]), {
            "axis": 0})],
    "sparse_categorical_crossentropy": [
        (I32(0, 1), floats([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])), (I32(0, 1), X, {"from_logits": True}),
        (I32(2, 0), floats([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]]), {"axis": -1})],
    "glu": [(floats([[1, 2, 3, 4]]),), (floats([[1, 2], [3, 4]]), {"axis": 0}), (CUBE,)],
    "shape": [(X,), (SCALAR,), (EMPTY,)],
    "size": [(X,), (SCALAR,), (EMPTY,)],
    "convert_to_tensor": [(X,), (INTS, {"dtype": "float32"}), (BOOLS,)],
    "array": [(X,), (INTS, {"dtype": "float32"}), (2,)],
    "convert_to_numpy": [(X,), (INTS,)],
    "is_tensor": [(X,), (2,)],
}
MORE = {  # beside those that all of a kind have
    "round": [(floats([0.5, 1.5, 2.5, -0.5, -2.5]),), (X, 1), (INTS * 7, -1), (np.array([[3, 200], [15, 254]], "uint8"), -1), (INTS, {"decimals": 2}),
              (floats([1234.5678, -0.125]), {"decimals": 2})],
    "leaky_relu": [(X, 0.3)], "elu": [(X, {"alpha": 0.5})], "celu": [(X, {"alpha": 0.5})],
    "hard_shrink": [(X, {"threshold": 1.0})], "soft_shrink": [(X, {"threshold": 1.0})], "squareplus": [(X, {"b": 1})],
    "gelu": [(X, {"approximate": False})],
    "max": [(X, {"initial": 2.0}), (X, {"axis": 1, "initial": 0.0})],
    "min": [(X, {"initial": -1.0}), (X, {"axis": 1, "initial": 0.0})],
    "prod": [(INTS, {"dtype": "float32"}), (X, {"axis": 1, "dtype": "int32"})],
    "logsumexp": [(floats([[1000, 1000], [-1000, -1000]]), 1)],
    "mod": [(floats([5.5, -5.5, 5.5, -5.5]), floats([2, 2, -2, -2])), (I32(5, -5, 5, -5), I32(3, 3, -3, -3))],
    "floor_divide": [(floats([5.5, -5.5, 5.5, -5.5]), floats([2, 2, -2, -2])), (I32(5, -5, 5, -5), I32(3, 3, -3, -3))],
    "power": [(floats([-2, -2, 0, 4]), floats([3, 2, 0, 0.5])), (I32(2, -3, 5), I32(3, 2, 0))],
}


def calls():
    for name in UNARY:
        yield name, unary(name)
    for name in BINARY:
        yield name, binary(name)
    for name in REDUCTIONS:
        yield name, reduction(name)
    for name in OVER_ROWS:
        yield name, rows(name)
    yield from CALLS.items()
    yield from MORE.items()


def record():
    cases, number = [], {}
    for name, given in calls():
        for call in given:
            at = number[name] = number.get(name, -1) + 1
            args, options = (call[:-1], call[-1]) if isinstance(call[-1], dict) else (call, {})
            try:
                out = getattr(keras.ops, name)(*map(as_tensors, args), **{k: as_tensors(v) for k, v in options.items()})
            except (TypeError, ValueError) as error:
                print(f"{name} {at}: Keras refuses it: {str(error).splitlines()[0]}")
                continue
            outputs = list(out) if isinstance(out, (list, tuple)) else [out]
            case = {"name": f"{name}_{at}", "function": name, "args": [written(a) for a in args],
                    "options": {k: written(v) for k, v in options.items()}, "several": isinstance(out, (list, tuple)),
                    "outputs": [array(o) for o in outputs]}
            cases.append(case)
    return {"cases": cases}


def as_tensors(value):
    if isinstance(value, np.ndarray):
        return keras.ops.convert_to_tensor(value)
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return [as_tensors(one) for one in value]
    return value


def written(value):
    """An array as everywhere; a list of arrays; or {"value": ...}."""
    if isinstance(value, np.ndarray):
        return array(value)
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return [array(one) for one in value]
    if isinstance(value, float) and not np.isfinite(value):
        return {"value": str(value)}
    return {"value": list(value) if isinstance(value, tuple) else value}
