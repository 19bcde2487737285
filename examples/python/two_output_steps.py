"""Steps of one's own for a model with two outputs: it rebuilds its input and sorts it, and balances the two itself."""

import numpy as np
import tensorflow as tf

import keras
from keras import layers, ops


class Sorter(keras.Model):
    """Encoder, decoder and head; the weight of the reconstruction falls from step to step."""

    def __init__(self, width, classes, **kwargs):
        super().__init__(**kwargs)
        self.encoder = layers.Dense(8, activation="tanh", name="encoder")
        self.decoder = layers.Dense(width, name="decoder")
        self.head = layers.Dense(classes, activation="softmax", name="head")
        self.total = keras.metrics.Mean(name="total")
        self.rebuilt = keras.metrics.MeanSquaredError(name="rebuilt")
        self.right = keras.metrics.SparseCategoricalAccuracy(name="right")
        self.balance = self.add_weight(shape=(), initializer="ones", trainable=False, name="balance")

    def call(self, inputs):
        code = self.encoder(inputs)
        return {"rebuilt": self.decoder(code), "kind": self.head(code)}

    @property
    def metrics(self):
        return [self.total, self.rebuilt, self.right]

    def both_losses(self, x, y, answers):
        rebuilt = ops.mean(keras.losses.mean_squared_error(x, answers["rebuilt"]))
        kind = ops.mean(keras.losses.sparse_categorical_crossentropy(y, answers["kind"]))
        return self.balance * rebuilt + (1 - 0.5 * self.balance) * kind

    def note(self, x, y, answers, loss):
        self.total.update_state(loss)
        self.rebuilt.update_state(x, answers["rebuilt"])
        self.right.update_state(y, answers["kind"])
        return {m.name: m.result() for m in self.metrics}

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            answers = self(x, training=True)
            loss = self.both_losses(x, y, answers)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply(gradients, self.trainable_weights)
        self.balance.assign(self.balance * 0.98)
        return {**self.note(x, y, answers, loss), "balance": self.balance + 0.0}

    def test_step(self, data):
        x, y = data
        answers = self(x, training=False)
        return self.note(x, y, answers, self.both_losses(x, y, answers))


rng = np.random.default_rng(38)
y = rng.integers(0, 4, 400)
x = (rng.normal(size=(4, 12))[y] + 0.7 * rng.normal(size=(400, 12))).astype("float32")
model = Sorter(12, 4)
model.compile(optimizer=keras.optimizers.Adam(0.01))
history = model.fit(x[:300], y[:300], epochs=8, batch_size=30, validation_data=(x[300:], y[300:]), verbose=0)
scores = model.evaluate(x[300:], y[300:], return_dict=True, verbose=0)
print({name: round(float(value), 4) for name, value in scores.items()})
results = {**scores, **{f"answer {name}": rows[:3] for name, rows in model.predict(x[300:], verbose=0).items()}}
