"""Every loss class of keras.losses: values, and gradients of sum(loss) with respect to the prediction."""

import inspect

import jax
import jax.numpy as jnp
import keras
from keras.src.backend import set_keras_mask

from .common import case, floats, normal, np, uniform

REDUCTIONS = ["sum", "none", "sum_over_batch_size", "mean_with_sample_weight"]  # "mean" is the third by another name


def one_hot(labels, classes):
    return floats(np.eye(classes)[np.asarray(labels)])


def data():
    """kind of target -> (y_true, y_pred)"""
    real = normal("real true", 4, 3), normal("real pred", 4, 3)
    positive = uniform("positive true", 4, 3, high=3), uniform("positive pred", 4, 3, low=0.05, high=3)
    bits = floats([[0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]])
    probabilities = uniform("probabilities", 4, 3, low=0.05, high=0.95)
    logits = normal("logits", 4, 3, scale=2)
    labels = np.asarray([2, 0, 1, 2], "int32")
    embeddings = normal("embeddings", 6, 4).astype("float64")
    return {
        "real": real,
        "positive": positive,
        "binary": (bits, probabilities),
        "binary logits": (bits, logits),
        "hinge": (bits, normal("hinge pred", 4, 3)),
        "classes": (one_hot(labels, 3), probabilities),
        "classes logits": (one_hot(labels, 3), logits),
        "labels": (labels, probabilities),
        "labels logits": (labels, logits),
        "distributions": (uniform("dist true", 4, 3, low=0.1), uniform("dist pred", 4, 3, low=0.1)),
        "circle": (
            np.asarray([0, 1, 0, 2, 1, 0], "int32"),
            floats(np.round(embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True), 3)),
        ),
        "regions": (floats(uniform("regions true", 2, 3, 4) > 0.5), uniform("regions pred", 2, 3, 4)),
        "ctc": (np.asarray([[1, 2, 3, 0], [3, 3, 1, 2]], "int32"), normal("ctc pred", 2, 10, 5)),
    }


TABLE = {  # class -> (kind of target, options once each)
    "BinaryCrossentropy": ("binary", [{"label_smoothing": 0.2}, {"axis": 0}]),
    "BinaryFocalCrossentropy": (
        "binary", [{"label_smoothing": 0.2}, {"gamma": 1.5}, {"apply_class_balancing": True, "alpha": 0.4}]),
    "CTC": ("ctc", []),
    "CategoricalCrossentropy": ("classes", [{"label_smoothing": 0.2}, {"axis": 0}]),
    "CategoricalFocalCrossentropy": ("classes", [{"label_smoothing": 0.2}, {"alpha": 0.4, "gamma": 1.5}]),
    "CategoricalGeneralizedCrossEntropy": ("labels", [{"q": 0.8}]),
    "CategoricalHinge": ("hinge", []),
    "Circle": ("circle", [{"gamma": 20, "margin": 0.25}, {"remove_diagonal": False}]),
    "CosineSimilarity": ("real", [{"axis": 0}]),
    "Dice": ("regions", [{"axis": [1, 2]}]),
    "Hinge": ("hinge", []),
    "Huber": ("real", [{"delta": 0.4}]),
    "KLDivergence": ("distributions", []),
    "LogCosh": ("real", []),
    "MeanAbsoluteError": ("real", []),
    "MeanAbsolutePercentageError": ("real", []),
    "MeanSquaredError": ("real", []),
    "MeanSquaredLogarithmicError": ("positive", []),
    "Poisson": ("positive", []),
    "SparseCategoricalCrossentropy": ("labels", [{"ignore_class": 2}]),
    "SquaredHinge": ("hinge", []),
    "Tversky": ("regions", [{"alpha": 0.3, "beta": 0.8}, {"axis": [1, 2]}]),
}  # fmt: skip


def record():
    kinds = data()
    classes = [
        name
        for name, member in inspect.getmembers(keras.losses, inspect.isclass)
        if issubclass(member, keras.losses.Loss) and member is not keras.losses.Loss
    ]
    missing = set(classes) ^ set(TABLE)
    assert not missing, missing
    cases = []
    for name, (kind, options) in TABLE.items():
        make = getattr(keras.losses, name)
        y_true, y_pred = kinds[kind]
        weights = floats([0.5, 2, 0, 1.25, 1, 3][: len(y_pred)])
        cases.append(evaluate(name, make(), y_true, y_pred))
        cases.append(evaluate(f"{name}_none", make(reduction="none"), y_true, y_pred))
        if name not in ("Dice", "Tversky"):  # their value has no batch dimension unless axis is given
            for reduction in REDUCTIONS:
                loss = make(reduction=reduction)
                cases.append(evaluate(f"{name}_weighted_{reduction}", loss, y_true, y_pred, weights))
        for arguments in options:
            label = "_".join([name, *arguments])
            cases.append(evaluate(label, make(**arguments), y_true, y_pred))
        if f"{kind} logits" in kinds and "from_logits" in inspect.signature(make.__init__).parameters:
            y_true, y_pred = kinds[f"{kind} logits"]
            cases.append(evaluate(f"{name}_from_logits", make(from_logits=True), y_true, y_pred))
            cases.append(evaluate(f"{name}_from_logits_weighted", make(from_logits=True), y_true, y_pred, weights))
            for arguments in options:
                if "axis" not in arguments:
                    label = "_".join([name, "from_logits", *arguments])
                    cases.append(evaluate(label, make(from_logits=True, **arguments), y_true, y_pred))
    return {"cases": [*cases, *corners(kinds)]}


