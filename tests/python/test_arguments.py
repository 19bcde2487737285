"""Every argument of every class does something, or is refused: each class of the registry is made with each of its
arguments off its default, and what it computes must differ. The functions and methods are in test_calls.py.
"""
import numpy as np
import pytest

import cornu as keras
from cornu import _core, _generate

RNG = np.random.default_rng(3)
X = RNG.normal(size=(6, 4)).astype("float32")
Y = np.abs(RNG.normal(size=(6, 4))).astype("float32")
CLASSES = np.array([0, 1, 2, 2, 1, 0], "int32")
PROBABILITIES = np.array([[.6, .3, .1], [.2, .5, .3], [.3, .4, .3], [.1, .2, .7], [.5, .3, .2], [.4, .1, .5]], "float32")
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]


def parameters(module, name):
    return list(_generate._arguments("keras." + module, _core.parameters("keras." + module, name)))


def make(module, name, /, **config):
    home = keras.optimizers.schedules if module == "optimizers.schedules" else getattr(keras, module)
    return getattr(home, name)(**config)


# ---- what each kind computes


def of_optimizer(optimizer):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="d"), keras.layers.Dense(1)])
    model.set_weights([np.full(w.shape, .3, "float32") + np.arange(w.shape[0], dtype="float32").reshape(
        -1, *[1] * (len(w.shape) - 1)) * .1 for w in model.weights])
    model.compile(optimizer, "mse")
    model.fit(X, 5 * Y[:, :1] + 3, batch_size=2, epochs=3, shuffle=False, verbose=0)
    return [*model.get_weights(), float(optimizer.scale_loss(np.float32(1))), optimizer.name]


def of_schedule(schedule):
    return [*(np.asarray(schedule(step)) for step in (0, 3, 10, 25, 60)), schedule.name]


def of_initializer(initializer):
    shape = (5, 5) if type(initializer).__name__ == "Identity" else (9, 1, 5) if "STFT" in type(
        initializer).__name__ else (5, 4, 3)
    return [np.asarray(initializer(shape))]


def of_matrix(thing):
    return [np.asarray(thing(X[:4] * 2))]


def of_layer(layer):
    if isinstance(layer, keras.layers.InputLayer):
        return [np.array(layer.shape[1:]), layer.name, layer.get_config()["dtype"]]
    keras.utils.set_random_seed(5)
    x = np.abs(X) if type(layer).__name__ == "BatchNormalization" else X
    if type(layer).__name__ in ("Permute", "Masking", "Softmax", "UnitNormalization") or layer.get_config().get(
            "axis") in (1, [1], (1,)):
        x = X.reshape(2, 3, 4).copy()
    if type(layer).__name__ == "Masking":
        x[0, 1] = 0
        x[1, 2] = 7
        softened = keras.layers.Softmax(axis=1)(layer(x))
        return [np.asarray(layer(x)), np.asarray(softened), layer.name, layer.trainable, layer.dtype]
    if layer.get_config().get("data_format") == "channels_first":
        x = X.reshape(2, 3, 4)
    if isinstance(layer, keras.layers.Normalization) and layer.get_config().get("mean") is None:
        layer.adapt(x)
    trained = layer(x, training=True)
    out = [np.asarray(trained), str(trained.dtype), np.asarray(layer(x)), *layer.get_weights(),
           *(float(loss) for loss in layer.losses), layer.name, layer.trainable, len(layer.trainable_weights)]
    if layer.trainable_weights and x.ndim == 2:  # constraints show in training
        model = keras.Sequential([keras.Input(x.shape[1:]), layer])
        model.compile(keras.optimizers.SGD(2.0), "mse")
        for goal in (-5, 5):
            model.fit(x, np.full(trained.shape, goal, "float32"), shuffle=False, verbose=0)
            out += layer.get_weights()
    return out


LOSS_DATA = {
    "class": (CLASSES, PROBABILITIES), "one_hot": (ONE_HOT, PROBABILITIES), "signs": (np.sign(X), X), "values": (Y, X + 2),
    "binary": ((X > 0).astype("float32"), (.6 * RNG.uniform(size=X.shape) + .3 * (X > 0)).astype("float32")),
}


