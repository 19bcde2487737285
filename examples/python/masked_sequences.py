"""Sentences of different lengths: word numbers, padded with zeros that an embedding marks and an average leaves out."""

import numpy as np

import keras
from keras import layers, ops

GOOD, BAD, OTHER, LENGTH = range(1, 8), range(8, 15), range(15, 30), 12
rng = np.random.default_rng(39)


def sentence():
    """Word numbers, and whether good words outnumber bad ones."""
    words = rng.choice([*GOOD, *BAD, *OTHER], rng.integers(2, LENGTH + 1))
    good, bad = (sum(w in kind for w in words) for kind in (GOOD, BAD))
    return words, float(good > bad)


class MaskedAverage(layers.Layer):
    """The mean over the steps that the mask keeps."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return ops.mean(inputs, axis=1)
        kept = ops.expand_dims(ops.cast(mask, inputs.dtype), axis=-1)
        return ops.sum(inputs * kept, axis=1) / ops.maximum(ops.sum(kept, axis=1), 1.0)

    def compute_mask(self, inputs, mask=None):
        return None


sentences, labels = zip(*(sentence() for _ in range(500)))
x = np.zeros((500, LENGTH), "int32")
for row, words in zip(x, sentences):
    row[: len(words)] = words
y = np.array(labels, "float32")

tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
embedded = layers.Embedding(30, 8, mask_zero=True, name="embedding")(tokens)
hidden = layers.Dense(8, activation="tanh", name="per_word")(embedded)  # keeps the mask
average = MaskedAverage(name="average")(hidden)
score = layers.Dense(1, activation="sigmoid", name="score")(average)
model = keras.Model(tokens, score)
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[:400], y[:400], epochs=10, batch_size=40, validation_data=(x[400:], y[400:]), verbose=0)
print("validation accuracy", [round(v, 3) for v in history.history["val_accuracy"]])

short = np.array([[3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
print("a good word:", model.predict(short, verbose=0)[0])
print("a bad one in its place:", model.predict(np.where(short == 3, 11, short), verbose=0)[0])
mask = model.get_layer("embedding").compute_mask(short)
table = model.get_layer("embedding").get_weights()[0]
results = {"mask": ops.convert_to_numpy(mask), "short": model.predict(short, verbose=0), "means": table[8:15].mean(0)}