def corners(kinds):
    """Saturated predictions, ranks that differ by one, per-element weights, masks: where the rules show."""
    losses = keras.losses
    bits = floats([[0, 1, 0, 1]])
    extremes = floats([[0, 1, 1, 0]])
    yield evaluate("BinaryCrossentropy_saturated", losses.BinaryCrossentropy(), bits, extremes)
    big = floats([[-120, 120, 120, -120]])
    yield evaluate("BinaryCrossentropy_large_logits", losses.BinaryCrossentropy(from_logits=True), bits, big)
    rows = floats([[0, 0, 1], [1, 0, 0], [0.2, 0.2, 0.2]])
    yield evaluate("CategoricalCrossentropy_saturated", losses.CategoricalCrossentropy(), one_hot([0, 0, 1], 3), rows)
    labels = np.asarray([0, 0, 1], "int32")
    yield evaluate("SparseCategoricalCrossentropy_saturated", losses.SparseCategoricalCrossentropy(), labels, rows)
    big = floats([[200, -200, 0], [-200, 200, 0], [0, 0, 0]])
    sparse = losses.SparseCategoricalCrossentropy(from_logits=True)
    yield evaluate("SparseCategoricalCrossentropy_large_logits", sparse, labels, big)
    column = np.asarray([[0], [0], [1]], "int32")
    sparse = losses.SparseCategoricalCrossentropy()
    yield evaluate("SparseCategoricalCrossentropy_column_labels", sparse, column, rows + 1)
    mse = losses.MeanSquaredError(reduction="none")
    y_true, y_pred = kinds["real"]
    yield evaluate("MeanSquaredError_column_against_vector", mse, y_true[:, :1], y_pred[:, 0])
    yield evaluate("MeanSquaredError_vector_against_column", mse, y_true[:, 0], y_pred[:, :1])
    yield evaluate("MeanSquaredError_vectors", mse, y_true[:, 0], y_pred[:, 0])
    column_weights = floats([[0.5], [2], [0], [1.25]])
    yield evaluate("MeanSquaredError_column_weights", losses.MeanSquaredError(), y_true, y_pred, column_weights)
    y_true, y_pred = normal("3d true", 2, 3, 2), normal("3d pred", 2, 3, 2)
    weights = floats([[0.5, 2, 0], [1, 1.25, 3]])
    yield evaluate("MeanSquaredError_3d_weights_per_step", losses.MeanSquaredError(), y_true, y_pred, weights)
    mask = np.asarray([[True, True, False], [True, False, False]])
    for reduction in [*REDUCTIONS, "mean"]:
        loss = losses.MeanSquaredError(reduction=reduction)
        yield evaluate(f"MeanSquaredError_mask_{reduction}", loss, y_true, y_pred, None, mask)
        yield evaluate(f"MeanSquaredError_mask_weighted_{reduction}", loss, y_true, y_pred, weights, mask)
    zeros = floats([[0, 0, 1]])
    yield evaluate("MeanAbsolutePercentageError_zero_target", losses.MeanAbsolutePercentageError(), zeros, zeros + 0.5)
    negative = floats([[-0.5, -2, 1]])
    logarithmic = losses.MeanSquaredLogarithmicError()
    yield evaluate("MeanSquaredLogarithmicError_negative", logarithmic, negative, floats([[-1, 0.5, -3]]))
    vectors = floats([[0, 0], [1, 2]])
    yield evaluate("CosineSimilarity_zero_vector", losses.CosineSimilarity(), vectors, vectors[::-1])
    signs = floats([[-1, 1, -1]])
    yield evaluate("Hinge_signs", losses.Hinge(), signs, floats([[0.5, 0.5, -2]]))
    yield evaluate("KLDivergence_zeros", losses.KLDivergence(), floats([[0, 0.5, 0.5]]), floats([[0.5, 0, 0.5]]))
    yield evaluate("Poisson_zero", losses.Poisson(), floats([[0, 1, 2]]), floats([[0, 0, 1]]))
    yield evaluate("LogCosh_large", losses.LogCosh(), floats([[0, 0, 0]]), floats([[100, -100, 1000]]))


def evaluate(label, loss, y_true, y_pred, sample_weight=None, mask=None):
    def value(prediction):
        if mask is not None:
            prediction = keras.ops.convert_to_tensor(prediction)
            set_keras_mask(prediction, jnp.asarray(mask))
        return loss(y_true, prediction, sample_weight=sample_weight)

    y_pred = jnp.asarray(y_pred)
    gradient = jax.grad(lambda prediction: jnp.sum(value(prediction)))(y_pred)
    inputs = {"y_true": y_true, "y_pred": y_pred, "sample_weight": sample_weight, "mask": mask}
    return case(label, loss, inputs, {"loss": value(y_pred), "dy_pred": gradient})
