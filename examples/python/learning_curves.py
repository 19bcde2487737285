"""Learning curves from History: over epochs as a plot in text, and over the number of rows as a table."""

import numpy as np

import keras
from keras import layers

rng = np.random.default_rng(13)
x = rng.uniform(-1, 1, size=(1200, 4))
y = (np.sin(3 * x[:, 0]) + x[:, 1] ** 2 + 0.1 * rng.normal(size=1200)).astype("float32")
x_valid, y_valid = x[1000:], y[1000:]


def train(rows, epochs):
    model = keras.Sequential(
        [layers.Dense(24, activation="gelu"), layers.Dense(24, activation="gelu"), layers.Dense(1)]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae", keras.metrics.R2Score()])
    return model.fit(
        x[:rows],
        y[:rows].reshape(-1, 1),
        batch_size=25,
        epochs=epochs,
        validation_data=(x_valid, y_valid.reshape(-1, 1)),
        verbose=0,
    )


def plot(curves, height=8):
    top = max(max(values) for values in curves.values())
    for line in range(height, 0, -1):
        text = ""
        for epoch in range(len(next(iter(curves.values())))):
            marks = [name[0] for name, values in curves.items() if round(values[epoch] / top * height) == line]
            text += f"{'*' if len(marks) > 1 else (marks or [' '])[0]} "
        print(f"{top * line / height:6.3f} | {text}")


history = train(rows=400, epochs=15)
print("loss over", len(history.epoch), "epochs (t training, v validation):")
plot({"training": history.history["loss"], "validation": history.history["val_loss"]})
print("recorded:", ", ".join(history.history), "with", history.params["steps"], "steps an epoch")

histories = {"over epochs": history}
print("  rows  training  validation     R2")
for rows in (50, 200, 1000):
    run = train(rows, epochs=6)
    histories[f"{rows} rows"] = run
    last = {name: values[-1] for name, values in run.history.items()}
    print(f"{rows:6} {last['loss']:9.4f} {last['val_loss']:11.4f} {last['val_r2_score']:6.2f}")
model = history.model
results = {"epochs": len(history.epoch), "steps": history.params["steps"]}
