"""Layers of series, images and volumes: convolutions, pooling, borders, and normalizations of channels. Every argument
once off its default, odd sizes, a batch of one, both data formats."""

import keras
import numpy as np

from .common import normal
from .layers import evaluate

layers = keras.layers
FIRST = {"data_format": "channels_first"}


def record():
    cases = []
    for family in (convolutions, transposed, depthwise, separable, pooling, globally, adaptive, borders, norms):
        keras.utils.clear_session()
        for name, layer, x, options in family():
            cases.append(evaluate(name, layer, x, **options))
    return {"cases": cases}


def series(batch=2, channels=3):
    return normal("spatial series", batch, 7, channels)


def image(batch=2, channels=3):
    return normal("spatial image", batch, 5, 6, channels)


def volume(channels=2):
    return normal("spatial volume", 2, 3, 4, 5, channels)


def first(x):
    return np.moveaxis(x, -1, 1).copy()


REST = {"no_bias": {"use_bias": False}, "activation": {"activation": "tanh"}}


def convolutions():
    yield "Conv1D", layers.Conv1D(4, 3), series(), {}
    yield "Conv1D_causal", layers.Conv1D(2, 3, padding="causal", dilation_rate=2), series(), {}
    yield "Conv1D_same_strides", layers.Conv1D(2, 2, strides=2, padding="same"), series(), {}
    yield "Conv1D_first", layers.Conv1D(2, 3, **FIRST), first(series()), {}
    yield "Conv1D_groups", layers.Conv1D(4, 3, groups=2), series(channels=4), {}
    yield "Conv2D", layers.Conv2D(4, 3), image(), {}
    yield "Conv2D_one", layers.Conv2D(2, 1), image(1), {}
    yield "Conv2D_strides", layers.Conv2D(2, (3, 2), strides=(2, 3)), image(), {}
    yield "Conv2D_same", layers.Conv2D(2, (3, 2), strides=2, padding="same"), image(1), {}
    yield "Conv2D_dilation", layers.Conv2D(2, 2, dilation_rate=(2, 3)), image(), {}
    yield "Conv2D_groups", layers.Conv2D(6, 2, groups=2, padding="same"), image(channels=4), {}
    yield "Conv2D_first", layers.Conv2D(2, 3, padding="same", **FIRST), first(image()), {}
    for name, arguments in REST.items():
        yield f"Conv2D_{name}", layers.Conv2D(2, 3, **arguments), image(), {}
    penalized = layers.Conv2D(2, 2, kernel_regularizer="l1", bias_regularizer="l2", kernel_constraint="non_neg",
                              bias_constraint="unit_norm", kernel_initializer="he_normal", bias_initializer="ones")
    yield "Conv2D_parts", penalized, image(1), {}
    yield "Conv3D", layers.Conv3D(3, 2), volume(), {}
    yield "Conv3D_same", layers.Conv3D(2, (1, 3, 2), strides=(1, 2, 2), padding="same"), volume(), {}
    yield "Conv3D_first", layers.Conv3D(2, 2, **FIRST), first(volume()), {}


def transposed():
    yield "Conv1DTranspose", layers.Conv1DTranspose(4, 3), series(), {}
    yield "Conv1DTranspose_same", layers.Conv1DTranspose(2, 3, strides=2, padding="same"), series(), {}
    yield "Conv1DTranspose_dilation", layers.Conv1DTranspose(2, 3, dilation_rate=2), series(), {}
    yield "Conv1DTranspose_short", layers.Conv1DTranspose(2, 2, strides=3), series(), {}
    yield "Conv2DTranspose", layers.Conv2DTranspose(2, 3), image(), {}
    yield "Conv2DTranspose_strides", layers.Conv2DTranspose(2, (3, 2), strides=(2, 3)), image(1), {}
    yield "Conv2DTranspose_same", layers.Conv2DTranspose(2, (3, 4), strides=2, padding="same"), image(), {}
    padded = layers.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=(0, 1))
    yield "Conv2DTranspose_output_padding", padded, image(1), {}
    yield "Conv2DTranspose_valid_output_padding", layers.Conv2DTranspose(2, 3, strides=2, output_padding=1), image(1), {}
    yield "Conv2DTranspose_first", layers.Conv2DTranspose(2, 3, **FIRST), first(image()), {}
    yield "Conv2DTranspose_activation", layers.Conv2DTranspose(2, 2, activation="tanh", use_bias=False), image(1), {}
    yield "Conv3DTranspose", layers.Conv3DTranspose(2, 2, strides=(1, 2, 2)), volume(), {}


