"""An autoencoder as a subclass of Model: two Sequential halves, a loss of its own, and rows that do not fit."""

import numpy as np

import keras
from keras import layers, ops


class Autoencoder(keras.Model):
    def __init__(self, size, code, **kwargs):
        super().__init__(**kwargs)
        self.encoder = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(code, name="code")])
        self.decoder = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(size)])

    def call(self, inputs):
        return self.decoder(self.encoder(inputs))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The usual loss, and a small price for codes that are far from zero."""
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        return loss + 0.001 * ops.mean(ops.square(self.encoder(x)))


rng = np.random.default_rng(23)
place = np.linspace(0, 1, 20)


def curves(rows):
    a, b = rng.uniform(-1, 1, size=(2, rows, 1))
    return (a * np.sin(2 * np.pi * place) + b * np.cos(4 * np.pi * place)).astype("float32")


x = curves(400)
model = Autoencoder(size=20, code=2)
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
history = model.fit(x, x, batch_size=25, epochs=20, validation_data=(x[:50], x[:50]), verbose=0)
print(f"error {history.history['loss'][0]:.4f} -> {history.history['loss'][-1]:.4f}")

codes = model.encoder.predict(x, verbose=0)
rebuilt = model.decoder.predict(codes, verbose=0)
print(
    "codes:",
    codes.shape,
    "- rebuilt from codes as by the whole:",
    np.allclose(rebuilt, model.predict(x, verbose=0), atol=1e-5),
)


def error(rows):
    return np.mean((model.predict(rows, verbose=0) - rows) ** 2, axis=1)


limit = np.quantile(error(x), 0.99)
strange = np.sign(rng.normal(size=(40, 20))).astype("float32")
found, false = float(np.mean(error(strange) > limit)), float(np.mean(error(curves(200)) > limit))
print(f"strange rows found: {100 * found:.0f} %, ordinary rows taken for strange: {100 * false:.1f} %")
print("parts:", [layer.name for layer in model.layers], "arrays:", len(model.weights))
results = {"found": found, "mean_error": float(error(x).mean()), "arrays": len(model.weights)}
