"""Learning rates that change: by a callback of one's own, by the callbacks that are there, and by schedules."""

import numpy as np

import keras
from keras import layers, ops
from keras.callbacks import Callback, LearningRateScheduler, ReduceLROnPlateau


class WarmRestarts(Callback):
    """Falls from `high` to zero along a cosine within each period of epochs, and notes the rates."""

    def __init__(self, high, period):
        super().__init__()
        self.high, self.period = high, period
        self.rates = []

    def on_train_begin(self, logs=None):
        print("training for", self.params["epochs"], "epochs,", self.params["steps"], "steps each")

    def on_epoch_begin(self, epoch, logs=None):
        part = epoch % self.period / self.period
        self.model.optimizer.learning_rate = self.high * 0.5 * (1 + np.cos(np.pi * part))

    def on_epoch_end(self, epoch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))
        if logs["loss"] < 1e-4:
            self.model.stop_training = True


class InverseRoot(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of one's own: start / sqrt(1 + step / scale)."""

    def __init__(self, start, scale):
        self.start, self.scale = start, scale

    def __call__(self, step):
        return self.start / ops.sqrt(1.0 + ops.cast(step, "float32") / self.scale)

    def get_config(self):
        return {"start": self.start, "scale": self.scale}


rng = np.random.default_rng(9)
x = rng.uniform(-1, 1, size=(400, 2)).astype("float32")
y = np.cos(4 * x[:, 0]) * np.sin(2 * x[:, 1])


def train(rate, callbacks=()):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(32, activation="tanh"), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(rate, momentum=0.9, nesterov=True), loss="mse")
    return model.fit(x, y, batch_size=20, epochs=12, verbose=0, callbacks=list(callbacks))


restarts = WarmRestarts(high=0.1, period=4)
schedules = keras.optimizers.schedules
histories = {
    "constant": train(0.05),
    "restarts": train(0.1, [restarts]),
    "scheduler": train(0.1, [LearningRateScheduler(lambda epoch, rate: rate if epoch < 6 else rate * 0.7)]),
    "plateau": train(0.2, [ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=0.01, min_lr=0.01)]),
    "exponential": train(schedules.ExponentialDecay(0.1, decay_steps=50, decay_rate=0.8, staircase=True)),
    "cosine": train(schedules.CosineDecay(0.1, decay_steps=240)),
    "inverse root": train(InverseRoot(0.1, scale=40)),
}
for name, history in histories.items():
    rates = history.history.get("learning_rate")
    shown = "" if rates is None else f"  rate {float(rates[0]):.3f} -> {float(rates[-1]):.4f}"
    print(f"{name:13} loss {history.history['loss'][0]:.4f} -> {history.history['loss'][-1]:.5f}{shown}")
print("restarts:", np.round(restarts.rates, 4).tolist())
results = {"rates": restarts.rates}
