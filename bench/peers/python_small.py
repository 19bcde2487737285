"""What Python users wait for with a small network: one JSON line. Runs on any engine that presents itself as keras:

    python -m cornu bench/peers/python_small.py
    KERAS_BACKEND=jax .venv-bench/bin/python bench/peers/python_small.py
"""

import json
import resource
import sys
import time

import numpy as np

start = time.perf_counter()
import keras  # noqa: E402
from keras import layers  # noqa: E402

layers.Dense, keras.Sequential, keras.optimizers.Adam  # what is imported lazily counts too
imported = time.perf_counter() - start


def best(f, calls, rounds=5):
    """Median over rounds of seconds per call."""
    times = []
    for _ in range(rounds):
        t = time.perf_counter()
        for _ in range(calls):
            f()
        times.append((time.perf_counter() - t) / calls)
    return sorted(times)[rounds // 2]


rng = np.random.default_rng(0)
x = rng.random((1000, 8), np.float32)
y = rng.integers(0, 2, 1000).astype("float32")
model = keras.Sequential([keras.Input((8,)), layers.Dense(10, "relu"), layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=10, epochs=1, verbose=0)
ours = keras.backend.backend() == "cornu"
epochs = 100 if ours else 3
fit = best(lambda: model.fit(x, y, batch_size=10, epochs=epochs, verbose=0), 1) / (100 * epochs)
left, right = keras.Input((8,)), keras.Input((4,))
h = layers.Concatenate()([layers.Dense(10, "relu")(left), layers.Dense(6, "relu")(right)])
two = keras.Model([left, right], layers.Dense(1, "sigmoid")(h))
row = x[:1]
pair = [row, x[:1, :4]]
two.predict(pair, verbose=0)
two(pair)
model.predict(row, verbose=0)
model(row)
m, n = np.ascontiguousarray(x[:3, :3]), np.ascontiguousarray(x[3:6, :3])
a, b = keras.ops.convert_to_tensor(m), keras.ops.convert_to_tensor(n)
calls = 2000 if ours else 20
record = {
    "import_ms": imported * 1e3,
    "fit_step_us": fit * 1e6,
    "predict_row_us": best(lambda: model.predict(row, verbose=0), calls) * 1e6,
    "call_row_us": best(lambda: model(row), calls) * 1e6,
    "predict_two_us": best(lambda: two.predict(pair, verbose=0), calls) * 1e6,
    "call_two_us": best(lambda: two(pair), calls) * 1e6,
    "ops_add_us": best(lambda: keras.ops.add(a, b), 2000) * 1e6,
    "arrays_add_us": best(lambda: keras.ops.add(m, n), 2000) * 1e6,
    "numpy_add_us": best(lambda: np.add(m, n), 2000) * 1e6,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}
print(json.dumps({k: round(v, 2) for k, v in record.items()}))
sys.stdout.flush()
