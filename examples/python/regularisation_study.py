"""A network too large for its data under regularisation: none, l1, l2, one of its own, a limit, dropout, noise."""

import numpy as np

import keras
from keras import layers, regularizers

keras.utils.set_random_seed(12)
rng = np.random.default_rng(12)
x = rng.normal(size=(460, 20)).astype("float32")
score = x[:, 0] - x[:, 1] + 0.5 * x[:, 2] * x[:, 3] + 0.8 * rng.normal(size=460)
y = (score > 0).astype("float32")
x_train, y_train, x_test, y_test = x[:160], y[:160], x[160:], y[160:]


def network(regularizer=None, constraint=None, dropout=0.0, noise=0.0, normalize=False):
    model = keras.Sequential([keras.Input((20,))])
    if noise:
        model.add(layers.GaussianNoise(noise))
    for units in (48, 24):
        model.add(layers.Dense(units, activation="tanh", kernel_regularizer=regularizer, kernel_constraint=constraint))
        if normalize:
            model.add(layers.BatchNormalization(momentum=0.9))
        if dropout:
            model.add(layers.Dropout(dropout, seed=1))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    return model


class OnlyFirstInputs(regularizers.Regularizer):
    """A penalty of one's own: l1 that grows with the number of the input."""

    def __init__(self, strength):
        self.strength = strength

    def __call__(self, kernel):
        price = np.linspace(0.0, self.strength, kernel.shape[0], dtype="float32").reshape(-1, 1)
        return keras.ops.sum(keras.ops.abs(kernel) * price)


study = {
    "none": network(),
    "l1": network(regularizers.L1(0.001)),
    "l2": network(regularizers.l2(0.01)),
    "own": network(OnlyFirstInputs(0.005)),
    "max norm": network(constraint=keras.constraints.MaxNorm(1.0)),
    "batch norm": network(normalize=True),
    "dropout": network(dropout=0.5),
    "noise": network(noise=0.5),
}
histories, results = {}, {}
print(f"{'':11} train loss  test loss  test accuracy  size of the first kernel")
for name, model in study.items():
    history = model.fit(x_train, y_train, epochs=15, batch_size=16, verbose=0)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    size = float(np.abs(next(layer for layer in model.layers if isinstance(layer, layers.Dense)).kernel.numpy()).mean())
    print(f"{name:11} {history.history['loss'][-1]:10.4f} {loss:10.4f} {accuracy:14.3f} {size:25.4f}")
    histories[name] = history
    results[name] = accuracy
