"""Metrics of keras.metrics: results after one batch and after two of different sizes, with and without weights."""

import inspect

import keras

from .common import case, floats, generator, integers, normal, np, uniform

BATCHES = (5, 3)


def target(kind, i):
    """(y_true, y_pred) of batch i for a kind of target."""
    rows = BATCHES[i]
    name = f"metric {kind} {i}"
    if kind == "real":
        return normal(name + " true", rows, 3), normal(name + " pred", rows, 3)
    if kind == "positive":
        return uniform(name + " true", rows, 3, high=3), uniform(name + " pred", rows, 3, low=0.05, high=3)
    if kind == "binary":
        return floats(integers(name + " true", rows, 3, high=2)), uniform(name + " pred", rows, 3)
    if kind == "binary vector":
        return floats(integers(name + " true", 2 * rows, high=2)), uniform(name + " pred", 2 * rows)
    if kind == "scores":
        return floats(integers(name + " true", rows, 3, high=2)), normal(name + " pred", rows, 3)
    if kind == "classes":
        labels = integers(name + " true", rows, high=4)
        return floats(np.eye(4)[labels]), uniform(name + " pred", rows, 4, low=0.05)
    if kind == "classes logits":
        labels = integers(name + " true", rows, high=4)
        return floats(np.eye(4)[labels]), normal(name + " pred", rows, 4, scale=2)
    if kind == "labels":
        return integers(name + " true", rows, high=4), uniform(name + " pred", rows, 4, low=0.05)
    if kind == "labels logits":
        return integers(name + " true", rows, high=4), normal(name + " pred", rows, 4, scale=2)
    if kind == "label pairs":
        return integers(name + " true", rows, 2, high=3), integers(name + " pred", rows, 2, high=3)
    if kind == "one value":
        return None, normal(name, rows, 2)
    raise KeyError(kind)


AREAS = [{"curve": c, "summation_method": s} for c in ("ROC", "PR") for s in ("interpolation", "minoring", "majoring")]
TABLE = {  # class -> kind of target, then argument sets; {} is the default
    "Accuracy": ("label pairs", [{}]),
    "AUC": ("binary vector", [{}, {"num_thresholds": 7}, {"thresholds": [0.2, 0.5, 0.75]}, *AREAS]),
    "BinaryAccuracy": ("binary", [{}, {"threshold": 0.7}]),
    "BinaryCrossentropy": ("binary", [{}, {"label_smoothing": 0.2}]),
    "BinaryIoU": ("binary", [{}, {"target_class_ids": [0]}, {"threshold": 0.3}]),
    "CategoricalAccuracy": ("classes", [{}]),
    "CategoricalCrossentropy": ("classes", [{}, {"label_smoothing": 0.2}]),
    "CategoricalHinge": ("scores", [{}]),
    "ConcordanceCorrelation": ("real", [{}, {"axis": None}]),
    "CosineSimilarity": ("real", [{}, {"axis": 0}]),
    "F1Score": ("classes", [{}, {"average": "micro"}, {"average": "macro"}, {"average": "weighted"},
                            {"threshold": 0.5}]),
    "FBetaScore": ("classes", [{"beta": 2.0}, {"beta": 0.5, "average": "macro", "threshold": 0.4}]),
    "FalseNegatives": ("binary", [{}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.8]}]),
    "FalsePositives": ("binary", [{}, {"thresholds": [0.2, 0.8]}]),
    "Hinge": ("scores", [{}]),
    "IoU": ("label pairs", [{"num_classes": 3, "target_class_ids": [0]}, {"num_classes": 3, "target_class_ids": [0, 2]},
                            {"num_classes": 3, "target_class_ids": [0, 1, 2], "ignore_class": 1}]),
    "KLDivergence": ("positive", [{}]),
    "LogCoshError": ("real", [{}]),
    "Mean": ("one value", [{}]),
    "MeanAbsoluteError": ("real", [{}]),
    "MeanAbsolutePercentageError": ("real", [{}]),
    "MeanIoU": ("label pairs", [{"num_classes": 3}, {"num_classes": 3, "ignore_class": 0}]),
    "MeanMetricWrapper": ("real", [{"fn": keras.losses.mean_squared_error}, {"fn": keras.losses.huber, "delta": 0.4}]),
    "MeanSquaredError": ("real", [{}]),
    "MeanSquaredLogarithmicError": ("positive", [{}]),
    "OneHotIoU": ("classes", [{"num_classes": 4, "target_class_ids": [0, 2]}]),
    "OneHotMeanIoU": ("classes", [{"num_classes": 4}]),
    "PearsonCorrelation": ("real", [{}, {"axis": None}]),
    "Poisson": ("positive", [{}]),
    "Precision": ("binary", [{}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.8]}, {"top_k": 2}, {"class_id": 1},
                             {"top_k": 2, "class_id": 1}]),
    "PrecisionAtRecall": ("binary vector", [{"recall": 0.5}, {"recall": 0.8, "num_thresholds": 9}]),
    "R2Score": ("real", [{}, {"class_aggregation": None}, {"class_aggregation": "variance_weighted_average"},
                         {"num_regressors": 1}]),
    "Recall": ("binary", [{}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.8]}, {"top_k": 2}, {"class_id": 1},
                          {"top_k": 2, "class_id": 1}]),
    "RecallAtPrecision": ("binary vector", [{"precision": 0.6}, {"precision": 0.5, "num_thresholds": 9}]),
    "RootMeanSquaredError": ("real", [{}]),
    "SensitivityAtSpecificity": ("binary vector", [{"specificity": 0.5}, {"specificity": 0.4, "num_thresholds": 9}]),
    "SparseCategoricalAccuracy": ("labels", [{}]),
    "SparseCategoricalCrossentropy": ("labels", [{}, {"ignore_class": 2}]),
    "SparseTopKCategoricalAccuracy": ("labels", [{"k": 2}]),
    "SpecificityAtSensitivity": ("binary vector", [{"sensitivity": 0.5}, {"sensitivity": 0.8, "num_thresholds": 9}]),
    "SquaredHinge": ("scores", [{}]),
    "Sum": ("one value", [{}]),
    "TopKCategoricalAccuracy": ("classes", [{"k": 2}]),
    "TrueNegatives": ("binary", [{}, {"thresholds": [0.2, 0.8]}]),
    "TruePositives": ("binary", [{}, {"thresholds": [0.2, 0.8]}]),
}  # fmt: skip
OTHER_TARGETS = [  # class, kind, arguments, suffix: the same metrics on other data
    ("BinaryCrossentropy", "scores", {"from_logits": True}, "from_logits"),
    ("CategoricalCrossentropy", "classes logits", {"from_logits": True}, "from_logits"),
    ("SparseCategoricalCrossentropy", "labels logits", {"from_logits": True}, "from_logits"),
    ("AUC", "binary", {"multi_label": True, "num_labels": 3}, "multi_label"),
    ("AUC", "binary", {"multi_label": True, "num_labels": 3, "label_weights": [0.2, 0.5, 0.3]}, "label_weights"),
    ("AUC", "binary", {"curve": "PR", "multi_label": True, "num_labels": 3}, "multi_label_PR"),
    ("AUC", "scores", {"from_logits": True}, "from_logits"),
    ("PrecisionAtRecall", "binary", {"recall": 0.5, "class_id": 1}, "class_id"),
    ("SensitivityAtSpecificity", "binary", {"specificity": 0.5, "class_id": 1}, "class_id"),
    ("F1Score", "binary", {"threshold": 0.5}, "multi_label"),
    ("Precision", "binary vector", {}, "vector"),
    ("BinaryAccuracy", "binary vector", {}, "vector"),
]
WEIGHTS_PER_VALUE = {"Accuracy", "IoU", "MeanIoU", "BinaryIoU"}  # sample_weight must have the shape of y_true


