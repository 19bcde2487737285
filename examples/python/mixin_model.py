"""Multiple inheritance and attributes of one's own on models, layers and in configs."""

import numpy as np

import keras
from keras import layers


class Described:
    """Adds notes and a one-line description to anything with weights."""

    def __init__(self, *args, author="unknown", **kwargs):
        super().__init__(*args, **kwargs)
        self.author = author
        self.notes = []

    def note(self, text):
        self.notes.append(text)
        return self

    def describe(self):
        size = sum(int(np.prod(w.shape)) for w in self.weights)
        return f"{type(self).__name__} '{self.name}' by {self.author}: {size} numbers, notes: {'; '.join(self.notes)}"


class TwoPaths(Described, keras.Model):
    """A linear and a bent path from the same input, added; the paths are kept in a list and a dictionary."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.bent = [layers.Dense(units, activation="softplus"), layers.Dense(1, use_bias=False)]
        self.others = {"linear": layers.Dense(1)}
        self.calls_in_python = 0

    def call(self, inputs, training=None):
        self.calls_in_python += 1
        x = inputs
        for layer in self.bent:
            x = layer(x)
        return x + self.others["linear"](inputs)


class NotedDense(Described, layers.Dense):
    """A Dense layer that can be described."""


rng = np.random.default_rng(24)
x = rng.normal(size=(300, 3)).astype("float32")
y = (np.abs(x[:, 0]) + x[:, 1]).reshape(-1, 1)

model = TwoPaths(10, name="paths", author="Ada")
model.note("absolute value plus a line").created = 2024
model.compile(optimizer=keras.optimizers.Adamax(0.02), loss=keras.losses.Huber(delta=0.5), metrics=["mse"])
history = model.fit(x, y, batch_size=30, epochs=15, verbose=0)
model.note(f"Huber loss {history.history['loss'][-1]:.4f}")
print(model.describe())
print("created:", model.created, "- layers found in list and dictionary:", len(model.layers))
print("is a Model:", isinstance(model, keras.Model), "- is Described:", isinstance(model, Described))
print("call ran in Python far less often than once a batch:", model.calls_in_python < 150)

noted = NotedDense(2, author="Emmy", name="noted")
small = keras.Sequential([keras.Input((3,)), noted])
noted.owner = small.name
small.info = {"purpose": "to carry attributes"}
small.compile("sgd", "mae")
small_history = small.fit(x, np.concatenate([y, -y], axis=1), epochs=5, batch_size=30, verbose=0)
print(
    noted.note("attributes stay after training").describe(), "-", small.info["purpose"], "-", noted.owner == small.name
)
histories = {"paths": history, "small": small_history}
results = {"layers": len(model.layers), "weights": len(model.weights)}
