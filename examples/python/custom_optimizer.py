"""An optimizer, an initializer and a constraint of one's own, used as the built-in ones are."""

import numpy as np

import keras
from keras import layers, ops


class SignMomentum(keras.optimizers.Optimizer):
    """Steps by the sign of a running mean of the gradient."""

    def __init__(self, learning_rate=0.01, momentum=0.9, name="sign_momentum", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.means = [self.add_variable_from_reference(v, name="mean") for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        mean = self.means[self._get_variable_index(variable)]
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign(mean, self.momentum * mean + (1 - self.momentum) * gradient)
        self.assign_sub(variable, rate * ops.sign(mean))

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


class Ramp(keras.initializers.Initializer):
    """Numbers that rise from -limit to limit, in the order of the array."""

    def __init__(self, limit=0.5):
        self.limit = limit

    def __call__(self, shape, dtype=None):
        size = int(np.prod(shape))
        mixed = (7 * np.arange(size) % size) / max(size - 1, 1)
        return ops.cast(ops.reshape(self.limit * (2 * mixed - 1), shape), dtype or "float32")

    def get_config(self):
        return {"limit": self.limit}


class Between(keras.constraints.Constraint):
    """Keeps every weight between two numbers."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __call__(self, w):
        return ops.clip(w, self.low, self.high)


rng = np.random.default_rng(25)
x = rng.uniform(-1, 1, size=(320, 3)).astype("float32")
y = x[:, :1] ** 2 - x[:, 1:2] * x[:, 2:3]

histories = {}
optimizers = {
    "own": SignMomentum(0.003),
    "clipped": SignMomentum(0.01, 0.5, clipnorm=1.0),
    "sgd": keras.optimizers.SGD(0.1),
}
for name, optimizer in optimizers.items():
    model = keras.Sequential([keras.Input((3,))])
    model.add(layers.Dense(16, "tanh", kernel_initializer=Ramp(0.8), kernel_constraint=Between(-0.9, 0.9)))
    model.add(layers.Dense(16, "tanh", kernel_initializer=Ramp(), bias_initializer=keras.initializers.Constant(0.1)))
    model.add(layers.Dense(1, kernel_initializer=Ramp(0.4)))
    model.compile(optimizer=optimizer, loss="mse")
    histories[name] = model.fit(x, y, batch_size=32, epochs=12, verbose=0)
    print(f"{name:8} loss {histories[name].history['loss'][0]:.4f} -> {histories[name].history['loss'][-1]:.5f}")
largest = float(np.abs(model.layers[0].get_weights()[0]).max())
print("largest weight of the constrained layer:", round(largest, 4), "- rate", float(model.optimizer.learning_rate))
results = {"largest": largest}
