"""Dense networks trained by NumPy in float64: the right losses and weights of small trainings, without the engine."""
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def one_hot(y, p):
    return np.eye(p.shape[1])[y[:, 0].astype(int)]


LOSSES = {  # of each row, and its derivative by the prediction
    "mse": (lambda y, p: ((p - y) ** 2).mean(1), lambda y, p: 2 * (p - y) / p.shape[1]),
    "binary_crossentropy": (lambda y, p: -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(1),
                            lambda y, p: (p - y) / (p * (1 - p)) / p.shape[1]),
    # Classes as whole numbers, and predictions before the softmax.
    "logits": (lambda y, z: -np.log((softmax(z) * one_hot(y, z)).sum(1)), lambda y, z: softmax(z) - one_hot(y, z)),
}
ACTIVATIONS = {  # of z, and the derivative by z from the result
    "linear": (lambda z: z, lambda a: np.ones_like(a)),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0) * 1.0),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
}


def slopes(loss, weights):
    """The gradient of loss(weights) by central differences, for what is no chain of Dense layers."""
    weights = [np.array(w, "float64") for w in weights]
    out = [np.zeros(w.shape) for w in weights]
    for w, gradient in zip(weights, out):
        for at in np.ndindex(w.shape):
            middle, ends = w[at], []
            for w[at] in (middle + 1e-5, middle - 1e-5):
                ends.append(loss(weights))
            w[at], gradient[at] = middle, (ends[0] - ends[1]) / 2e-5
    return out


class SGD:
    def __init__(self, rate=0.01, momentum=0.0):
        self.rate, self.momentum, self.slots = rate, momentum, {}

    def update(self, i, w, g, t):
        v = self.slots[i] = self.momentum * self.slots.get(i, 0.0) - self.rate * g
        return w + v


class Adam:
    def __init__(self, rate=0.001):
        self.rate, self.slots = rate, {}

    def moments(self, i, g):
        m, v = self.slots.get(i, (0.0, 0.0))
        self.slots[i] = m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        return m, v

    def update(self, i, w, g, t):
        m, v = self.moments(i, g)
        return w - self.rate * np.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t) * m / (np.sqrt(v) + 1e-7)


class Nadam(Adam):
    def update(self, i, w, g, t):
        m, v = self.moments(i, g)
        u = [0.9 * (1 - 0.5 * 0.96 ** k) for k in range(1, t + 2)]
        ahead = u[t] * m / (1 - np.prod(u)) + (1 - u[t - 1]) * g / (1 - np.prod(u[:t]))
        return w - self.rate * ahead / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-7)


class Network:
    """Takes its weights and activations from a model of Dense layers, whose training it repeats. `change` makes other
    gradients of them, `project` other weights after an update."""
    def __init__(self, dense_layers, loss="mse", optimizer=None, frozen=(), change=None, project=None):
        self.weights = [np.array(w, "float64") for layer in dense_layers for w in layer.get_weights()]
        self.activations = [ACTIVATIONS[layer.activation.__name__] for layer in dense_layers]
        self.loss, self.optimizer, self.frozen = LOSSES[loss], optimizer or SGD(), frozen
        self.change, self.project = change or (lambda g: g), project or (lambda w: w)
        self.steps = 0

    def outputs(self, x):
        out = [np.asarray(x, "float64")]
        for i, (activation, _) in enumerate(self.activations):
            out.append(activation(out[-1] @ self.weights[2 * i] + self.weights[2 * i + 1]))
        return out

    def predict(self, x):
        return self.outputs(x)[-1]

    def losses(self, x, y):
        return self.loss[0](np.asarray(y, "float64").reshape(len(y), -1), self.predict(x))

    def accuracy(self, x, y):
        return float(((self.predict(x) > 0.5) == np.asarray(y).reshape(len(y), -1)).mean())

    def gradients(self, x, y, row_weights=1.0):
        out, gradients = self.outputs(x), []
        d = self.loss[1](np.asarray(y, "float64").reshape(len(y), -1), out[-1]) / len(y)
        d = d * np.reshape(row_weights, (-1, 1))
        for i in reversed(range(len(self.activations))):
            d = d * self.activations[i][1](out[i + 1])
            gradients = [out[i].T @ d, d.sum(0)] + gradients
            d = d @ self.weights[2 * i].T
        return gradients

    def step(self, x, y, row_weights=1.0):
        """The losses of the rows before the update."""
        losses = self.losses(x, y) * row_weights
        self.steps += 1
        for i, g in enumerate(self.change(self.gradients(x, y, row_weights))):
            if i not in self.frozen:
                self.weights[i] = self.project(self.optimizer.update(i, self.weights[i], g, self.steps))
        return losses

    def epoch(self, x, y, batch_size=32):
        """What a fit without shuffling reports: the mean over the rows."""
        return float(np.concatenate([self.step(x[i:i + batch_size], y[i:i + batch_size])
                                     for i in range(0, len(x), batch_size)]).mean())

    def fit(self, x, y, batch_size=32, epochs=1):
        return [self.epoch(x, y, batch_size) for _ in range(epochs)]

    def check_weights(self, model, **tolerance):
        for mine, theirs in zip(self.weights, model.get_weights(), strict=True):
            np.testing.assert_allclose(theirs, mine, **{"rtol": 1e-4, "atol": 1e-6, **tolerance})
