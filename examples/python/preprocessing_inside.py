"""A model that takes raw numbers: what the data looks like is learned by adapt and saved with the model."""

import numpy as np

import keras
from keras import layers

rng = np.random.default_rng(16)
n = 600
height = rng.normal(1.72, 0.09, n)  # metres
weight = rng.normal(70, 12, n)  # kilograms
steps = rng.gamma(4, 2000, n)  # per day
pixels = rng.integers(0, 256, size=(n, 3))
x = np.stack([height, weight, steps], axis=1)
y = (weight / height**2 + 4 - steps / 2500 > 24).astype("float32")

normalization = layers.Normalization(axis=-1)
normalization.adapt(x[:500])
print("mean", np.round(np.ravel(normalization.mean), 2), "variance", np.round(np.ravel(normalization.variance), 2))

model = keras.Sequential([normalization, layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[:500], y[:500], batch_size=50, epochs=20, validation_data=(x[500:], y[500:]), verbose=0)
print(f"raw numbers in: validation accuracy {history.history['val_accuracy'][-1]:.3f}")

model.save("raw.keras")
again = keras.models.load_model("raw.keras")
print("loaded, for one row of raw numbers:", again.predict(x[500:501], verbose=0).round(3).tolist())

# Whole numbers from 0 to 255, reshaped and scaled inside the model.
colours = keras.Sequential(
    [
        keras.Input((3,), dtype="uint8"),
        layers.Rescaling(scale=1 / 127.5, offset=-1.0),
        layers.Reshape((3, 1)),
        layers.Flatten(),
        layers.Dense(8),
        layers.LeakyReLU(negative_slope=0.1),
        layers.Dense(1),
    ]
)
bright = (pixels @ np.array([0.3, 0.6, 0.1]) / 255).astype("float32")
colours.compile(optimizer=keras.optimizers.Adagrad(0.1), loss="mse")
colour_history = colours.fit(pixels.astype("uint8"), bright, epochs=8, batch_size=50, verbose=0)
print(f"brightness: error {colour_history.history['loss'][0]:.4f} -> {colour_history.history['loss'][-1]:.5f}")

inverse = layers.Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0], invert=True)
scaled = np.asarray(inverse(np.array([[1.0, 1.0], [0.0, -1.0]], dtype="float32")))
print("back to the original scale:", scaled.tolist())
histories = {"raw": history, "colours": colour_history}
results = {"mean": np.ravel(normalization.mean), "inverse": scaled, "loaded": again.predict(x[500:504], verbose=0)}