def depthwise():
    yield "DepthwiseConv1D", layers.DepthwiseConv1D(3), series(), {}
    yield "DepthwiseConv1D_multiplier", layers.DepthwiseConv1D(2, depth_multiplier=3, padding="same"), series(), {}
    yield "DepthwiseConv2D", layers.DepthwiseConv2D(3), image(), {}
    yield "DepthwiseConv2D_same", layers.DepthwiseConv2D((3, 2), strides=2, padding="same"), image(1), {}
    yield "DepthwiseConv2D_dilation", layers.DepthwiseConv2D(2, dilation_rate=2, depth_multiplier=2), image(), {}
    yield "DepthwiseConv2D_first", layers.DepthwiseConv2D(3, depth_multiplier=2, **FIRST), first(image()), {}
    plain = layers.DepthwiseConv2D(2, use_bias=False, activation="relu", depthwise_regularizer="l2")
    yield "DepthwiseConv2D_plain", plain, image(1), {}


def separable():
    yield "SeparableConv1D", layers.SeparableConv1D(4, 3), series(), {}
    yield "SeparableConv1D_causal", layers.SeparableConv1D(2, 3, strides=2, padding="same", depth_multiplier=2), series(), {}
    yield "SeparableConv2D", layers.SeparableConv2D(4, 3), image(), {}
    yield "SeparableConv2D_same", layers.SeparableConv2D(2, 3, padding="same", depth_multiplier=2), image(1), {}
    yield "SeparableConv2D_strides", layers.SeparableConv2D(2, 2, strides=2), image(), {}
    yield "SeparableConv2D_dilation", layers.SeparableConv2D(2, 2, dilation_rate=2), image(), {}
    yield "SeparableConv2D_first", layers.SeparableConv2D(2, 3, **FIRST), first(image()), {}
    plain = layers.SeparableConv2D(2, 2, use_bias=False, activation="tanh", depthwise_regularizer="l2",
                                   pointwise_regularizer="l1")
    yield "SeparableConv2D_plain", plain, image(1), {}


def pooling():
    for kind in ("MaxPooling", "AveragePooling"):
        one, two, three = (getattr(layers, f"{kind}{n}D") for n in (1, 2, 3))
        yield f"{kind}1D", one(2), series(), {}
        yield f"{kind}1D_same", one(3, strides=2, padding="same"), series(), {}
        yield f"{kind}1D_first", one(2, **FIRST), first(series()), {}
        yield f"{kind}2D", two(2), image(), {}
        yield f"{kind}2D_same", two((2, 3), strides=(2, 1), padding="same"), image(1), {}
        yield f"{kind}2D_strides", two(2, strides=3), image(), {}
        yield f"{kind}2D_first", two(2, strides=1, **FIRST), first(image()), {}
        yield f"{kind}3D", three(2), volume(), {}
        yield f"{kind}3D_same", three((1, 2, 3), padding="same"), volume(), {}
        yield f"{kind}3D_first", three(2, strides=1, **FIRST), first(volume()), {}


def globally():
    mask = np.asarray([[1, 1, 0, 1, 0, 0, 1], [1, 0, 0, 0, 0, 0, 0]], bool)
    for kind in ("GlobalMaxPooling", "GlobalAveragePooling"):
        for n, x in ((1, series()), (2, image()), (3, volume())):
            layer = getattr(layers, f"{kind}{n}D")
            yield f"{kind}{n}D", layer(), x, {}
            yield f"{kind}{n}D_keepdims", layer(keepdims=True), x, {}
            yield f"{kind}{n}D_first", layer(**FIRST), first(x), {}
    yield "GlobalAveragePooling1D_mask", layers.GlobalAveragePooling1D(), series(), {"mask": mask}
    yield "GlobalAveragePooling1D_mask_first", layers.GlobalAveragePooling1D(keepdims=True, **FIRST), first(
        series()), {"mask": mask}


