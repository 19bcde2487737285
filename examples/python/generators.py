"""Data that is made while training: a Python generator without end, and a PyDataset that knows its length."""

import math

import numpy as np

import keras
from keras import layers


def waves(batch_size, seed):
    """Batches of noisy sine waves and how many periods each has, for ever."""
    rng = np.random.default_rng(seed)
    place = np.linspace(0, 1, 24)
    while True:
        periods = rng.integers(1, 5, batch_size)
        phase = rng.uniform(0, 2 * np.pi, (batch_size, 1))
        x = np.sin(2 * np.pi * periods[:, None] * place + phase) + 0.2 * rng.normal(size=(batch_size, 24))
        yield x.astype("float32"), periods - 1


class Waves(keras.utils.PyDataset):
    """The same kind of rows, made in advance and cut into batches, the last one short."""

    def __init__(self, rows, batch_size, seed, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y = next(waves(rows, seed))
        self.batch_size = batch_size
        self.epochs_ended = 0

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows], self.y[rows], np.ones(len(self.x[rows]))

    def on_epoch_end(self):
        self.epochs_ended += 1


def network():
    model = keras.Sequential([keras.Input((24,)), layers.Dense(32, activation="swish"), layers.Dense(4)])
    model.compile(
        optimizer=keras.optimizers.AdamW(0.01, weight_decay=0.001),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model


validation = Waves(rows=100, batch_size=30, seed=99)
model = network()
endless = model.fit(waves(32, seed=15), steps_per_epoch=15, epochs=6, validation_data=validation, verbose=0)
print("generator: accuracy", [round(v, 3) for v in endless.history["accuracy"]])
print("test:", [round(v, 4) for v in model.evaluate(waves(50, seed=3), steps=4, verbose=0)])

model = network()
training = Waves(rows=500, batch_size=32, seed=15)
finite = model.fit(training, epochs=6, validation_data=validation, verbose=0)
print(f"PyDataset of {len(training)} batches: accuracy", [round(v, 3) for v in finite.history["accuracy"]])
print("predictions for all rows of a PyDataset:", model.predict(validation, verbose=0).shape)

histories = {"generator": endless, "dataset": finite}
results = {"epochs_ended": training.epochs_ended, "rows": len(model.predict(validation, verbose=0))}
