"""Looking inside while training: run_eagerly to print values in call, and errors that arrive as they were raised."""

import numpy as np

import keras
from keras import layers, ops


class Peek(layers.Layer):
    """Passes its input on and notes what it sees; values are there to be read only when the model runs eagerly."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.looking = False
        self.largest = []

    def call(self, inputs):
        if self.looking:
            self.largest.append(float(ops.max(ops.abs(inputs))))
        return inputs


class Look(keras.callbacks.Callback):
    """Opens the eyes of a layer for the time of training, when there are values to see."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def on_train_begin(self, logs=None):
        self.layer.looking = True

    def on_train_end(self, logs=None):
        self.layer.looking = False


class TooLarge(Exception):
    """An error of the program's own."""


class Guard(layers.Layer):
    def call(self, inputs):
        if inputs.shape[-1] > 6:
            raise TooLarge(f"{inputs.shape[-1]} columns are too many")
        return inputs


rng = np.random.default_rng(26)
x = rng.normal(size=(80, 4)).astype("float32")
y = x.sum(axis=1, keepdims=True)

peek = Peek()
model = keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="relu"), peek, Guard(), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse", run_eagerly=True)
eager = model.fit(x, y, batch_size=20, epochs=3, verbose=0, callbacks=[Look(peek)])
print("largest activation of each batch:", np.round(peek.largest[:6], 3).tolist())

model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse", run_eagerly=False)
compiled = model.fit(x, y, batch_size=20, epochs=3, verbose=0)
print(
    "eagerly:",
    [round(v, 4) for v in eager.history["loss"]],
    "then compiled:",
    [round(v, 4) for v in compiled.history["loss"]],
)

try:
    keras.Sequential([keras.Input((7,)), Guard()])
    caught = "nothing"
except TooLarge as error:
    caught = str(error)
print("caught:", caught)

probe = keras.Sequential([keras.Input((4,)), *model.layers[:2]])
print("activations of two rows:", probe.predict(x[:2], verbose=0).shape)
histories = {"eager": eager, "compiled": compiled}
results = {"looks": len(peek.largest), "largest": peek.largest[:8], "activations": probe.predict(x[:2], verbose=0)}
