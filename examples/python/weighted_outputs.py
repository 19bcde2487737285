"""Rows that count more or less: weights for each row of each output, and weights of classes."""

import numpy as np

import keras
from keras import layers

rng = np.random.default_rng(40)
x = rng.normal(size=(450, 6)).astype("float32")
demand = (x[:, :1] + 0.5 * x[:, 1:2] ** 2).astype("float32")
late = (x[:, 2] + 0.5 * rng.normal(size=450) > 1.2).astype("float32").reshape(-1, 1)
trust = rng.uniform(0.2, 1.0, 450).astype("float32")
importance = np.where(late[:, 0] > 0, 4.0, 1.0).astype("float32")
print(f"late in {late.mean():.0%} of the rows")


def network():
    inputs = keras.Input((6,))
    h = layers.Dense(14, activation="relu")(inputs)
    outputs = [layers.Dense(1, name="demand")(h), layers.Dense(1, activation="sigmoid", name="late")(h)]
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=["mse", "binary_crossentropy"],
        metrics=[["mae"], ["accuracy"]],
        weighted_metrics=[["mae"], ["accuracy", keras.metrics.Recall(name="recall")]],
    )
    return model


histories, results = {}, {}
for name, weights in (("plain", None), ("weighted", [trust, importance])):
    model = network()
    histories[name] = model.fit(
        x[:350],
        [demand[:350], late[:350]],
        sample_weight=weights and [w[:350] for w in weights],
        validation_data=(x[350:], [demand[350:], late[350:]], [trust[350:], importance[350:]]),
        batch_size=35,
        epochs=8,
        verbose=0,
    )
    results[name] = model.evaluate(
        x[350:], [demand[350:], late[350:]], sample_weight=[trust[350:], importance[350:]], verbose=0, return_dict=True
    )
    print(name, {key: round(value, 4) for key, value in results[name].items()})

# Weights by class are for one output; the model above with its second output alone.
single = keras.Model(model.input, model.get_layer("late").output)
single.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", weighted_metrics=["accuracy"])
histories["by class"] = single.fit(x, late, class_weight={0: 1.0, 1: 3.5}, epochs=4, batch_size=50, verbose=0)
results = {f"{name} {key}": value for name, scores in results.items() for key, value in scores.items()}
results["found"] = float((single.predict(x, verbose=0)[late > 0] > 0.5).mean())
