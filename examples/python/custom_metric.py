"""A metric with state of its own, next to built-in ones, and as an object that is used by hand."""

import numpy as np

import keras
from keras import layers, ops


class BalancedAccuracy(keras.metrics.Metric):
    """Mean over the classes of the share that is recognised, over everything seen since the last reset."""

    def __init__(self, num_classes, name="balanced_accuracy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.num_classes = num_classes
        self.hits = self.add_variable(shape=(num_classes,), initializer="zeros", name="hits")
        self.seen = self.add_variable(shape=(num_classes,), initializer="zeros", name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        answer = ops.argmax(y_pred, axis=-1)
        weight = ops.one_hot(labels, self.num_classes)
        if sample_weight is not None:
            weight = weight * ops.reshape(ops.cast(sample_weight, "float32"), (-1, 1))
        right = ops.cast(ops.equal(labels, ops.cast(answer, "int32")), "float32")
        self.hits.assign(self.hits + ops.sum(weight * ops.expand_dims(right, -1), axis=0))
        self.seen.assign_add(ops.sum(weight, axis=0))

    def result(self):
        return ops.mean(self.hits / ops.maximum(self.seen, 1.0))

    def reset_state(self):
        self.hits.assign(ops.zeros((self.num_classes,)))
        self.seen.assign(ops.zeros((self.num_classes,)))


rng = np.random.default_rng(5)
centres = np.array([[0, 0], [2.2, 0], [0, 2.2]])
y = rng.choice(3, size=800, p=[0.8, 0.15, 0.05]).astype("int32")
x = (centres[y] + rng.normal(0, 0.8, size=(800, 2))).astype("float32")
x_train, y_train, x_test, y_test = x[:600], y[:600], x[600:], y[600:]

model = keras.Sequential(
    [keras.Input((2,)), layers.Dense(12, activation="relu"), layers.Dense(3, activation="softmax")]
)
model.compile(
    optimizer=keras.optimizers.RMSprop(0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy", BalancedAccuracy(3)],
    weighted_metrics=[BalancedAccuracy(3, name="weighted_balanced")],
)
weights = np.where(y_train == 0, 0.3, 1.0)
history = model.fit(
    x_train, y_train, sample_weight=weights, batch_size=50, epochs=10, validation_data=(x_test, y_test), verbose=0
)
for name, values in history.history.items():
    print(f"{name:30} {values[0]:.4f} -> {values[-1]:.4f}")

metric = BalancedAccuracy(3)
for start in range(0, 200, 80):
    metric.update_state(y_test[start : start + 80], model.predict(x_test[start : start + 80], verbose=0))
    print(f"after {min(start + 80, 200)} rows: {float(metric.result()):.4f}")
results = {"by_hand": float(metric.result()), "evaluate": model.evaluate(x_test, y_test, verbose=0)[2]}
metric.reset_state()
print("after reset:", float(metric.result()))
