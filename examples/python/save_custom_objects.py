"""Saving and loading models with parts of one's own: registered by name, or named when loading."""

import numpy as np

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="examples")
class Bumps(layers.Layer):
    """Learned bumps exp(-(x - centre)^2 / width^2), one for each unit."""

    def __init__(self, units, width=0.5, centre_initializer="random_uniform", **kwargs):
        super().__init__(**kwargs)
        self.units, self.width = units, width
        self.centre_initializer = keras.initializers.get(centre_initializer)

    def build(self, input_shape):
        self.centres = self.add_weight(
            shape=(input_shape[-1], self.units), initializer=self.centre_initializer, name="centres"
        )

    def call(self, inputs):
        distance = ops.expand_dims(inputs, -1) - self.centres
        return ops.exp(-ops.sum(ops.square(distance), axis=1) / self.width**2)

    def get_config(self):
        config = super().get_config()
        config.update(
            units=self.units,
            width=self.width,
            centre_initializer=keras.initializers.serialize(self.centre_initializer),
        )
        return config


@keras.saving.register_keras_serializable(package="examples")
def bent(x):
    """An activation of one's own."""
    return (ops.sqrt(ops.square(x) + 1.0) - 1.0) / 2.0 + x


class Decorrelate(keras.regularizers.Regularizer):
    """Charges for kernel columns that point the same way; not registered, so it is named when loading."""

    def __init__(self, strength):
        self.strength = strength

    def __call__(self, kernel):
        products = ops.matmul(ops.transpose(kernel), kernel)
        return self.strength * ops.sum(ops.square(products * (1.0 - ops.eye(kernel.shape[1]))))

    def get_config(self):
        return {"strength": self.strength}


rng = np.random.default_rng(11)
x = rng.uniform(-1, 1, size=(300, 2)).astype("float32")
y = np.exp(-4 * (x**2).sum(axis=1, keepdims=True)).astype("float32")

model = keras.Sequential([keras.Input((2,)), Bumps(12), layers.Dense(6, bent, kernel_regularizer=Decorrelate(0.01))])
model.add(layers.Dense(1))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
history = model.fit(x, y, batch_size=30, epochs=10, verbose=0)

model.save("bumps.keras")
again = keras.saving.load_model("bumps.keras", custom_objects={"Decorrelate": Decorrelate})
print("the loaded model predicts the same:", np.array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0)))
more = again.fit(x, y, batch_size=30, epochs=3, verbose=0)  # with the optimizer's state, so training goes on smoothly
print("loss", [round(v, 4) for v in history.history["loss"][-3:]], "then", [round(v, 4) for v in more.history["loss"]])

with keras.saving.custom_object_scope({"Decorrelate": Decorrelate}):
    twin = keras.Sequential.from_config(model.get_config())
twin.set_weights(model.get_weights())
model.save_weights("bumps.weights.h5")
twin.load_weights("bumps.weights.h5")
print("the twin's layers:", [type(layer).__name__ for layer in twin.layers], "width", twin.layers[0].width)
histories = {"first": history, "after loading": more}
results = {"twin": twin.predict(x[:4], verbose=0), "steps": int(again.optimizer.iterations)}
