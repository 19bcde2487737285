"""A subclassed model that reads a dictionary of arrays and gives three outputs, each with a loss of its own."""

import numpy as np

import keras
from keras import layers, ops


class Rider(keras.Model):
    """Guesses from a trip's numbers and its weather how long it took, what it cost, and how it was paid."""

    def __init__(self, units=16, **kwargs):
        super().__init__(**kwargs)
        self.trip = layers.Dense(units, activation="relu")
        self.weather = layers.Dense(units, activation="relu", use_bias=False)
        self.mix = keras.Sequential([layers.Dense(units, activation="tanh"), layers.Dense(units, activation="tanh")])
        self.minutes = layers.Dense(1, activation="softplus", name="minutes")
        self.price = layers.Dense(1, name="price")
        self.payment = layers.Dense(3, name="payment")

    def call(self, inputs, training=False):
        x = self.trip(inputs["trip"])
        if "weather" in inputs:
            x = x + self.weather(inputs["weather"])
        x = self.mix(x)
        minutes = self.minutes(x)
        price = self.price(ops.concatenate([x, minutes], axis=-1))
        return minutes, price, self.payment(x)


rng = np.random.default_rng(37)
rows = 330
data = {
    "trip": rng.uniform(0, 1, size=(rows, 4)).astype("float32"),
    "weather": rng.normal(size=(rows, 2)).astype("float32"),
}
minutes = 1 + 2 * data["trip"][:, :1] + 0.2 * np.abs(data["weather"][:, :1])
price = 0.5 + 1.5 * minutes - data["trip"][:, 1:2]
payment = data["trip"][:, 1:].argmax(axis=1)

model = Rider()
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss=["mae", keras.losses.Huber(), keras.losses.SparseCategoricalCrossentropy(from_logits=True)],
    loss_weights=[1.0, 0.5, 0.25],
    metrics=[None, ["mae"], ["accuracy"]],
)
history = model.fit(data, [minutes, price, payment], batch_size=30, epochs=10, validation_split=0.1, verbose=0)
for name in sorted(history.history):
    print(f"{name:28} {history.history[name][0]:8.4f} -> {history.history[name][-1]:.4f}")

first = {name: values[:3] for name, values in data.items()}
answers = model.predict(first, verbose=0)
print("predict gives", type(answers).__name__, "of", [a.shape for a in answers])
one = model.train_on_batch(first, [minutes[:3], price[:3], payment[:3]], return_dict=True)
results = {"answers": list(answers), "direct": [ops.convert_to_numpy(a) for a in model(first)], "one": sorted(one)}
