"""A whole process: 100 epochs of 1,000 rows at batch 10. Time it from outside."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
x = rng.random((1000, 8), np.float32)
y = (x[:, 0] > 0.5).astype("float32")
model = keras.Sequential([keras.Input((8,)), layers.Dense(10, "relu"), layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=10, epochs=100, verbose=0)
