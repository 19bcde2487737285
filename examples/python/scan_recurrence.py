"""A recurrent layer of one's own: ops.scan carries its state along a sequence, in training as well."""

import numpy as np

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="examples")
class GatedMemory(layers.Layer):
    """At each step a gate decides how much of the state is kept; gives the last state, or those of all steps."""

    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 2 * self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, 2 * self.units), name="recurrent")
        self.bias = self.add_weight(shape=(2 * self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        projected = ops.matmul(inputs, self.kernel) + self.bias  # all steps at once

        def step(state, now):
            gate, candidate = ops.split(now + ops.matmul(state, self.recurrent), 2, axis=-1)
            gate = ops.sigmoid(gate)
            state = gate * state + (1 - gate) * ops.tanh(candidate)
            return state, state

        start = ops.zeros_like(projected[:, 0, : self.units])
        last, states = ops.scan(step, start, ops.swapaxes(projected, 0, 1))
        return ops.swapaxes(states, 0, 1) if self.return_sequences else last

    def compute_output_shape(self, input_shape):
        steps = (input_shape[1],) if self.return_sequences else ()
        return (input_shape[0], *steps, self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}


rng = np.random.default_rng(42)
x = rng.normal(size=(300, 15, 2)).astype("float32")
y = np.cumsum(x[:, :, 0] * (x[:, :, 1] > 0), axis=1)[:, -1:] / 4

model = keras.Sequential(
    [keras.Input((15, 2)), GatedMemory(10, return_sequences=True), GatedMemory(6), layers.Dense(1)]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
history = model.fit(x, y, epochs=10, batch_size=30, validation_split=0.2, verbose=0)
print("loss", [round(v, 4) for v in history.history["loss"]])
model.save("memory.keras")
again = keras.models.load_model("memory.keras")
print("loaded:", [type(layer).__name__ for layer in again.layers], again.layers[0].return_sequences)
results = {"again": again.predict(x[:4], verbose=0), "shape": [list(layer.output.shape[1:]) for layer in model.layers]}