def data_of(name):
    if name.startswith("Sparse") or name == "CategoricalGeneralizedCrossEntropy":
        return LOSS_DATA["class"]
    if "Categorical" in name and "Hinge" not in name or name in ("KLDivergence", "F1Score", "FBetaScore", "OneHotIoU",
                                                                 "OneHotMeanIoU", "Tversky", "Dice", "TopK"):
        return LOSS_DATA["one_hot"]
    if name in ("Hinge", "SquaredHinge"):
        return LOSS_DATA["signs"]
    if name.startswith(("Binary", "True", "False", "Prec", "Rec", "AUC", "Sens", "Spec")):
        return LOSS_DATA["binary"]
    if name == "Poisson":
        return Y, np.abs(X) + .5
    if name == "CTC":
        return np.array([[1, 2], [2, 0]], "int32"), RNG.normal(size=(2, 5, 4)).astype("float32")
    if name == "CategoricalHinge":
        return ONE_HOT, X[:, :3]
    return (CLASSES, X / np.linalg.norm(X, axis=1, keepdims=True)) if name == "Circle" else LOSS_DATA["values"]


def of_loss(loss):
    y, p = data_of(type(loss).__name__)
    return [np.asarray(loss(y, p)), loss.name, str(loss(y, p).dtype)]


def of_metric(metric):
    name = type(metric).__name__
    y, p = data_of(name)
    if "IoU" in name and name != "BinaryIoU":
        config = metric.get_config()
        y = np.arange(3) if config.get("sparse_y_true", "OneHot" not in name) else np.eye(3, dtype="float32")
        p = np.array([0, 2, 2]) if config["sparse_y_pred"] else np.array([[.5, .45, .05], [.3, .2, .5], [.6, .1, .3]], "float32")
    if name in ("Mean", "Sum"):
        metric.update_state(X)
    else:
        metric.update_state(y, p, sample_weight=None)
    return [np.asarray(metric.result()), metric.name, str(metric.variables[0].dtype)]


