"""The config that Keras writes for each class, made with arguments that are not the defaults.

`config` is what a file holds of the object; `arguments` those of the constructor, in which objects are written as files
write them; `defaults` what a file holds of one made with the `required` arguments alone.
"""

import inspect
import json

import keras

FLOAT_TYPES = ("float32",)

#: By module; arguments by class where those found by `changed` do not fit together or mean nothing.
CLASSES = {
    "keras.layers": {
        "Dense": {"units": 3, "activation": "gelu", "use_bias": False, "activity_regularizer": "L2", "dtype": "float64"},
        "EinsumDense": {"equation": "abc,cd->abd", "output_shape": [None, 4], "bias_axes": "d", "activation": "relu"},
        "Attention": {"use_scale": True, "score_mode": "concat", "dropout": 0.25, "seed": 3},
        "AdditiveAttention": {"use_scale": False, "dropout": 0.25},
        "MultiHeadAttention": {"num_heads": 2, "key_dim": 3, "value_dim": 4, "dropout": 0.25, "output_shape": [5],
                               "attention_axes": [1], "use_bias": False, "use_gate": True, "sliding_window": 3, "seed": 3},
        "GroupQueryAttention": {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "dropout": 0.25,
                                "use_gate": True, "sliding_window": 3, "seed": 3},
        "Masking": {"mask_value": 2.5}, "Activation": {"activation": "tanh"},
        "ReLU": {"max_value": 6.0, "negative_slope": 0.25, "threshold": 0.5}, "LeakyReLU": {},
        "PReLU": {"alpha_initializer": "Ones", "alpha_regularizer": "L1", "shared_axes": [1]}, "ELU": {},
        "Softmax": {"axis": 1}, "BatchNormalization": {"renorm": False, "synchronized": False},
        "LayerNormalization": {"axis": [1, 2]}, "RMSNormalization": {}, "UnitNormalization": {"axis": [1]},
        "Dropout": {"rate": 0.25, "noise_shape": [None, 1], "seed": 3}, "AlphaDropout": {"rate": 0.25, "noise_shape": [None, 1], "seed": 3},
        "GaussianDropout": {"rate": 0.25, "seed": 3}, "GaussianNoise": {"stddev": 0.25, "seed": 3}, "ActivityRegularization": {"l1": 0.5, "l2": 0.25},
        "Flatten": {}, "Reshape": {"target_shape": [2, 3]}, "Permute": {"dims": [2, 1]}, "RepeatVector": {"n": 3},
        "Rescaling": {"scale": 0.5, "offset": 0.25},
        "Add": {}, "Subtract": {}, "Multiply": {}, "Average": {}, "Maximum": {}, "Minimum": {}, "Identity": {},
        "Embedding": {"input_dim": 7, "output_dim": 2, "mask_zero": True, "embeddings_regularizer": "L1"},
        "Concatenate": {"axis": 1}, "Dot": {"axes": [1, 2], "normalize": True},
        **{f"Conv{n}D": {"filters": 4, "kernel_size": 2, "strides": [1, 2, 3][:n], "dilation_rate": 1, "groups": 2,
                         "padding": "same", "data_format": "channels_first", "activation": "relu"} if n > 1 else {
                             "filters": 4, "kernel_size": [3], "strides": 1, "dilation_rate": 2, "padding": "causal"}
           for n in (1, 2, 3)},
        **{f"Conv{n}DTranspose": {"filters": 4, "kernel_size": 3, "strides": 2, "dilation_rate": 1, "output_padding": 1,
                                  "data_format": "channels_first", "padding": "same"} for n in (1, 2, 3)},
        **{f"DepthwiseConv{n}D": {"kernel_size": 3, "strides": 2, "dilation_rate": 1, "depthwise_initializer": "Ones",
                                  "depthwise_regularizer": "L2", "depthwise_constraint": "NonNeg"} for n in (1, 2)},
        **{f"SeparableConv{n}D": {"filters": 4, "kernel_size": 3, "strides": 1, "dilation_rate": 2,
                                  "depthwise_initializer": "Ones", "pointwise_initializer": "Zeros",
                                  "pointwise_regularizer": "L1"} for n in (1, 2)},
        **{f"{kind}Pooling{n}D": {"pool_size": 3, "strides": 2, "padding": "same", "data_format": "channels_first"}
           for kind in ("Max", "Average") for n in (1, 2, 3)},
        **{f"Global{kind}Pooling{n}D": {"data_format": "channels_first"} for kind in ("Max", "Average") for n in (1, 2, 3)},
        **{f"Adaptive{kind}Pooling{n}D": {"output_size": [2, 3, 4][:n]} for kind in ("Max", "Average") for n in (1, 2, 3)},
        "ZeroPadding1D": {"padding": [0, 2]}, "ZeroPadding2D": {"padding": [1, 2]}, "ZeroPadding3D": {"padding": 2},
        "Cropping1D": {"cropping": 2}, "Cropping2D": {"cropping": [[1, 2], [0, 3]]}, "Cropping3D": {"cropping": [1, 2, 3]},
        "UpSampling1D": {"size": 3}, "UpSampling2D": {"size": 3, "interpolation": "bilinear"},
        "UpSampling3D": {"size": [1, 2, 3], "data_format": "channels_first"},
        "SpatialDropout1D": {"rate": 0.25, "seed": 3}, "SpatialDropout2D": {"rate": 0.25, "data_format": "channels_first"},
        "SpatialDropout3D": {"rate": 0.25}, "GroupNormalization": {"groups": 2, "axis": 1},
        "SpectralNormalization": {"layer": keras.saving.serialize_keras_object(keras.layers.Dense(3, name="inner")),
                                  "power_iterations": 2},
        "Normalization": {"axis": -1, "mean": [1.0, 2.0], "variance": [4.0, 9.0], "invert": True},
    },
    "keras.losses": {
        "BinaryCrossentropy": {}, "CategoricalCrossentropy": {}, "SparseCategoricalCrossentropy": {"ignore_class": 2},
        "CategoricalGeneralizedCrossEntropy": {}, "KLDivergence": {}, "Poisson": {}, "BinaryFocalCrossentropy": {},
        "CategoricalFocalCrossentropy": {}, "MeanSquaredError": {}, "MeanAbsoluteError": {},
        "MeanAbsolutePercentageError": {}, "MeanSquaredLogarithmicError": {}, "CosineSimilarity": {"axis": 1},
        "Huber": {}, "LogCosh": {}, "Hinge": {}, "SquaredHinge": {}, "CategoricalHinge": {}, "Dice": {"axis": [1, 2]},
        "Tversky": {"axis": [1, 2]}, "Circle": {}, "CTC": {},
    },
    "keras.metrics": {
        "Mean": {}, "Sum": {}, "Accuracy": {}, "BinaryAccuracy": {}, "CategoricalAccuracy": {},
        "SparseCategoricalAccuracy": {}, "TopKCategoricalAccuracy": {}, "SparseTopKCategoricalAccuracy": {},
        "MeanSquaredError": {}, "RootMeanSquaredError": {}, "MeanAbsoluteError": {}, "MeanAbsolutePercentageError": {},
        "MeanSquaredLogarithmicError": {}, "LogCoshError": {}, "CosineSimilarity": {"axis": 1},
        "PearsonCorrelation": {"axis": 1}, "ConcordanceCorrelation": {"axis": 1},
        "R2Score": {"class_aggregation": "variance_weighted_average", "num_regressors": 2}, "BinaryCrossentropy": {},
        "CategoricalCrossentropy": {"axis": 1}, "SparseCategoricalCrossentropy": {"axis": 1}, "KLDivergence": {},
        "Poisson": {}, "Hinge": {}, "SquaredHinge": {}, "CategoricalHinge": {},
        "TruePositives": {"thresholds": [0.25, 0.75]}, "FalsePositives": {"thresholds": [0.25, 0.75]},
        "TrueNegatives": {"thresholds": [0.25, 0.75]}, "FalseNegatives": {"thresholds": 0.25},
        "Precision": {"thresholds": [0.25, 0.75], "class_id": 1}, "Recall": {"top_k": 2, "class_id": 1},
        "SensitivityAtSpecificity": {"specificity": 0.5, "num_thresholds": 50, "class_id": 1},
        "SpecificityAtSensitivity": {"sensitivity": 0.5, "num_thresholds": 50},
        "PrecisionAtRecall": {"recall": 0.5, "num_thresholds": 50},
        "RecallAtPrecision": {"precision": 0.5, "num_thresholds": 50},
        "AUC": {"num_thresholds": 50, "curve": "PR", "summation_method": "minoring", "multi_label": True, "num_labels": 3,
                "label_weights": [0.5, 1.0, 2.0], "from_logits": True},
        "FBetaScore": {"average": "macro", "beta": 2.0, "threshold": 0.25}, "F1Score": {"average": "micro", "threshold": 0.25},
        "IoU": {"num_classes": 3, "target_class_ids": [0, 2], "ignore_class": 1, "sparse_y_pred": False},
        "BinaryIoU": {"target_class_ids": [1], "threshold": 0.25},
        "MeanIoU": {"num_classes": 3, "ignore_class": 1, "axis": 1},
        "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 2], "sparse_y_pred": True},
        "OneHotMeanIoU": {"num_classes": 3, "ignore_class": 1},
    },
    "keras.optimizers": {
        "SGD": {}, "RMSprop": {}, "Adagrad": {}, "Adadelta": {}, "Lion": {}, "Adam": {}, "AdamW": {}, "Nadam": {},
        "Adamax": {}, "Lamb": {}, "Ftrl": {}, "Adafactor": {}, "ScheduleFreeAdamW": {},
        "Muon": {"exclude_layers": ["last"], "learning_rate": 0.5}, "LossScaleOptimizer": None,
        "MultiOptimizer": None,
    },
    "keras.optimizers.schedules": {
        "ExponentialDecay": {"initial_learning_rate": 0.5, "decay_steps": 10, "decay_rate": 0.25},
        "InverseTimeDecay": {"initial_learning_rate": 0.5, "decay_steps": 10, "decay_rate": 0.25},
        "PiecewiseConstantDecay": {"boundaries": [10, 20], "values": [1.0, 0.5, 0.25]},
        "PolynomialDecay": {"initial_learning_rate": 0.5, "decay_steps": 10},
        "CosineDecay": {"initial_learning_rate": 0.5, "decay_steps": 10, "warmup_target": 0.75, "warmup_steps": 5},
        "CosineDecayRestarts": {"initial_learning_rate": 0.5, "first_decay_steps": 10},
    },
    "keras.initializers": {
        "Zeros": {}, "Ones": {}, "Constant": {"value": 2.5}, "Identity": {}, "RandomNormal": {"seed": 3},
        "TruncatedNormal": {"seed": 3}, "RandomUniform": {"seed": 3}, "Orthogonal": {"seed": 3},
        "VarianceScaling": {"mode": "fan_avg", "distribution": "uniform", "seed": 3}, "GlorotUniform": {"seed": 3},
        "GlorotNormal": {"seed": 3}, "LecunUniform": {"seed": 3}, "LecunNormal": {"seed": 3}, "HeUniform": {"seed": 3},
        "HeNormal": {"seed": 3}, "STFT": {"side": "imag", "window": "hann", "scaling": "density", "periodic": True},
    },
    "keras.regularizers": {
        "L1": {}, "L2": {}, "L1L2": {"l1": 0.5, "l2": 0.25}, "OrthogonalRegularizer": {"mode": "columns"},
    },
    "keras.constraints": {"MaxNorm": {"axis": 1}, "NonNeg": {}, "UnitNorm": {"axis": 1}, "MinMaxNorm": {"axis": 1}},
}  # fmt: skip
#: For arguments that no default tells the kind of.
CHANGED = {"weight_decay": 0.125, "clipnorm": None, "clipvalue": None, "global_clipnorm": 2.0, "ema_overwrite_frequency": 3,
           "loss_scale_factor": 4.0, "gradient_accumulation_steps": 2, "use_ema": True, "dtype": "float64",
           "kernel_regularizer": "L1", "kernel_constraint": "NonNeg", "bias_regularizer": "L2", "bias_constraint": "MaxNorm",
           "beta_regularizer": "L1", "gamma_regularizer": "L2", "beta_constraint": "NonNeg", "gamma_constraint": "UnitNorm",
           "trainable": False}  # fmt: skip
