"""The same steps by Keras' fit (backend from KERAS_BACKEND). Prints JSON lines. usage: keras_fit.py
small|medium|large|convnet"""

import json
import sys
import time

import keras
import numpy as np

which = sys.argv[1]
layers = keras.layers
rng = np.random.default_rng(0)
if which == "small":
    rows, batch = 1000, 10
    model = keras.Sequential([keras.Input((8,)), layers.Dense(10, "relu"), layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")])
elif which == "medium":
    rows, batch = 6400, 32
    model = keras.Sequential([keras.Input((784,)), layers.Dense(32, "relu"), layers.Dense(10, "softmax")])
elif which == "convnet":
    rows, batch = 2560, 128
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
                              layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
                              layers.Dense(10, "softmax")])
else:
    rows, batch = 12800, 128
    model = keras.Sequential([keras.Input((784,)), layers.Dense(512, "relu"), layers.Dropout(0.2), layers.Dense(512, "relu"),
                              layers.Dropout(0.2), layers.Dense(10, "softmax")])
small = which == "small"
x = rng.random((rows, *model.input_shape[1:]), np.float32)
y = rng.integers(0, 2 if small else 10, rows).astype("float32" if small else "int32")
model.compile("adam", "binary_crossentropy" if small else "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
times = []
for _ in range(5):
    start = time.perf_counter()
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    times.append((time.perf_counter() - start) / (rows // batch))
times.sort()
print(json.dumps({"workload": which, "median_us": times[len(times) // 2] * 1e6, "best_us": times[0] * 1e6}))
