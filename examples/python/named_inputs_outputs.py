"""A model with two named inputs and two named outputs; losses, weights, metrics and data are dictionaries."""

import numpy as np

import keras
from keras import layers

rng = np.random.default_rng(31)
rows = 400
house = rng.normal(size=(rows, 5)).astype("float32")
area = rng.uniform(0, 1, size=(rows, 3)).astype("float32")
price = (house[:, :1] - 0.5 * house[:, 1:2] + 2 * area[:, :1]).astype("float32")
sells_fast = ((area[:, 1] - 0.3 * house[:, 2]) > 0.5).astype("float32")

house_in = keras.Input((5,), name="house")
area_in = keras.Input((3,), name="area")
x = layers.Dense(16, activation="relu", name="house_features")(house_in)
z = layers.Dense(8, activation="relu", name="area_features")(area_in)
both = layers.Concatenate(name="both")([x, z])
trunk = layers.Dense(16, activation="tanh", name="trunk")(both)
price_out = layers.Dense(1, name="price")(trunk)
fast_out = layers.Dense(1, activation="sigmoid", name="fast")(trunk)
model = keras.Model(
    inputs={"house": house_in, "area": area_in}, outputs={"price": price_out, "fast": fast_out}, name="houses"
)
model.summary()

model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss={"price": "mse", "fast": keras.losses.BinaryCrossentropy()},
    loss_weights={"price": 1.0, "fast": 0.5},
    metrics={"price": ["mae"], "fast": ["accuracy", keras.metrics.AUC(name="auc")]},
)
data = {"house": house, "area": area}
targets = {"price": price, "fast": sells_fast}
train = slice(0, 320)
test = slice(320, None)
history = model.fit(
    {name: values[train] for name, values in data.items()},
    {name: values[train] for name, values in targets.items()},
    validation_data=(
        {name: values[test] for name, values in data.items()},
        {name: values[test] for name, values in targets.items()},
    ),
    batch_size=32,
    epochs=8,
    verbose=0,
)
print("curves:", ", ".join(sorted(history.history)))

answers = model.predict({"area": area[test], "house": house[test]}, verbose=0)
scores = model.evaluate(data, targets, return_dict=True, verbose=0)
print({name: round(value, 4) for name, value in scores.items()})
results = {**scores, **{name: values[:4] for name, values in answers.items()}, "names": model.output_names}
