"""A rare class: class weights, sample weights, and thresholds, seen through precision and recall."""

import numpy as np

import keras
from keras import layers, metrics

rng = np.random.default_rng(14)
n = 1500
x = rng.normal(size=(n, 6)).astype("float32")
score = 1.5 * x[:, 0] + x[:, 1] * x[:, 2] + 0.7 * rng.normal(size=n)
y = (score > np.quantile(score, 0.95)).astype("int32")  # one row in twenty
x_train, y_train, x_test, y_test = x[:1000], y[:1000], x[1000:], y[1000:]
rare = int(y_train.sum())
print(f"{rare} of {len(y_train)} training rows are of the rare class")


def train(**arguments):
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(16, "tanh"), layers.Dense(8, "tanh"), layers.Dense(1, "sigmoid")]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=[metrics.Precision(name="precision"), metrics.Recall(name="recall"), metrics.AUC(name="auc")],
    )
    history = model.fit(x_train, y_train, batch_size=100, epochs=15, verbose=0, **arguments)
    return model, history


balanced = {0: len(y_train) / (2 * (len(y_train) - rare)), 1: len(y_train) / (2 * rare)}
easy = np.where((y_train == 0) & (x_train[:, 0] < -1), 0.2, 1.0)
runs = {
    "as it is": train(),
    "class weights": train(class_weight=balanced),
    "sample weights": train(sample_weight=easy * np.where(y_train == 1, 5.0, 1.0)),
}
histories, results = {}, {}
for name, (model, history) in runs.items():
    values = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
    histories[name] = history
    results[name] = [values[key] for key in ("precision", "recall", "auc")]
    print(f"{name:15}", "  ".join(f"{key} {values[key]:.3f}" for key in ("precision", "recall", "auc")))

model = runs["class weights"][0]
probability = model.predict(x_test, verbose=0)
for threshold in (0.3, 0.5, 0.7):
    recall = metrics.Recall(thresholds=threshold)
    recall.update_state(y_test, probability)
    print(f"found at threshold {threshold}: {float(recall.result()):.3f}")
