"""Two networks train at once in two threads of one process, each with its own data, callbacks and results."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import keras
from keras import layers


class Progress(keras.callbacks.Callback):
    """Notes in which thread each epoch ended."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((threading.current_thread().name, epoch))


def train(kind, seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(500, 3)).astype("float32")
    y = np.prod(x, axis=1) if kind == "product" else np.max(x, axis=1)
    model = keras.Sequential(name=kind)
    model.add(keras.Input((3,)))
    for _ in range(2):
        model.add(layers.Dense(20, activation="tanh"))
    model.add(layers.Dense(1))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    progress = Progress()
    history = model.fit(x, y, batch_size=25, epochs=10, verbose=0, callbacks=[progress])
    return model, history, progress, float(np.abs(model.predict(x, verbose=0)[:, 0] - y).mean())


start = time.perf_counter()
with ThreadPoolExecutor(max_workers=2, thread_name_prefix="trainer") as pool:
    jobs = {kind: pool.submit(train, kind, seed) for kind, seed in (("product", 18), ("largest", 19))}
    done = {kind: job.result() for kind, job in jobs.items()}
seconds = time.perf_counter() - start

histories, results = {}, {}
for kind, (model, history, progress, error) in done.items():
    names = {name for name, _ in progress.seen}
    assert [epoch for _, epoch in progress.seen] == list(range(10)) and len(names) == 1
    histories[kind], results[kind] = history, error
    print(f"{kind}: mean absolute error {error:.4f}, loss {history.history['loss'][-1]:.5f}, model {model.name}")
print(f"both in {seconds:.1f} s")

# One trained model may answer in several threads at once.
model = done["product"][0]
rows = np.random.default_rng(20).uniform(-1, 1, size=(64, 3)).astype("float32")
expected = model.predict(rows, verbose=0)
with ThreadPoolExecutor(max_workers=4) as pool:
    answers = list(pool.map(lambda _: np.asarray(model(rows)), range(8)))
same = all(np.allclose(answer, expected, atol=1e-6) for answer in answers)
print("eight answers from four threads agree:", same)
results["same"] = same
