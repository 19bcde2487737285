"""Memory is flat over many predictions and many fits; models and layers are collected."""
import gc
import os
import weakref

import numpy as np

import cornu as keras
from cornu import layers


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def network():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(10, activation="relu"), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def grown(*calls):
    """MiB by which memory grows over (call, times), once a tenth of them has warmed it up."""
    for part in (10, 1):
        gc.collect()
        before = resident()
        for call, times in calls:
            for _ in range(times // part):
                call()
    gc.collect()
    return resident() - before


def test_predict_and_fit_keep_memory_flat():
    x, y = np.zeros((20, 8), "float32"), np.zeros((20, 1), "float32")
    model = network()
    assert grown((lambda: model.predict(x[:1]), 100_000), (lambda: model.fit(x, y, verbose=0), 500)) < 2


def test_eager_operations_keep_memory_flat():
    a = keras.ops.convert_to_tensor(np.ones((4, 4), "float32"))
    assert grown((lambda: keras.ops.add(a, 1.0), 100_000)) < 1


def test_models_are_collected():
    class Mine(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = layers.Dense(3)

        def call(self, x):
            return self.inner(x)

    model = keras.Sequential([keras.Input((8,)), Mine(), layers.Dense(1)])
    model.compile("adam", lambda t, p: keras.ops.mean((t - p) ** 2, axis=-1))
    model.fit(np.zeros((20, 8), "float32"), np.zeros((20, 1), "float32"), verbose=0)
    gone = [weakref.ref(model), weakref.ref(model.layers[0])]
    del model
    gc.collect()
    assert [r() for r in gone] == [None, None]


def test_large_results_of_many_shapes_are_not_kept():
    dense = layers.Dense(64)
    dense(np.zeros((100, 64), "float32"))
    w = np.ones((64, 64), "float32")
    before = resident()
    for i in range(100):
        dense(np.zeros((16000 + i, 64), "float32"))  # 4 MB each
        keras.ops.softmax(keras.ops.matmul(np.zeros((17000 + i, 64), "float32"), w))
        keras.ops.exp(np.zeros((1000000 + i,), "float32"))
    for i in range(5):
        keras.ops.exp(np.zeros((20_000_000 + i,), "float32"))  # 80 MB each
    gc.collect()
    assert resident() - before < 150