# ---- what takes the place of a default, by argument; "" of a class: of all that take it
VALUES = {
    "": {"name": "other", "dtype": "float64", "seed": 11, "trainable": False, "axis": 0, "reduction": "sum",
         "weight_decay": .1, "clipnorm": .01, "clipvalue": .002, "global_clipnorm": .01, "use_ema": True,
         "ema_momentum": .5, "ema_overwrite_frequency": 2, "loss_scale_factor": 8.0, "gradient_accumulation_steps": 3,
         "learning_rate": .05, "beta_1": .5, "beta_2": .7, "epsilon": .1, "rho": .5, "momentum": .5, "centered": True,
         "amsgrad": True, "nesterov": True, "kernel_initializer": "ones", "bias_initializer": "ones",
         "kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l2",
         "kernel_constraint": "non_neg", "bias_constraint": "non_neg", "activation": "relu", "use_bias": False,
         "beta_initializer": "ones", "gamma_initializer": "zeros", "beta_regularizer": "l2", "gamma_regularizer": "l2",
         "beta_constraint": "non_neg", "gamma_constraint": "unit_norm", "center": False, "scale": False,
         "negative_slope": .5, "alpha": .5, "rate": .4, "noise_shape": (None, 1), "stddev": .3, "mean": .25,
         "variance": 2.0, "label_smoothing": .2, "from_logits": True, "gamma": 1.0, "threshold": .9, "thresholds": .8,
         "class_id": 1, "top_k": 1, "k": 1, "ignore_class": 1, "average": "micro", "num_thresholds": 3, "gain": .5,
         "value": .5, "minval": .1, "maxval": .9, "mode": "fan_avg", "distribution": "uniform", "l1": .5, "l2": .5,
         "max_value": .5, "min_value": .6, "decay_steps": 7, "decay_rate": .3, "staircase": True, "end_learning_rate": .02,
         "power": 2.0, "cycle": True, "warmup_target": .5, "warmup_steps": 4, "t_mul": 3.0, "m_mul": .5,
         "initial_learning_rate": .2, "first_decay_steps": 9, "factor": .5, "initial_accumulator_value": 1.0,
         "sparse_y_true": False, "sparse_y_pred": False, "scale_": 2},
}  # fmt: skip
OF_CLASS = {
    ("Muon", "exclude_layers"): ["d"], ("LossScaleOptimizer", "inner_optimizer"): "adam",
    ("LossScaleOptimizer", "initial_scale"): 4.0, ("LossScaleOptimizer", "dynamic_growth_steps"): 2,
    ("PiecewiseConstantDecay", "boundaries"): [2, 30], ("PiecewiseConstantDecay", "values"): [.5, .3, .2],
    ("STFTInitializer", "side"): "imag", ("STFT", "side"): "imag", ("STFT", "window"): "hamming",
    ("STFT", "scaling"): "spectrum", ("initializers", "scale"): 3.0, ("initializers", "input_axes"): [1],
    ("initializers", "output_axes"): [0], ("OrthogonalRegularizer", "mode"): "columns", ("constraints", "axis"): 1,
    ("InputLayer", "batch_shape"): (None, 3), ("PReLU", "alpha_initializer"): "ones", ("PReLU", "alpha_regularizer"): "l2",
    ("PReLU", "alpha_constraint"): "non_neg", ("PReLU", "shared_axes"): [1],
    ("BatchNormalization", "moving_mean_initializer"): "ones",
    ("BatchNormalization", "moving_variance_initializer"): "zeros", ("Flatten", "data_format"): "channels_first",
    ("Reshape", "target_shape"): (2, 2), ("Permute", "dims"): (1, 2), ("R2Score", "class_aggregation"): None,
    ("MeanMetricWrapper", "fn"): keras.losses.mean_absolute_error, ("AUC", "curve"): "PR",
    ("AUC", "summation_method"): "minoring", ("AUC", "num_labels"): 4, ("AUC", "label_weights"): [1.0, 5.0, 0.0, 0.0],
    ("IoU", "target_class_ids"): [1, 2], ("BinaryIoU", "target_class_ids"): [1], ("OneHotIoU", "target_class_ids"): [2],
    ("MeanMetricWrapper", "delta"): .5, ("Dense", "quantization_config"): "int8",
    ("BatchNormalization", "renorm_clipping"): {"rmax": 1.0}, ("Rescaling", "scale"): .5, ("MaxNorm", "axis"): 1,
    ("Masking", "mask_value"): 7.0, ("metrics", "dtype"): "float64", ("Muon", "nesterov"): False,
    ("Muon", "rms_rate"): .4, ("Adafactor", "epsilon_2"): 5.0, ("MinMaxNorm", "min_value"): 5.0, ("RepeatVector", "n"): 3,
    ("Tversky", "alpha"): .8, ("metrics", "thresholds"): .2, ("BatchNormalization", "axis"): 1,
    ("LayerNormalization", "axis"): 1, ("RMSNormalization", "axis"): 1, ("Normalization", "axis"): 1,
    ("IoU", "num_classes"): 4, ("OneHotIoU", "num_classes"): 4, ("MeanIoU", "num_classes"): 4,
    ("metrics", "specificity"): .95, ("metrics", "sensitivity"): .95, ("metrics", "recall"): .95,
    ("metrics", "precision"): .95, ("RecallAtPrecision", "class_id"): 3, ("initializers", "input_axes"): [0], ("initializers", "output_axes"): [0],
    ("OneHotIoU", "sparse_y_pred"): True, ("OneHotMeanIoU", "sparse_y_pred"): True,
}
#: What goes with an argument that counts only beside another.
BESIDE = {
    ("SGD", "nesterov"): {"momentum": .5}, ("optimizers", "ema_momentum"): {"use_ema": True},
    ("optimizers", "ema_overwrite_frequency"): {"use_ema": True}, ("optimizers", "amsgrad"): {"learning_rate": .3},
    ("CosineDecay", "warmup_steps"): {"warmup_target": .5},
    ("MinMaxNorm", "min_value"): {"max_value": 9.0}, ("losses", "axis"): {"reduction": None},
    ("BinaryFocalCrossentropy", "alpha"): {"apply_class_balancing": True}, ("Dice", "reduction"): {"axis": [1]},
    ("Tversky", "reduction"): {"axis": [1]}, ("Circle", "remove_diagonal"): {"gamma": 1.0},
    ("AUC", "summation_method"): {"num_thresholds": 4}, ("AUC", "label_weights"): {"multi_label": True},
    ("metrics", "axis"): {}, ("IoU", "axis"): {"sparse_y_pred": False}, ("MeanIoU", "axis"): {"sparse_y_pred": False},
    ("BinaryFocalCrossentropy", "axis"): {"reduction": None},
    ("Normalization", "mean"): {"mean": 0.0, "variance": 1.0}, ("Normalization", "variance"): {"mean": 0.0,
    "variance": 1.0}, ("MeanMetricWrapper", "delta"): {"fn": keras.losses.huber},
    ("initializers", "input_axes"): {"output_axes": [2]}, ("initializers", "output_axes"): {"input_axes": [2]},
}
#: (class, argument) -> why nothing that is computed differs.
SAME = {
    ("Adafactor", "relative_step"): "Keras keeps it in its config and computes the same",
    ("BatchNormalization", "renorm_clipping"): "of renorm, which is refused",
    ("BatchNormalization", "renorm_momentum"): "of renorm, which is refused",
    ("Muon", "exclude_embeddings"): "there are no embeddings yet",
    ("IoU", "sparse_y_true"): "the same targets in another form", ("AUC", "num_labels"): "else found out by the first batch",
    ("MeanIoU", "sparse_y_true"): "the same targets in another form",
    ("MeanIoU", "num_classes"): "the size of the table: larger class numbers are refused",
    ("IoU", "num_classes"): "the size of the table: larger class numbers are refused",
    ("OneHotIoU", "num_classes"): "the size of the table: larger class numbers are refused",
    **{("MeanMetricWrapper", name): "an argument of fn, as delta is" for name in (
        "from_logits", "label_smoothing", "axis", "ignore_class")},
}
REQUIRED = {
    "Dense": {"units": 3}, "Activation": {"activation": "tanh"}, "Dropout": {"rate": .5}, "AlphaDropout": {"rate": .5},
    "GaussianDropout": {"rate": .5}, "GaussianNoise": {"stddev": .5}, "Reshape": {"target_shape": (4, 1)},
    "Permute": {"dims": (2, 1)}, "RepeatVector": {"n": 2}, "Rescaling": {"scale": 2.0},
    "InputLayer": {"batch_shape": (None, 4)}, "MeanMetricWrapper": {"fn": keras.losses.mean_squared_error},
    "SensitivityAtSpecificity": {"specificity": .5}, "SpecificityAtSensitivity": {"sensitivity": .5},
    "PrecisionAtRecall": {"recall": .5}, "RecallAtPrecision": {"precision": .5},
    "IoU": {"num_classes": 3, "target_class_ids": [0, 1]}, "MeanIoU": {"num_classes": 3},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 1]}, "OneHotMeanIoU": {"num_classes": 3},
    "LossScaleOptimizer": {"inner_optimizer": "sgd"}, "ExponentialDecay": {"initial_learning_rate": .1, "decay_steps": 10,
    "decay_rate": .5}, "InverseTimeDecay": {"initial_learning_rate": .1, "decay_steps": 10, "decay_rate": .5},
    "PiecewiseConstantDecay": {"boundaries": [5, 20], "values": [.1, .05, .01]},
    "PolynomialDecay": {"initial_learning_rate": .1, "decay_steps": 10},
    "CosineDecay": {"initial_learning_rate": .1, "decay_steps": 10},
    "CosineDecayRestarts": {"initial_learning_rate": .1, "first_decay_steps": 10},
}
#: (module.class, argument) -> part of the sentence that refuses what is not the default.
REFUSED = {
    **{("InputLayer", name): "not supported" for name in ("sparse", "ragged", "optional")},
    ("Dense", "quantization_config"): "not supported",
    **{("BatchNormalization", name): "not supported" for name in ("renorm", "synchronized")},
    ("SparseCategoricalCrossentropy", "axis"): "must be the last one",
}