def record():
    classes = [
        name
        for name, member in inspect.getmembers(keras.metrics, inspect.isclass)
        if issubclass(member, keras.metrics.Metric) and member is not keras.metrics.Metric
    ]
    missing = set(classes) ^ set(TABLE)
    assert not missing, missing
    cases = []
    for name, (kind, argument_sets) in TABLE.items():
        for i, arguments in enumerate(argument_sets):
            label = name if i == 0 else "_".join([name, *arguments, *(v for v in arguments.values() if type(v) is str)])
            cases += with_and_without_weights(name, kind, arguments, f"{label}_{i}" if i else label)
    for name, kind, arguments, suffix in OTHER_TARGETS:
        cases += with_and_without_weights(name, kind, arguments, f"{name}_{suffix}")
    return {"cases": cases}


def with_and_without_weights(name, kind, arguments, label):
    yield evaluate(name, kind, arguments, label, weighted=False)
    if "axis" not in arguments:  # then the values are not one per row, and weights have to match them
        yield evaluate(name, kind, arguments, label + "_weighted", weighted=True)


def evaluate(name, kind, arguments, label, weighted):
    metric = getattr(keras.metrics, name)(**arguments)
    inputs, outputs = {}, {}
    for i in range(len(BATCHES)):
        y_true, y_pred = target(kind, i)
        weight = weights(name, y_pred, i) if weighted else None
        keys = {"y_true": y_true, "y_pred": y_pred, "sample_weight": weight}
        inputs |= {f"{key}_{i}": value for key, value in keys.items()}
        if y_true is None:
            metric.update_state(y_pred, sample_weight=weight)
        else:
            metric.update_state(y_true, y_pred, sample_weight=weight)
        outputs[f"result_{i}"] = metric.result()
    return case(label, metric, inputs, outputs)


def weights(name, y_pred, i):
    shape = y_pred.shape if name in WEIGHTS_PER_VALUE else y_pred.shape[:1]
    if "IoU" in name:  # counts in integers, and would cut weights off
        return integers(f"metric weights {i}", *shape, high=4)
    return floats(generator(f"metric weights {i}").choice([0, 0.5, 1, 1.25, 2, 3], size=shape))
