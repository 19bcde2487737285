"""A network is trained, saved, read again, and cloned with other layers; weights go over where they fit."""

import numpy as np

import keras
from keras import layers

rng = np.random.default_rng(44)
x = rng.uniform(-1, 1, size=(400, 7)).astype("float32")
y_first = np.stack([x[:, 0] * x[:, 1], x[:, 2] ** 2], axis=1).astype("float32")
y_second = (x[:, 0] * x[:, 1] > x[:, 2] ** 2 - 0.2).astype("float32")

inputs = keras.Input((7,), name="features")
a = layers.Dense(16, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4), name="left")(inputs)
b = layers.Dense(16, activation="tanh", name="right")(inputs)
h = layers.Dropout(0.0, name="drop")(layers.Add(name="sum")([a, b]))
first = keras.Model(inputs, layers.Dense(2, name="answer")(h), name="first")
first.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
before = first.fit(x, y_first, epochs=6, batch_size=40, verbose=0)

first.save("first.keras")
loaded = keras.models.load_model("first.keras")
print("read again, it predicts the same:", np.array_equal(loaded.predict(x, verbose=0), first.predict(x, verbose=0)))
after = loaded.fit(x, y_first, epochs=3, batch_size=40, verbose=0)


def for_the_second_task(layer):
    """Every ReLU becomes SiLU, regularizers go, and the last layer answers another question."""
    config = layer.get_config()
    if isinstance(layer, layers.Dense):
        if layer.activation is keras.activations.relu:
            config["activation"] = "silu"
        config["kernel_regularizer"] = None
        if layer.name == "answer":
            config.update(units=1, activation="sigmoid")
    return type(layer).from_config(config)


second = keras.models.clone_model(loaded, clone_function=for_the_second_task)
new_answers = second.predict(x[:4], verbose=0)  # of weights of its own
moved = []
for old, new in zip(loaded.layers, second.layers):
    if old.weights and [w.shape for w in old.weights] == [w.shape for w in new.weights]:
        new.set_weights(old.get_weights())
        new.trainable = new.name != "right"
        moved.append(new.name)
print("moved:", moved, "- trained:", [w.path for w in second.trainable_weights])
second.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
tuned = second.fit(x, y_second, epochs=8, batch_size=40, validation_split=0.25, verbose=0)
print("accuracy", [round(v, 3) for v in tuned.history["accuracy"]])

second.save_weights("second.weights.h5")
twin = keras.Model.from_config(second.get_config())
twin.load_weights("second.weights.h5")
model = second
histories = {"before": before, "after": after, "tuned": tuned}
results = {"moved": moved, "new": new_answers, "twin": twin.predict(x[:4], verbose=0)}
results["steps"] = int(loaded.optimizer.iterations)
results["kinds"] = [[layer.name, type(layer).__name__] for layer in twin.layers]
