"""Moves of data through keras.ops beside NumPy's copies, in one process, in turn; medians and their ratio.

    PYTHONPATH=build/python python bench/move_bench.py
"""
import statistics
import time

import numpy as np

import cornu as keras

ops = keras.ops
x, row, column = np.zeros((4096, 65), "f"), np.zeros(65, "f"), np.zeros((4096, 1), "f")
cube = np.zeros((64, 64, 65), "f")
X, ROW, COLUMN, CUBE = (ops.convert_to_tensor(a) for a in (x, row, column, cube))
MOVES = {
    "slice of rows": (lambda: X[1:4095], lambda: x[1:4095].copy()),
    "slice of columns": (lambda: X[:, 1:64], lambda: x[:, 1:64].copy()),
    "transpose": (lambda: ops.transpose(X), lambda: np.ascontiguousarray(x.T)),
    "broadcast a row": (lambda: ops.broadcast_to(ROW, (4096, 65)), lambda: np.broadcast_to(row, (4096, 65)).copy()),
    "broadcast a column": (lambda: ops.broadcast_to(COLUMN, (4096, 65)),
                           lambda: np.broadcast_to(column, (4096, 65)).copy()),
    "concatenate": (lambda: ops.concatenate([X, X], 1), lambda: np.concatenate([x, x], 1)),
    "transpose of matrices": (lambda: ops.transpose(CUBE, (0, 2, 1)),
                              lambda: np.ascontiguousarray(cube.transpose(0, 2, 1))),
}


def microseconds(f):
    start = time.perf_counter()
    f()
    return 1e6 * (time.perf_counter() - start)


for name, (ours, theirs) in MOVES.items():
    rounds = [(microseconds(ours), microseconds(theirs)) for _ in range(400)][20:]
    a, b = (statistics.median(column) for column in zip(*rounds))
    print(f"{name:24} {a:7.1f} us, NumPy {b:7.1f} us: {a / b:.2f}")
