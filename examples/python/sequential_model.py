"""A Sequential model from a list and layer by layer: compile, fit, evaluate, predict, and a look at its parts."""

import numpy as np

import keras
from keras import layers

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)

# Three classes on a spiral: points of one arm each, with a little noise.
t = rng.uniform(0.3, 3.0, 600)
arm = rng.integers(0, 3, 600)
angle = 1.2 * t + arm * 2 * np.pi / 3 + rng.normal(0, 0.1, 600)
x = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1).astype("float32")
y = keras.utils.to_categorical(arm, num_classes=3)
x_train, y_train, x_test, y_test = x[:480], y[:480], x[480:], y[480:]

model = keras.Sequential(
    [
        keras.Input(shape=(2,)),
        layers.Dense(24, activation="tanh", name="hidden"),
        layers.Dense(24, activation="tanh"),
    ],
    name="spiral",
)
model.add(layers.Dense(3, activation="softmax", name="arms"))
model.summary()

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.02),
    loss=keras.losses.CategoricalCrossentropy(),
    metrics=["accuracy"],
)
history = model.fit(x_train, y_train, batch_size=32, epochs=12, validation_split=0.1, verbose=2)
results = model.evaluate(x_test, y_test, verbose=0, return_dict=True)

hidden = model.get_layer("hidden")
print(f"{len(model.layers)} layers, {model.count_params()} parameters, input {model.input_shape}")
print(f"{hidden.name}: kernel {tuple(hidden.kernel.shape)}, weights {[w.name for w in hidden.weights]}")
print(f"test loss {results['loss']:.4f}, accuracy {results['accuracy']:.3f}")

probabilities = model.predict(x_test[:5], verbose=0)
print("first rows:", probabilities.argmax(axis=1), "should be", y_test[:5].argmax(axis=1))
results["parameters"] = model.count_params()
results["first_probabilities"] = probabilities
