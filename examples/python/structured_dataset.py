"""A PyDataset whose batches are structures: two named inputs, two targets, and for one of the runs weights."""

import math

import numpy as np

import keras
from keras import layers, ops


class Shelves(keras.utils.PyDataset):
    """Batches of ({"goods": ..., "place": ...}, (sold, empty)); the last one is shorter."""

    def __init__(self, rows, batch_size, seed, weighted=False, **kwargs):
        super().__init__(**kwargs)
        rng = np.random.default_rng(seed)
        self.goods = rng.integers(0, 10, (rows, 3)).astype("int32")
        self.place = rng.normal(size=(rows, 4)).astype("float32")
        self.sold = (self.goods[:, :1] / 10 + 0.3 * self.place[:, 1:2]).astype("float32")
        self.empty = (self.sold[:, 0] > 0.7).astype("float32")
        self.batch_size, self.weighted = batch_size, weighted

    def __len__(self):
        return math.ceil(len(self.goods) / self.batch_size)

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        x = {"goods": self.goods[rows], "place": self.place[rows]}
        y = (self.sold[rows], self.empty[rows])
        if self.weighted:
            weight = 1.0 + self.empty[rows]
            return x, y, (weight, weight)
        return x, y


goods = keras.Input((3,), dtype="int32", name="goods")
place = keras.Input((4,), name="place")
vectors = layers.Flatten()(layers.Embedding(10, 4, name="goods_vectors")(goods))
h = layers.Dense(16, activation="tanh")(layers.Concatenate()([vectors, place]))
model = keras.Model({"goods": goods, "place": place}, (layers.Dense(1)(h), layers.Dense(1, "sigmoid")(h)))
model.compile(
    optimizer=keras.optimizers.Adam(0.01), loss=("mse", "binary_crossentropy"), metrics=(["mae"], ["accuracy"])
)
training, validation = Shelves(310, 32, seed=1), Shelves(90, 40, seed=2)
plain = model.fit(training, validation_data=validation, epochs=6, verbose=0)
weighted = model.fit(Shelves(310, 32, seed=1, weighted=True), epochs=2, verbose=0)
print(f"{len(training)} batches; loss", [round(v, 4) for v in plain.history["loss"]])

sold, empty = model.predict(validation, verbose=0)
x, y = validation[0]
logs = model.test_on_batch(x, y, return_dict=True)
print("predicted", sold.shape, empty.shape, "- one batch:", {k: round(float(v), 4) for k, v in logs.items()})
histories = {"plain": plain, "weighted": weighted}
results = {"sold": sold[::30], "empty": empty[::30], "evaluated": model.evaluate(validation, verbose=0)}
results["vectors"] = ops.convert_to_numpy(model.get_layer("goods_vectors")(np.array([1, 2], "int32")))
