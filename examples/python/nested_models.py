"""Models as parts of models: a Sequential inside a functional model inside another one, trained as one."""

import numpy as np

import keras
from keras import layers

# A stack that turns a reading of one sensor into three features.
sensor = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(12, activation="relu", name="sensor_hidden"),
        layers.Dense(3, name="sensor_features"),
    ],
    name="sensor",
)

# A station has two sensors of the same make, and knows how high it stands.
morning = keras.Input((6,), name="morning")
evening = keras.Input((6,), name="evening")
height = keras.Input((1,), name="height")
features = layers.Concatenate()([sensor(morning), sensor(evening), height])
state = layers.Dense(8, activation="tanh", name="state")(features)
station = keras.Model([morning, evening, height], state, name="station")

# The forecast looks at two stations, one of them its own.
own = [keras.Input((6,)), keras.Input((6,)), keras.Input((1,))]
other = [keras.Input((6,)), keras.Input((6,)), keras.Input((1,))]
gathered = layers.Average(name="gathered")([station(own), station(other)])
rain = layers.Dense(1, activation="sigmoid", name="rain")(layers.concatenate([station(own), gathered]))
model = keras.Model(own + other, rain, name="forecast")

rng = np.random.default_rng(34)
shapes = [6, 6, 1] * 2
x = [rng.normal(size=(300, n)).astype("float32") for n in shapes]
y = (x[0].mean(1) + x[1].mean(1) - 0.5 * x[3].mean(1) + 0.2 * x[2][:, 0] > 0).astype("float32")

model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=8, batch_size=30, verbose=0)
model.summary()
print("loss", [round(v, 4) for v in history.history["loss"]])

# The inner models are the same objects: what the forecast learnt is in them, and freezing reaches down.
alone = station.predict(x[:3], verbose=0)
station.trainable = False
left_to_train = [w.path for w in model.trainable_weights]
print("with the station frozen there remain:", left_to_train)
again = keras.Model.from_config(model.get_config())
again.set_weights(model.get_weights())
results = {
    "alone": alone[:3],
    "paths": [w.path for w in model.weights],
    "left": left_to_train,
    "same": np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0)),
    "found": model.get_layer("station").get_layer("sensor").get_layer("sensor_features").name,
}
