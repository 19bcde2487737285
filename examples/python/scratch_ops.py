"""A network from nothing but keras.ops and Variables: forward, backward by the chain rule, and gradient descent."""

import numpy as np

import keras
from keras import ops

rng = np.random.default_rng(22)
x = ops.convert_to_tensor(rng.uniform(-1, 1, size=(200, 2)), dtype="float32")
y = ops.cast(ops.sum(x * x, axis=1, keepdims=True) < 0.5, "float32")
print("x:", x.shape, keras.backend.standardize_dtype(x.dtype), " ones among y:", int(ops.sum(y)))

hidden = 12
w1 = keras.Variable(rng.normal(0, 1.0, (2, hidden)), dtype="float32", name="w1")
b1 = keras.Variable(initializer="zeros", shape=(hidden,), name="b1")
w2 = keras.Variable(rng.normal(0, 0.3, (hidden, 1)).astype("float32"), name="w2")
b2 = keras.Variable(np.zeros(1, "float32"), name="b2")
parameters = [w1, b1, w2, b2]


def forward(rows):
    h = ops.tanh(ops.matmul(rows, w1) + b1)
    return h, ops.sigmoid(h @ w2 + b2)


def backward(rows, labels, h, p):
    """Gradients of the mean cross-entropy for w1, b1, w2, b2."""
    dz2 = (p - labels) / rows.shape[0]
    dh = ops.matmul(dz2, ops.transpose(w2))
    dz1 = dh * (1 - h**2)
    return [ops.matmul(ops.transpose(rows), dz1), ops.sum(dz1, axis=0), ops.transpose(h) @ dz2, ops.sum(dz2, axis=0)]


def cross_entropy(labels, p):
    p = ops.clip(p, 1e-7, 1 - 1e-7)
    return -ops.mean(labels * ops.log(p) + (1 - labels) * ops.log(1 - p))


history = {"loss": [], "accuracy": []}
velocity = [ops.zeros(v.shape) for v in parameters]
for epoch in range(60):
    h, p = forward(x)
    gradients = backward(x, y, h, p)
    for i, (variable, gradient) in enumerate(zip(parameters, gradients)):
        velocity[i] = 0.9 * velocity[i] - 0.4 * gradient
        variable.assign_add(velocity[i])
    history["loss"].append(float(cross_entropy(y, p)))
    history["accuracy"].append(float(ops.mean(ops.cast((p > 0.5) == (y > 0.5), "float32"))))
    if epoch % 20 == 19:
        print(f"epoch {epoch + 1}: cross-entropy {history['loss'][-1]:.4f}, accuracy {history['accuracy'][-1]:.3f}")

# The same numbers again from finite differences, for one weight.
h, p = forward(x)
exact = float(backward(x, y, h, p)[0][0, 3])
value = w1.numpy()
step = np.zeros_like(value)
step[0, 3] = 1e-2
losses = []
for sign in (1, -1):
    w1.assign(value + sign * step)
    losses.append(float(cross_entropy(y, forward(x)[1])))
w1.assign(value)
print(f"gradient of one weight: {exact:.5f}, by differences {(losses[0] - losses[1]) / 2e-2:.5f}")
results = {"gradient": exact, "w1": ops.convert_to_numpy(w1).sum(axis=1), "top": ops.sort(p[:, 0])[-3:]}