def adaptive():
    for kind in ("AdaptiveMaxPooling", "AdaptiveAveragePooling"):
        one, two, three = (getattr(layers, f"{kind}{n}D") for n in (1, 2, 3))
        yield f"{kind}1D", one(3), series(), {}
        yield f"{kind}2D", two((2, 4)), image(), {}
        yield f"{kind}2D_first", two(3, **FIRST), first(image()), {}
        yield f"{kind}3D", three((2, 3, 4)), volume(), {}


def borders():
    yield "ZeroPadding1D", layers.ZeroPadding1D(), series(), {}
    yield "ZeroPadding1D_pair", layers.ZeroPadding1D((0, 2), **FIRST), first(series()), {}
    yield "ZeroPadding2D", layers.ZeroPadding2D(), image(), {}
    yield "ZeroPadding2D_pairs", layers.ZeroPadding2D(((1, 0), (2, 3))), image(1), {}
    yield "ZeroPadding2D_each", layers.ZeroPadding2D((0, 2), **FIRST), first(image()), {}
    yield "ZeroPadding3D", layers.ZeroPadding3D(), volume(1), {}
    yield "ZeroPadding3D_pairs", layers.ZeroPadding3D(((1, 0), (0, 2), (0, 0)), **FIRST), first(volume(1)), {}
    yield "Cropping1D", layers.Cropping1D(), series(), {}
    yield "Cropping1D_pair", layers.Cropping1D((2, 0)), series(), {}
    yield "Cropping2D", layers.Cropping2D(), image(), {}
    yield "Cropping2D_pairs", layers.Cropping2D(((1, 0), (2, 3))), image(), {}
    yield "Cropping2D_first", layers.Cropping2D((1, 2), **FIRST), first(image()), {}
    yield "Cropping3D", layers.Cropping3D(), volume(1), {}
    yield "Cropping3D_first", layers.Cropping3D(((1, 0), (0, 2), (0, 0)), **FIRST), first(volume(1)), {}
    yield "UpSampling1D", layers.UpSampling1D(3), series(), {}
    yield "UpSampling2D", layers.UpSampling2D(), image(), {}
    yield "UpSampling2D_first", layers.UpSampling2D((1, 3), **FIRST), first(image()), {}
    for way in ("bilinear", "bicubic", "lanczos3", "lanczos5"):
        yield f"UpSampling2D_{way}", layers.UpSampling2D((2, 3), interpolation=way), image(1), {}
    yield "UpSampling2D_bilinear_first", layers.UpSampling2D(2, interpolation="bilinear", **FIRST), first(image(1)), {}
    yield "UpSampling3D", layers.UpSampling3D((1, 2, 3)), volume(1), {}
    yield "UpSampling3D_first", layers.UpSampling3D(**FIRST), first(volume(1)), {}


def norms():
    x, table = image(channels=4), normal("spatial table", 3, 6)
    yield "GroupNormalization", layers.GroupNormalization(2), x, {}
    yield "GroupNormalization_table", layers.GroupNormalization(3), table, {}
    yield "GroupNormalization_each", layers.GroupNormalization(-1, epsilon=0.01), x, {}
    yield "GroupNormalization_axis", layers.GroupNormalization(2, axis=1), first(x), {}
    yield "GroupNormalization_plain", layers.GroupNormalization(4, center=False, scale=False), x, {}
    for training in (True, False):
        suffix = "_training" if training else "_inference"
        yield "BatchNormalization_image" + suffix, layers.BatchNormalization(), x, {"training": training}
        yield "BatchNormalization_first" + suffix, layers.BatchNormalization(axis=1), first(x), {"training": training}
    for name, layer in (("1D", layers.SpatialDropout1D(0.5)),):
        yield f"SpatialDropout{name}_inference", layer, series(), {"training": False}
