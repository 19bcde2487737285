"""fit with a training step of one's own: two losses, gradients clipped by hand, metrics of the model's choosing."""

import numpy as np
import tensorflow as tf

import keras
from keras import layers, ops


class SmoothModel(keras.Model):
    """Learns the targets and also to answer alike for inputs that are close together."""

    def __init__(self, units, smoothness=0.1):
        super().__init__()
        self.smoothness = smoothness
        self.hidden = layers.Dense(units, activation="tanh")
        self.answer = layers.Dense(1)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.mae_tracker = keras.metrics.MeanAbsoluteError(name="mae")

    def call(self, inputs):
        return self.answer(self.hidden(inputs))

    @property
    def metrics(self):
        return [self.loss_tracker, self.mae_tracker]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            prediction = self(x, training=True)
            roughness = ops.mean(ops.square(self(x + 0.1, training=True) - prediction))
            loss = self.compute_loss(y=y, y_pred=prediction) + self.smoothness * roughness
        gradients = tape.gradient(loss, self.trainable_variables)
        gradients = [ops.clip(g, -1.0, 1.0) for g in gradients]
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        self.mae_tracker.update_state(y, prediction)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, data):
        x, y = data
        prediction = self(x, training=False)
        self.loss_tracker.update_state(self.compute_loss(y=y, y_pred=prediction))
        self.mae_tracker.update_state(y, prediction)
        return {m.name: m.result() for m in self.metrics}


rng = np.random.default_rng(6)
x = rng.uniform(-1, 1, size=(400, 3)).astype("float32")
y = np.sin(3 * x[:, :1]) * x[:, 1:2] + 0.05 * rng.normal(size=(400, 1)).astype("float32")

histories, results = {}, {}
for smoothness in (0.0, 30.0):
    model = SmoothModel(24, smoothness)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    name = f"smoothness {smoothness}"
    histories[name] = model.fit(
        x[:320], y[:320], epochs=12, batch_size=32, validation_data=(x[320:], y[320:]), verbose=0
    )
    results[name] = model.evaluate(x[320:], y[320:], verbose=0, return_dict=True)["mae"]
    moved = np.abs(model.predict(x + 0.1, verbose=0) - model.predict(x, verbose=0)).mean()
    print(f"{name}: mean absolute error {results[name]:.4f}, moves by {moved:.4f} when every input moves by 0.1")
