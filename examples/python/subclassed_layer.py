"""Layers of one's own: weights made in build, a penalty added in call, a layer that holds other layers."""

import numpy as np

import keras
from keras import layers, ops


class Linear(layers.Layer):
    """x @ w + b, with the size of the input found out in build."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b


class Gate(layers.Layer):
    """Scales every feature by a learned number between 0 and 1 and charges for gates that stay open."""

    def __init__(self, price=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.price = price

    def build(self, input_shape):
        self.openness = self.add_weight(shape=(input_shape[-1],), initializer=keras.initializers.Constant(1.0))
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, inputs, training=False):
        gate = ops.sigmoid(self.openness)
        self.add_loss(self.price * ops.sum(gate))
        if training:
            self.calls.assign_add(1.0)
        return inputs * gate


class GatedBlock(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.gate = Gate()
        self.linear = Linear(units)

    def build(self, input_shape):
        self.gate.build(input_shape)
        self.linear.build(input_shape)

    def call(self, inputs, training=False):
        return ops.tanh(self.linear(self.gate(inputs, training=training)))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.linear.units)


rng = np.random.default_rng(2)
x = rng.normal(size=(400, 6)).astype("float32")
y = (x[:, :1] * x[:, 1:2] - 0.5 * x[:, 2:3]).astype("float32")  # three features matter, three do not

block = GatedBlock(16)
model = keras.Sequential([keras.Input(shape=(6,)), block, Linear(1)])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
history = model.fit(x, y, batch_size=20, epochs=15, verbose=0)

print(
    "mean squared error with penalties: first %.4f, last %.4f"
    % (history.history["loss"][0], history.history["loss"][-1])
)
print("gates:", np.round(1 / (1 + np.exp(-block.gate.openness.numpy())), 3))
print(f"{len(model.trainable_weights)} trainable arrays, {len(model.non_trainable_weights)} other;", end=" ")
print(f"{int(block.gate.calls.numpy())} training steps counted inside the layer")
results = {"steps": int(block.gate.calls.numpy()), "gates": block.gate.openness.numpy()}
