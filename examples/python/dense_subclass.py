"""Subclasses of a built-in layer: they extend Dense and are still Dense, with its attributes and its config."""

import numpy as np

import keras
from keras import ops
from keras.layers import Dense


@keras.saving.register_keras_serializable(package="examples")
class ResidualDense(Dense):
    """Dense whose input is added to its output."""

    def build(self, input_shape):
        if input_shape[-1] != self.units:
            raise ValueError(f"ResidualDense needs as many inputs as units, got {input_shape[-1]} and {self.units}")
        super().build(input_shape)

    def call(self, inputs, training=None):
        return inputs + super().call(inputs)


@keras.saving.register_keras_serializable(package="examples")
class WeightNormDense(Dense):
    """Dense with kernel columns of length one and a learned gain for each."""

    def __init__(self, units, start=1.0, **kwargs):
        super().__init__(units, **kwargs)
        self.start = start

    def build(self, input_shape):
        super().build(input_shape)
        self.gain = self.add_weight(
            shape=(self.units,), initializer=keras.initializers.Constant(self.start), name="gain"
        )

    def call(self, inputs):
        length = ops.sqrt(ops.sum(ops.square(self.kernel), axis=0))
        y = ops.matmul(inputs, self.kernel) * (self.gain / length) + self.bias
        return self.activation(y) if self.activation is not None else y

    def get_config(self):
        return {**super().get_config(), "start": self.start}


rng = np.random.default_rng(3)
x = rng.uniform(-1, 1, size=(500, 4)).astype("float32")
y = np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2]

model = keras.Sequential(
    [
        keras.Input((4,)),
        WeightNormDense(12, start=2.0, activation="tanh"),
        ResidualDense(12, activation="tanh", kernel_regularizer="l2"),
        Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="mean_squared_error")
history = model.fit(x, y, batch_size=25, epochs=12, verbose=0)

for layer in model.layers:
    kind = type(layer).__name__
    print(f"{kind:16} Dense: {isinstance(layer, Dense)}  units {layer.units:3}  kernel {tuple(layer.kernel.shape)}")
again = WeightNormDense.from_config(model.layers[0].get_config())
print(f"from its config: {again.units} units, start {again.start}, activation {again.activation.__name__}")
print(f"loss {history.history['loss'][0]:.4f} -> {history.history['loss'][-1]:.4f}")

try:
    ResidualDense(5).build((None, 4))
except ValueError as error:
    print("refused:", error)
results = {"gain": model.layers[0].gain.numpy(), "units": [layer.units for layer in model.layers]}
