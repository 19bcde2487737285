"""Operations on symbolic tensors as files hold them, and what they give: expressions of x (n, 3, 4) and of k, keras."""

import json

import keras
import numpy as np

from .common import array, normal
from .training import without_ids

FLOAT_TYPES = ("float32",)

EXPRESSIONS = [
    "x + 1.5", "x - x", "2.0 * x", "x / 3.0", "3.0 / (x + 9.0)", "x // 2.0", "x % 3.0", "(x * x) ** 0.5", "-x", "abs(x)",
    "x @ np.ones((4, 2), 'float32')", "x > 0.5", "x <= x", "(x > 0) & (x < 1)", "(x > 0) | (x < -1)", "~(x > 0)",
    "x[0]", "x[:, 0]", "x[:, -1]", "x[..., 1]", "x[:, 1:3]", "x[:, ::2]", "x[:, ::-1]", "x[:, None]",
    "x[..., None]", "x[:, 1:, :2]", "x[:, 0, 1:3]", "x[:, -2:, ..., None]",
    "x + np.arange(4, dtype='float32')", "k.ops.maximum(x, np.zeros(4, 'float32'))",
    "k.ops.where(x > 0, x, -1.0)", "k.ops.where(x > 0, x, np.full((3, 4), 2.0, 'float32'))",
    "k.ops.take(x, [0, 2], axis=1)", "k.ops.take(x, np.array([[0, 1], [2, 2]]), axis=-1)", "k.ops.clip(x, -0.5, 0.5)",
    "k.ops.full_like(x, 2.0)", "k.ops.zeros_like(x)", "k.ops.ones_like(x)", "k.ops.sum(x, axis=1)",
    "k.ops.mean(x, axis=(1, 2))", "k.ops.max(x, axis=-1, keepdims=True)", "k.ops.min(x, axis=1)", "k.ops.prod(x, axis=-1)",
    "k.ops.var(x, axis=-1)", "k.ops.std(x, axis=1)", "k.ops.any(x > 0, axis=1)", "k.ops.all(x > 0, axis=-1)",
    "k.ops.argmax(x, axis=-1)", "k.ops.argmin(x, axis=1)", "k.ops.argsort(x, axis=-1)", "k.ops.sort(x, axis=1)",
    "k.ops.cumsum(x, axis=1)", "k.ops.logsumexp(x, axis=-1)", "k.ops.count_nonzero(x > 0, axis=1)",
    "k.ops.concatenate([x, x], axis=-1)", "k.ops.stack([x, x], axis=1)", "k.ops.hstack([x, x])", "k.ops.vstack([x, x])",
    "k.ops.split(x, 2, axis=-1)[1]", "k.ops.unstack(x, axis=1)[0]", "k.ops.reshape(x, (-1, 12))", "k.ops.transpose(x, (0, 2, 1))",
    "k.ops.swapaxes(x, 1, 2)", "k.ops.moveaxis(x, 1, -1)", "k.ops.squeeze(x[:, :1], axis=1)", "k.ops.expand_dims(x, 1)",
    "k.ops.repeat(x, 2, axis=1)", "k.ops.cast(x, 'int32')", "k.ops.matmul(x, k.ops.transpose(x, (0, 2, 1)))",
    "k.ops.exp(x)", "k.ops.log(x * x + 1.0)", "k.ops.log1p(x * x)", "k.ops.expm1(x)", "k.ops.sqrt(x * x)", "k.ops.rsqrt(x * x + 1.0)",
    "k.ops.square(x)", "k.ops.sign(x)", "k.ops.floor(x)", "k.ops.ceil(x)", "k.ops.round(x, 1)", "k.ops.sin(x)", "k.ops.cos(x)",
    "k.ops.tanh(x)", "k.ops.erf(x)", "k.ops.isnan(x)", "k.ops.minimum(x, 0.25)", "k.ops.power(x, 2.0)", "k.ops.divide(x, 2.0)",
    "k.ops.add(x, 1.0)", "k.ops.logical_not(x > 0)", "k.ops.stop_gradient(x)", "k.ops.one_hot(k.ops.argmax(x, axis=-1), 4)",
    "k.ops.softmax(x)", "k.ops.log_softmax(x, axis=1)", "k.ops.relu(x)", "k.ops.relu6(x)", "k.ops.sigmoid(x)", "k.ops.silu(x)",
    "k.ops.softplus(x)", "k.ops.softsign(x)", "k.ops.leaky_relu(x, 0.1)", "k.ops.elu(x)", "k.ops.selu(x)", "k.ops.celu(x, 0.5)",
    "k.ops.gelu(x)", "k.ops.gelu(x, approximate=False)", "k.ops.glu(x)", "k.ops.hard_sigmoid(x)", "k.ops.hard_silu(x)",
    "k.ops.hard_tanh(x)", "k.ops.hard_shrink(x, 0.3)", "k.ops.soft_shrink(x)", "k.ops.tanh_shrink(x)", "k.ops.squareplus(x)",
    "k.ops.sparse_plus(x)", "k.ops.sparsemax(x)", "k.ops.threshold(x, 0.1, 2.0)", "k.ops.log_sigmoid(x)", "k.ops.normalize(x)",
    "k.activations.relu(x)", "k.activations.relu(x, negative_slope=0.2, max_value=1.0, threshold=0.1)", "k.activations.exponential(x)", "k.activations.gelu(x)", "k.activations.softmax(x)", "k.activations.tanh(x)", "k.activations.leaky_relu(x)", "k.activations.linear(x) + 0.0", "k.activations.elu(x, alpha=0.5)",
    "k.activations.glu(x)", "k.activations.log_softmax(x)", "k.activations.threshold(x, 0.1, 2.0)",
]


def record():
    value = normal("operations x", 5, 3, 4)
    return {"x": array(value), "cases": [evaluate(text, value) for text in EXPRESSIONS]}


def evaluate(text, value):
    keras.backend.clear_session()
    x = keras.Input((3, 4), name="x")
    model = keras.Model(x, eval(text, {"x": x, "k": keras, "np": np}))
    layers = without_ids(json.loads(model.to_json()))["config"]["layers"][1:]
    return {"name": text, "layers": layers, "y": array(np.asarray(model(value)))}
