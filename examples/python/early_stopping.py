"""Stopping when validation gets no better, going back to the best weights, and keeping the best on disk."""

import numpy as np

import keras
from keras import layers
from keras.callbacks import CSVLogger, EarlyStopping, LambdaCallback, ModelCheckpoint

# Few rows, much noise and a large network: it will overfit.
rng = np.random.default_rng(10)
x = rng.uniform(-1, 1, size=(120, 3)).astype("float32")
y = x[:, 0] - 0.5 * x[:, 1] + 0.4 * rng.normal(size=120)
x_train, y_train, x_valid, y_valid = x[:60], y[:60], x[60:], y[60:]

model = keras.models.Sequential()
model.add(layers.Input(shape=(3,)))
model.add(layers.Dense(64, activation="tanh"))
model.add(layers.Dense(64, activation="tanh"))
model.add(layers.Dense(1))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=[keras.metrics.RootMeanSquaredError()])

epochs_seen = []
stopping = EarlyStopping(monitor="val_loss", patience=5, min_delta=1e-4, restore_best_weights=True, verbose=1)
checkpoint = ModelCheckpoint("best.keras", monitor="val_loss", save_best_only=True)
history = model.fit(
    x_train,
    y_train,
    batch_size=15,
    epochs=60,
    validation_data=(x_valid, y_valid),
    verbose=0,
    callbacks=[
        stopping,
        checkpoint,
        CSVLogger("log.csv"),
        LambdaCallback(on_epoch_end=lambda epoch, logs: epochs_seen.append(epoch)),
    ],
)

values = history.history["val_loss"]
best = int(np.argmin(values))
print(f"stopped after epoch {stopping.stopped_epoch + 1} of 60; best was epoch {best + 1} with {values[best]:.4f}")

restored = model.evaluate(x_valid, y_valid, verbose=0, return_dict=True)
on_disk = keras.models.load_model("best.keras")
stored = on_disk.evaluate(x_valid, y_valid, verbose=0, return_dict=True)
print(f"validation loss of the model now: {restored['loss']:.4f}; of the file: {stored['loss']:.4f}")
with open("log.csv") as file:
    lines = file.read().splitlines()
print(f"log: {len(lines) - 1} epochs, columns {lines[0]}")

results = {
    "stopped": stopping.stopped_epoch,
    "best": best,
    "restored": restored["loss"],
    "stored": stored["loss"],
    "epochs": len(epochs_seen),
    "log_lines": len(lines),
}
