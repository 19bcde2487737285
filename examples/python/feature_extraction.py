"""What a trained network has found inside: a second model ends at a hidden layer, and a third has all of them."""

import numpy as np

import keras
from keras import layers

rng = np.random.default_rng(36)
angle = rng.uniform(0, 2 * np.pi, 480)
label = (angle // (np.pi / 2)).astype("int32")
mix = rng.normal(size=(2, 15))
x = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ mix + 0.3 * rng.normal(size=(480, 15))
x = x.astype("float32")

inputs = keras.Input((15,))
h = layers.Dense(24, activation="relu", name="low")(inputs)
h = layers.Dense(10, activation="relu", name="middle")(h)
h = layers.Dense(2, activation="tanh", name="bottleneck")(h)
outputs = layers.Dense(4, activation="softmax", name="quarter")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x[:400], label[:400], epochs=10, batch_size=40, validation_data=(x[400:], label[400:]), verbose=0)
print("validation accuracy", round(history.history["val_accuracy"][-1], 3))

# Weights are shared, so nothing is trained again.
encoder = keras.Model(inputs=model.input, outputs=model.get_layer("bottleneck").output)
codes = encoder.predict(x[400:], verbose=0)
print("two numbers for each row:", codes.shape)
for quarter in range(4):
    print(f"  quarter {quarter}: around {codes[label[400:] == quarter].mean(axis=0).round(2)}")

everything = keras.Model(model.inputs, [layer.output for layer in model.layers[1:]])
activations = everything.predict(x[400:], verbose=0)
for layer, values in zip(model.layers[1:], activations):
    print(f"{layer.name:12} mean {values.mean():7.4f}, zeros {np.mean(values == 0):.2f}")

# From the middle to the end: the part behind the bottleneck, fed with codes.
decoder = keras.Model(model.get_layer("bottleneck").output, model.output)
restored = decoder.predict(codes, verbose=0)
print("both halves give the whole:", np.allclose(restored, model.predict(x[400:], verbose=0), atol=1e-6))

nearest = keras.Sequential([encoder, layers.Dense(1, name="sine")])
encoder.trainable = False
nearest.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
probe = nearest.fit(x[:400], np.sin(angle[:400]), epochs=5, batch_size=40, verbose=0)
histories = {"whole": history, "probe": probe}
results = {"codes": codes[:4], "sizes": [list(a.shape) for a in activations], "restored": restored[:2]}
