"""Transfer: layers trained on much data for one task are frozen for another with little, then tuned gently."""

import numpy as np

import keras
from keras import layers

rng = np.random.default_rng(17)


def shapes(rows):
    """Rows of 16 samples of a curve with two hidden causes."""
    a, b = rng.uniform(-1, 1, (2, rows, 1))
    place = np.linspace(-1, 1, 16)
    x = np.sin(3 * a * place) + b * place**2 + 0.05 * rng.normal(size=(rows, 16))
    return x.astype("float32"), a[:, 0], b[:, 0]


x_big, a_big, b_big = shapes(1500)
base = keras.Sequential(
    [keras.Input((16,)), layers.Dense(24, "tanh", name="first"), layers.Dense(12, "tanh", name="second")], name="base"
)
source = keras.Sequential([base, layers.Dense(2, name="causes")])
source.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
pretraining = source.fit(x_big, np.stack([a_big, b_big], axis=1), epochs=6, batch_size=50, verbose=0)

x, a, b = shapes(120)
y = (a * b > 0).astype("float32")
x_test, a_test, b_test = shapes(300)
y_test = (a_test * b_test > 0).astype("float32")

base.trainable = False
before = [w.copy() for w in base.get_weights()]
model = keras.Sequential([base, layers.Dense(8, "tanh"), layers.Dense(1, "sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy", metrics=["accuracy"])
print(f"frozen: {len(model.trainable_weights)} arrays train, {len(model.non_trainable_weights)} do not")
frozen = model.fit(x, y, epochs=15, batch_size=20, validation_data=(x_test, y_test), verbose=0)
unchanged = all(np.array_equal(old, new) for old, new in zip(before, base.get_weights()))
print(f"test accuracy {frozen.history['val_accuracy'][-1]:.3f}; the base is unchanged: {unchanged}")

# Free the upper layer of the base; compile again so that the change counts, with a small rate.
base.trainable = True
base.get_layer("first").trainable = False
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy", metrics=["accuracy"])
tuned = model.fit(x, y, epochs=8, batch_size=20, validation_data=(x_test, y_test), verbose=0)
first_same = np.array_equal(before[0], base.get_layer("first").kernel.numpy())
second_same = np.array_equal(before[2], base.get_layer("second").kernel.numpy())
print(f"tuned: {tuned.history['val_accuracy'][-1]:.3f}; first layer unchanged: {first_same}, second: {second_same}")

scratch = keras.models.clone_model(model)
scratch.trainable = True
for layer in scratch.layers[0].layers:
    layer.trainable = True
scratch.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
alone = scratch.fit(x, y, epochs=15, batch_size=20, validation_data=(x_test, y_test), verbose=0)
print(f"the same network without the large data: {alone.history['val_accuracy'][-1]:.3f}")

histories = {"pretraining": pretraining, "frozen": frozen, "tuned": tuned, "alone": alone}
results = {"unchanged": [unchanged, first_same, second_same]}
