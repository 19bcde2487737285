"""A training loop from nothing but a model, a loss, an optimizer and tf.GradientTape."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(8)
angle = rng.uniform(0, np.pi, 400)
side = rng.integers(0, 2, 400)
x = np.stack([np.cos(angle) * (1 - 2 * side) + side, np.sin(angle) * (1 - 2 * side) + 0.5 * side], axis=1)
x = (x + rng.normal(0, 0.1, x.shape)).astype("float32")
y = side.astype("float32").reshape(-1, 1)

model = keras.Sequential([keras.Input(shape=(2,)), layers.Dense(16, activation="tanh"), layers.Dense(1)])
loss_function = keras.losses.BinaryCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(learning_rate=0.02)
accuracy = keras.metrics.BinaryAccuracy(threshold=0.0)
print("accuracy before:", float(np.mean((model.predict(x, verbose=0) > 0) == y)))


@tf.function
def step(rows, labels):
    with tf.GradientTape() as tape:
        logits = model(rows, training=True)
        loss = loss_function(labels, logits)
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
    accuracy.update_state(labels, logits)
    return loss


history = {"loss": [], "accuracy": []}
for epoch in range(20):
    accuracy.reset_state()
    losses = []
    for start in range(0, len(x), 40):
        losses.append(float(step(x[start : start + 40], y[start : start + 40])))
    history["loss"].append(sum(losses) / len(losses))
    history["accuracy"].append(float(accuracy.result()))
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {history['loss'][-1]:.4f}, accuracy {history['accuracy'][-1]:.3f}")

# The gradient of the answer with respect to the input: which way to move a point to change its class.
points = keras.ops.convert_to_tensor(x[:3])
with tf.GradientTape() as tape:
    tape.watch(points)
    logits = model(points)
direction = tape.gradient(logits, points)
print("towards the other class:", np.round(direction.numpy(), 2).tolist())
results = {"direction": direction.numpy()}
