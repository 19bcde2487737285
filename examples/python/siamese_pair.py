"""Do two rows show the same thing? One tower of layers reads both, and their distance decides."""

import numpy as np

import keras
from keras import layers, ops

rng = np.random.default_rng(32)
kinds = rng.normal(size=(6, 10))


def pairs(rows):
    """Noisy views of two kinds, and whether the kinds are the same."""
    same = rng.integers(0, 2, rows)
    first = rng.integers(0, 6, rows)
    second = np.where(same, first, (first + rng.integers(1, 6, rows)) % 6)
    left, right = (kinds[k] + 0.4 * rng.normal(size=(rows, 10)) for k in (first, second))
    return left.astype("float32"), right.astype("float32"), same.astype("float32")


tower = keras.Sequential(
    [keras.Input((10,)), layers.Dense(20, activation="tanh"), layers.Dense(7, name="code")], name="tower"
)
left = keras.Input((10,), name="left")
right = keras.Input((10,), name="right")
code_left, code_right = tower(left), tower(right)
apart = layers.Subtract()([code_left, code_right])
apart = layers.Lambda(lambda t: ops.abs(t), name="absolute")(apart)
sure = code_left[:, -1:] * code_right[:, -1:]  # the last number of a code says how much the others mean
distance = ops.sqrt(ops.sum(ops.square(code_left - code_right)[:, :-1], axis=1, keepdims=True) + 1e-6)
answer = layers.Dense(1, activation="sigmoid", name="same")(layers.concatenate([apart, distance * ops.sigmoid(sure)]))
model = keras.Model([left, right], answer)

model.compile(optimizer=keras.optimizers.RMSprop(0.005), loss="binary_crossentropy", metrics=["accuracy"])
x1, x2, y = pairs(600)
test1, test2, test_y = pairs(200)
history = model.fit(
    [x1, x2], y, batch_size=50, epochs=10, validation_data=([test1, test2], test_y), verbose=0
)
print("numbers to learn:", model.count_params(), "of which in the tower:", tower.count_params())
print("validation accuracy", [round(v, 3) for v in history.history["val_accuracy"]])

# The tower alone puts rows near each other that show the same kind.
codes = tower.predict(kinds.astype("float32"), verbose=0)
back = model.predict([test2[:5], test1[:5]], verbose=0)
there = model.predict([test1[:5], test2[:5]], verbose=0)
print("the order of the pair matters:", not np.allclose(back, there, atol=1e-4))
results = {"params": model.count_params(), "codes": codes, "there": there, "back": back}