#: Strings whose other values are not words of one's own.
WORDS = {"reduction": "sum", "kernel_initializer": "HeNormal", "bias_initializer": "Ones", "beta_initializer": "Ones",
         "gamma_initializer": "Zeros", "moving_mean_initializer": "Ones", "moving_variance_initializer": "Zeros",
         "alpha_initializer": "Ones"}  # fmt: skip
MODULES = {"initializer": "keras.initializers", "regularizer": "keras.regularizers", "constraint": "keras.constraints"}


def changed(name, default):
    """Another value than the default; None for those to leave out."""
    if name in CHANGED:
        return CHANGED[name]
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1
    if isinstance(default, float):
        return default / 2 + 0.125
    if name in WORDS:
        return WORDS[name]
    return None


def arguments_of(module, name, given):
    signature = inspect.signature(getattr(home(module), name).__init__)
    out = {"name": "mine"} if module in ("keras.layers", "keras.losses", "keras.metrics", "keras.optimizers") else {}
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    if module == "keras.layers" and inspect.Parameter.VAR_KEYWORD in kinds:
        out |= {"trainable": False}
    for parameter in list(signature.parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or parameter.name in {"name", *given}:
            continue
        if parameter.default is parameter.empty:
            raise ValueError(f"{module}.{name}: give the argument '{parameter.name}'")
        value = changed(parameter.name, parameter.default)
        if value is not None and not (parameter.name == "dtype" and module == "keras.metrics"):
            out[parameter.name] = value
    return {key: as_object(key, value) for key, value in (out | given).items()}


def as_object(key, value):
    """The form of an object for its class' name."""
    kind = key.rpartition("_")[2]
    if kind in MODULES and isinstance(value, str):
        return keras.saving.serialize_keras_object(getattr(home(MODULES[kind]), value)())
    return value


def home(module):
    out = keras
    for part in module.split(".")[1:]:
        out = getattr(out, part)
    return out


def record():
    cases = []
    for module, classes in CLASSES.items():
        for name, given in classes.items():
            if name == "LossScaleOptimizer":
                inner = keras.saving.serialize_keras_object(keras.optimizers.Adam(0.5, beta_1=0.75))
                arguments = {"inner_optimizer": inner, "initial_scale": 8.0, "dynamic_growth_steps": 4}
            elif name == "MultiOptimizer":
                optimizers = keras.optimizers
                paths = {".*first/.*": optimizers.Adam(0.5, name="adam_of_first"), "last/kernel": optimizers.Lion(0.25, name="of_last")}
                several = optimizers.OptimizerMap(optimizers.SGD(0.125, name="otherwise"), paths)
                arguments = {"optimizer_map": form(several), "loss_scale_factor": 4.0, "name": "several"}
            else:
                arguments = arguments_of(module, name, given)
            made = getattr(home(module), name)(**{k: keras.saving.deserialize_keras_object(v) for k, v in arguments.items()})
            keras.utils.clear_session()  # for names that count
            bare = {k: v for k, v in arguments.items() if k in required(module, name)}
            cases.append({
                "name": f"{module}.{name}", "arguments": arguments, "config": form(made), "required": list(bare),
                "defaults": form(getattr(home(module), name)(**keras.saving.deserialize_keras_object(bare)))})  # fmt: skip
    return {"cases": cases}


def required(module, name):
    """The arguments without a default; of layers also the name, which counts how many were made before."""
    parameters = inspect.signature(getattr(home(module), name).__init__).parameters.values()
    return {p.name for p in parameters if p.default is p.empty} | ({"name"} if module == "keras.layers" else set())


def form(made):
    """What a file holds of an object."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(made)))
