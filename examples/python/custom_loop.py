"""A training loop of one's own that any backend runs: train_on_batch, with hard rows shown more often."""

import numpy as np

import keras
from keras import layers, ops

rng = np.random.default_rng(7)
x = rng.normal(size=(512, 5)).astype("float32")
y = (x[:, 0] * x[:, 1] + 0.5 * x[:, 2] > 0).astype("float32").reshape(-1, 1)
x_train, y_train, x_test, y_test = x[:384], y[:384], x[384:], y[384:]

model = keras.Sequential(
    [
        keras.Input((5,)),
        layers.Dense(20, activation="elu"),
        layers.Dense(20, activation="elu"),
        layers.Dense(1, "sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Nadam(0.02), loss="binary_crossentropy", metrics=["binary_accuracy"])

history = {"loss": [], "binary_accuracy": [], "hardest": [], "test_loss": []}
for epoch in range(10):
    model.reset_metrics()
    for start in range(0, len(x_train), 32):
        logs = model.train_on_batch(x_train[start : start + 32], y_train[start : start + 32], return_dict=True)
    # The rows that are furthest from right are shown once more, at half weight.
    prediction = model.predict_on_batch(x_train)
    distance = np.asarray(ops.abs(ops.subtract(prediction, y_train)))[:, 0]
    hard = np.argsort(distance)[-32:]
    model.train_on_batch(x_train[hard], y_train[hard], sample_weight=np.full(32, 0.5))
    test = model.test_on_batch(x_test, y_test, return_dict=True)
    history["loss"].append(float(logs["loss"]))
    history["binary_accuracy"].append(float(logs["binary_accuracy"]))
    history["hardest"].append(float(distance.max()))
    history["test_loss"].append(float(keras.losses.BinaryCrossentropy()(y_test, model(x_test, training=False))))
    last = {name: round(values[-1], 4) for name, values in history.items()}
    print(f"epoch {epoch + 1}: loss {last['loss']}, hardest row {last['hardest']}, test loss {last['test_loss']}")

prediction = model(x_test)
right = ops.mean(ops.cast(ops.equal(prediction > 0.5, y_test > 0.5), "float32"))
results = {"accuracy": float(right), "steps": int(model.optimizer.iterations)}
print(f"test accuracy {results['accuracy']:.3f} after {results['steps']} steps")