def value(module, name, p):
    for key in ((name, p.name), (module, p.name)):
        if key in OF_CLASS:
            return OF_CLASS[key]
    if p.name in VALUES[""]:
        return VALUES[""][p.name]
    if isinstance(p.default, bool):
        return not p.default
    if isinstance(p.default, float):
        return p.default * .5 + .1
    if isinstance(p.default, int):
        return p.default + 1
    raise AssertionError(f"{module}.{name}: the table needs a value of '{p.name}' other than {p.default!r}")


def same(a, b):
    return len(a) == len(b) and all(
        np.shape(x) == np.shape(y) and (x == y if isinstance(x, (str, bool, type(None))) else np.array_equal(
            x, y, equal_nan=True)) for x, y in zip(a, b))


PROBES = {"optimizers": of_optimizer, "optimizers.schedules": of_schedule, "initializers": of_initializer,
          "regularizers": of_matrix, "constraints": of_matrix, "layers": of_layer, "losses": of_loss,
          "metrics": of_metric}


def arguments():
    for module in PROBES:
        for name in _generate.class_names("keras." + module):
            for p in parameters(module, name):
                yield pytest.param(module, name, p, id=f"{module}.{name}-{p.name}")


@pytest.mark.parametrize("module, name, p", arguments())
def test_argument(module, name, p):
    if (name, p.name) in SAME or (module, p.name) in SAME:
        return
    base = {**REQUIRED.get(name, {}), **BESIDE.get((name, p.name), BESIDE.get((module, p.name), {}))}
    refused = REFUSED.get((name, p.name), REFUSED.get((module, p.name)))
    other = {**base, p.name: value(module, name, p)}
    if refused:
        with pytest.raises(ValueError, match=refused):
            PROBES[module](make(module, name, **other))
        return
    if p.name != "name":
        base["name"] = other["name"] = "one"
        known = {q.name for q in parameters(module, name)}
        base, other = ({k: v for k, v in c.items() if k in known} for c in (base, other))
    keras.utils.set_random_seed(1)
    first = PROBES[module](make(module, name, **base))
    keras.utils.set_random_seed(1)
    assert not same(first, PROBES[module](make(module, name, **other)))
