"""Dense and the layers around it: outputs, gradients of sum(y * w), and what a training call does to the statistics."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .common import case, floats, generator, normal

layers = keras.layers


def record():
    cases = []
    for family in (dense, activations, shapes, normalizations, others):
        keras.utils.clear_session()
        for name, layer, x, options in family():
            cases.append(evaluate(name, layer, x, **options))
    return {"cases": cases}


def dense():
    x = normal("dense x", 4, 3)
    yield "Dense", layers.Dense(5), x, {}
    for activation in ("relu", "tanh", "sigmoid", "softmax", "gelu", "elu", "selu", "swish", "softplus", "leaky_relu"):
        yield f"Dense_{activation}", layers.Dense(5, activation=activation), x, {}
    yield "Dense_no_bias", layers.Dense(5, use_bias=False), x, {}
    yield "Dense_3d", layers.Dense(2, activation="tanh"), normal("dense 3d x", 2, 4, 3), {}
    yield "Dense_4d", layers.Dense(2), normal("dense 4d x", 2, 2, 2, 3), {}
    cube = normal("einsum dense x", 2, 4, 3)
    yield "EinsumDense", layers.EinsumDense("abc,cd->abd", output_shape=(None, 5)), cube, {}
    yield "EinsumDense_bias", layers.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d", activation="relu"), cube, {}
    yield "EinsumDense_bias_bd", layers.EinsumDense("abc,cd->abd", output_shape=(4, 5), bias_axes="bd"), cube, {}
    yield "EinsumDense_heads", layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de"), cube, {}
    yield "EinsumDense_dots", layers.EinsumDense("...x,xy->...y", output_shape=4, bias_axes="y"), cube, {}
    yield "EinsumDense_dots_behind", layers.EinsumDense("ab...,bc->ac...", output_shape=6, bias_axes="c"), cube, {}
    yield "EinsumDense_flat", layers.EinsumDense("ab,bc->ac", output_shape=2, bias_axes="c"), x, {}
    yield "Dense_one_row", layers.Dense(1, activation="sigmoid"), x[:1], {}
    penalized = layers.Dense(3, activity_regularizer=keras.regularizers.L2(0.1), kernel_regularizer="l1")
    yield "Dense_regularized", penalized, x, {}


def activations():
    x = normal("activation layer x", 3, 5, scale=2)
    cube = normal("activation layer cube", 2, 3, 4, scale=2)
    for name, arguments in [
        ("ReLU", {}),
        ("ReLU", {"max_value": 1.5}),
        ("ReLU", {"negative_slope": 0.2}),
        ("ReLU", {"threshold": 0.75}),
        ("ReLU", {"max_value": 1.5, "negative_slope": 0.2, "threshold": 0.75}),
        ("LeakyReLU", {}),
        ("LeakyReLU", {"negative_slope": 0.05}),
        ("ELU", {}),
        ("ELU", {"alpha": 0.5}),
        ("Softmax", {}),
        ("Activation", {"activation": "relu"}),
        ("Activation", {"activation": "hard_silu"}),
    ]:
        label = "_".join([name, *(f"{k}_{v}" for k, v in arguments.items())])
        yield label, getattr(layers, name)(**arguments), x, {}
    yield "PReLU", layers.PReLU(), x, {}
    yield "PReLU_3d", layers.PReLU(), cube, {}
    yield "PReLU_shared_axes_1", layers.PReLU(shared_axes=[1]), cube, {}
    yield "PReLU_shared_axes_1_2", layers.PReLU(shared_axes=[1, 2]), cube, {}
    yield "Softmax_axis_1", layers.Softmax(axis=1), cube, {}
    yield "Softmax_axes_1_2", layers.Softmax(axis=[1, 2]), cube, {}
    mask = np.asarray([[1, 1, 0, 1, 0], [1, 1, 1, 1, 1], [0, 0, 0, 1, 0]], bool)
    yield "Softmax_mask", layers.Softmax(), x, {"mask": mask}


def shapes():
    cube = normal("shape x", 2, 3, 4)
    yield "Flatten", layers.Flatten(), cube, {}
    yield "Flatten_2d", layers.Flatten(), cube[:, 0], {}
    yield "Flatten_1d", layers.Flatten(), cube[:, 0, 0], {}
    yield "Flatten_channels_first", layers.Flatten(data_format="channels_first"), cube, {}
    yield "Reshape", layers.Reshape((4, 3)), cube, {}
    yield "Reshape_unknown", layers.Reshape((2, -1, 2)), cube, {}
    yield "Permute", layers.Permute((2, 1)), cube, {}
    yield "Permute_4d", layers.Permute((3, 1, 2)), normal("permute x", 2, 2, 3, 4), {}
    yield "RepeatVector", layers.RepeatVector(3), cube[:, 0], {}


def normalizations():
    x, cube = normal("norm x", 6, 4, scale=2), normal("norm cube", 2, 3, 4, scale=2)
    for training in (True, False):
        suffix = "_training" if training else "_inference"
        options = {"training": training}
        yield "BatchNormalization" + suffix, layers.BatchNormalization(), x, options
        yield "BatchNormalization_3d" + suffix, layers.BatchNormalization(), cube, options
        yield "BatchNormalization_axis_1" + suffix, layers.BatchNormalization(axis=1), cube, options
        plain = layers.BatchNormalization(scale=False, center=False, momentum=0.6, epsilon=0.01)
        yield "BatchNormalization_plain" + suffix, plain, x, options
        yield "BatchNormalization_no_scale" + suffix, layers.BatchNormalization(scale=False), x, options
        yield "BatchNormalization_no_center" + suffix, layers.BatchNormalization(center=False), x, options
    frozen = layers.BatchNormalization(trainable=False)
    yield "BatchNormalization_frozen_training", frozen, x, {"training": True}
    mask = np.asarray([[1, 1, 0], [1, 0, 0]], bool)
    yield "BatchNormalization_mask_training", layers.BatchNormalization(), cube, {"training": True, "mask": mask}
    yield "LayerNormalization", layers.LayerNormalization(), x, {}
    yield "LayerNormalization_3d", layers.LayerNormalization(), cube, {}
    yield "LayerNormalization_axis_1", layers.LayerNormalization(axis=1), cube, {}
    yield "LayerNormalization_axes_1_2", layers.LayerNormalization(axis=[1, 2], epsilon=0.01), cube, {}
    yield "LayerNormalization_plain", layers.LayerNormalization(center=False, scale=False), x, {}
    yield "RMSNormalization", layers.RMSNormalization(), x, {}
    yield "RMSNormalization_3d", layers.RMSNormalization(epsilon=0.01), cube, {}  # Keras fails on other axes
    yield "UnitNormalization", layers.UnitNormalization(), x, {}


def others():
    x, cube = normal("other x", 3, 4), normal("other cube", 2, 3, 4)
    yield "Rescaling", layers.Rescaling(1 / 8, offset=-0.5), x, {}
    yield "Rescaling_per_channel", layers.Rescaling([1.0, 2.0, 0.5, -1.0], offset=[0.0, 1.0, 2.0, 3.0]), x, {}
    given = {"mean": [0.5, 1.0, -1.0, 0.0], "variance": [1.0, 4.0, 0.25, 0.0]}
    yield "Normalization_given", layers.Normalization(**given), x, {}
    yield "Normalization_given_invert", layers.Normalization(**given, invert=True), x, {}
    yield "Normalization_given_scalars", layers.Normalization(mean=3.0, variance=2.0), x, {}
    data = normal("adapt", 7, 3, 4, scale=2)
    yield "Normalization_adapt", layers.Normalization(), x, {"adapt": data[:, 0]}
    yield "Normalization_adapt_invert", layers.Normalization(invert=True), x, {"adapt": data[:, 0]}
    yield "Normalization_adapt_axis_none", layers.Normalization(axis=None), cube, {"adapt": data}
    yield "Normalization_adapt_axis_1", layers.Normalization(axis=1), cube, {"adapt": data}
    yield "Normalization_adapt_axes_1_2", layers.Normalization(axis=[1, 2]), cube, {"adapt": data}
    numbers = floats([[0, 3], [4, 1], [3, -1]])
    yield "Embedding", layers.Embedding(5, 3), numbers, {}
    yield "Embedding_mask_zero", layers.Embedding(5, 3, mask_zero=True, embeddings_regularizer="l2"), numbers, {}
    yield "ActivityRegularization", layers.ActivityRegularization(l1=0.1, l2=0.2), x, {}
    yield "Dropout_inference", layers.Dropout(0.5), x, {"training": False}
    yield "GaussianNoise_inference", layers.GaussianNoise(0.5), x, {"training": False}


def evaluate(name, layer, x, training=None, mask=None, adapt=None):
    if adapt is not None:
        layer.adapt(adapt)
    arguments = {} if mask is None else {"mask": jnp.asarray(mask)}
    if training is not None and layer._call_has_training_arg:
        arguments["training"] = training
    layer(x, **arguments)
    if adapt is None:
        fill(layer, name)
    trainable = [v.value for v in layer.trainable_variables]
    before = [v.value for v in layer.non_trainable_variables]
    x = jnp.asarray(x)

    def call(weights, x):
        y, after, losses = layer.stateless_call(weights, before, x, return_losses=True, **arguments)
        return y, after, sum(losses) if losses else None

    y, after, losses = call(trainable, x)
    w = normal(f"{name} weights", *y.shape)
    dweights, dx = jax.grad(lambda weights, x: jnp.sum(call(weights, x)[0] * w), argnums=(0, 1))(trainable, x)
    inputs = {"x": x, "w": w, "mask": mask, "adapt": adapt}
    inputs |= {f"weight_{i}": value for i, value in enumerate(trainable)}
    inputs |= {f"state_{i}": value for i, value in enumerate(before)}
    outputs = {"y": y, "dx": dx}
    outputs |= {f"dweight_{i}": value for i, value in enumerate(dweights)}
    outputs |= {f"state_{i}": value for i, value in enumerate(after)}
    if losses is not None:
        penalty = jax.grad(lambda weights, x: call(weights, x)[2], argnums=(0, 1))(trainable, x)
        outputs |= {"loss": losses, "loss_dx": penalty[1]}
        outputs |= {f"loss_dweight_{i}": value for i, value in enumerate(penalty[0])}
    names = {"weights": [v.name for v in layer.trainable_variables]}
    names["states"] = [v.name for v in layer.non_trainable_variables]
    return case(name, layer, inputs, outputs, training=training, **names)


def fill(layer, name):
    """Values that show more than zeros and ones do."""
    for i, v in enumerate(layer.variables):
        if "seed" in v.name or v.dtype == "uint32":
            continue
        values = np.round(generator(f"{name} {i}").normal(size=v.shape) * 0.5, 2)
        if "variance" in v.name:
            values = np.abs(values) + 0.5
        elif v.name in ("gamma", "scale"):
            values = values + 1
        v.assign(floats(np.round(values, 2)))
