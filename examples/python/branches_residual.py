"""Branches that meet: features of different widths are concatenated, and blocks add to what they were given."""

import numpy as np

import keras
from keras import layers


def block(x, units, name):
    """Two layers whose output is added to their input, brought to the same width where it has another."""
    y = layers.LayerNormalization(name=f"{name}_norm")(x)
    y = layers.Dense(units, activation="gelu", name=f"{name}_in")(y)
    y = layers.Dense(units, name=f"{name}_out")(y)
    if x.shape[-1] != units:
        x = layers.Dense(units, use_bias=False, name=f"{name}_shortcut")(x)
    return layers.Add(name=f"{name}_add")([x, y])


inputs = keras.Input(shape=(8,), name="signal")
wide = layers.Dense(24, activation="silu", name="wide")(inputs)
narrow = layers.Dense(4, activation="tanh", name="narrow")(inputs)
joined = layers.Concatenate(name="joined")([wide, narrow, inputs])
x = block(joined, 16, "first")
x = block(x, 16, "second")
gate = layers.Dense(16, activation="sigmoid", name="gate")(narrow)
x = layers.Multiply(name="gated")([x, gate])
outputs = layers.Dense(3, activation="softmax", name="class")(x)
model = keras.Model(inputs, outputs, name="branches")

rng = np.random.default_rng(33)
x_all = rng.uniform(-1, 1, size=(500, 8)).astype("float32")
score = np.stack([x_all[:, 0] * x_all[:, 1], np.sin(3 * x_all[:, 2]), x_all[:, 3] - x_all[:, 4]], axis=1)
y_all = score.argmax(axis=1)

model.compile(optimizer=keras.optimizers.Nadam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_all, y_all, batch_size=25, epochs=10, validation_split=0.2, verbose=0)
print("layer                 output")
for layer in model.layers:
    print(f"{layer.name:20} {layer.output.shape}")
print("accuracy", [round(v, 3) for v in history.history["accuracy"]])
results = {
    "layers": [layer.name for layer in model.layers],
    "params": model.count_params(),
    "shape": list(model.output_shape[1:]),
    "joined": list(model.get_layer("joined").output.shape[1:]),
    "first": model.predict(x_all[:5], verbose=0),
}
