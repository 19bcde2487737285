"""Layers that decide by what they see: ops.cond chooses a branch, ops.while_loop goes on until it is near enough."""

import numpy as np

import keras
from keras import layers, ops


class Balance(layers.Layer):
    """Divides each row by its root mean square, found by Newton's steps until all rows are near enough."""

    def __init__(self, near=1e-4, most=30, **kwargs):
        super().__init__(**kwargs)
        self.near, self.most = near, most

    def call(self, inputs):
        square = ops.mean(ops.square(inputs), axis=-1, keepdims=True) + 1e-3

        def goes_on(step, root):
            return ops.logical_and(step < self.most, ops.max(ops.abs(root * root / square - 1)) > self.near)

        def newton(step, root):
            return step + 1, 0.5 * (root + square / root)

        _, root = ops.while_loop(goes_on, newton, (0, square))
        return inputs / root


class Careful(layers.Layer):
    """Leaves a batch as it is unless its values are large; then they are bent, and the layer counts it."""

    def __init__(self, limit=1.0, **kwargs):
        super().__init__(**kwargs)
        self.limit = limit

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
        self.bent = self.add_weight(shape=(), initializer="zeros", trainable=False, name="bent")

    def call(self, inputs, training=False):
        size = ops.mean(ops.abs(inputs))
        large = size > self.limit
        if training:
            self.bent.assign(self.bent + ops.cast(large, "float32"))
        return ops.cond(large, lambda: ops.tanh(inputs * self.scale) * self.limit, lambda: inputs * self.scale)


rng = np.random.default_rng(43)
sizes = np.repeat(rng.uniform(0.1, 8.0, 20), 20)[:, None]
x = (rng.normal(size=(400, 6)) * sizes).astype("float32")
y = (x[:, :1] * x[:, 1:2] / sizes**2).astype("float32")

inputs = keras.Input((6,))
h = layers.concatenate([Balance()(inputs), layers.Dense(4, name="raw")(Careful(3.0, name="careful")(inputs))])
model = keras.Model(inputs, layers.Dense(1)(layers.Dense(20, activation="tanh")(h)))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
history = model.fit(x, y, batch_size=20, epochs=8, verbose=0)
print("loss", [round(v, 4) for v in history.history["loss"]], "bent:", model.get_layer("careful").bent.numpy())
balanced = Balance()(np.array([[1.0, 1.0, -1.0], [100.0, 0.0, 0.0]], "float32"))
results = {"bent": model.get_layer("careful").bent.numpy(), "balanced": ops.convert_to_numpy(balanced)}
