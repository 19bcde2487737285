"""Arithmetic between layers: operators and keras.ops on the tensors of a functional model, in its file as well."""

import numpy as np

import keras
from keras import layers, ops

inputs = keras.Input((12,), name="day")
centred = inputs - ops.mean(inputs, axis=-1, keepdims=True)
scaled = centred / (ops.std(inputs, axis=-1, keepdims=True) + 0.001)
x = layers.Dense(10, activation="tanh", name="hidden")(scaled)
x = x * 2 + ops.mean(x, axis=-1, keepdims=True)
first, second = ops.split(x, 2, axis=-1)
x = ops.concatenate([ops.maximum(first, second), -first, 1.0 - second**2], axis=-1)
level = ops.log1p(ops.exp(-ops.max(ops.abs(inputs), axis=-1, keepdims=True)))
x = layers.Dense(6, activation="relu", name="second")(x)
weights = ops.exp(layers.Dense(6, name="attention")(scaled))
pooled = ops.sum(x * weights, axis=-1, keepdims=True) / ops.sum(weights, axis=-1, keepdims=True)
outputs = layers.Dense(1, name="answer")(ops.concatenate((pooled, level), axis=1)) + 0.5 * ops.tanh(pooled)
model = keras.Model(inputs, outputs)

rng = np.random.default_rng(35)
x_all = rng.normal(size=(360, 12)).astype("float32")
y_all = 0.5 * x_all[:, :1] + np.tanh(x_all[:, 1:2] - x_all.mean(axis=1, keepdims=True))

model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
history = model.fit(x_all, y_all, batch_size=36, epochs=12, validation_split=0.25, verbose=0)
print(f"loss {history.history['loss'][0]:.4f} -> {history.history['loss'][-1]:.4f}")
print("steps of the graph:", len(model.layers), "of which with weights:", sum(bool(y.weights) for y in model.layers))

model.save("operations.keras")
again = keras.models.load_model("operations.keras")
same = np.array_equal(model.predict(x_all, verbose=0), again.predict(x_all, verbose=0))
print("the operations are in the file too:", same)
shifted = model.predict(x_all[:4] + 3.0, verbose=0) - model.predict(x_all[:4], verbose=0)
results = {
    "same": same,
    "steps": len(model.layers),
    "names": [layer.name for layer in model.layers],
    "shifted": shifted,
    "direct": ops.convert_to_numpy(model(x_all[:3])),
}
