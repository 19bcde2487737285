"""Layers of series, images and volumes from Python: attributes, other names, formats, files."""
import numpy as np
import pytest

import cornu as keras
from cornu import layers

IMAGE = np.sin(3 * np.arange(2 * 6 * 7 * 3)).reshape(2, 6, 7, 3).astype("float32")


def test_sizes_are_tuples():
    conv = layers.Conv2D(4, 3, padding="SAME")
    assert (conv.kernel_size, conv.strides, conv.padding, conv.data_format) == ((3, 3), (1, 1), "same", "channels_last")
    assert conv.get_config()["kernel_size"] == (3, 3)
    assert layers.MaxPooling2D(3).strides == (3, 3)
    assert layers.ZeroPadding2D((1, 2)).padding == ((1, 1), (2, 2))
    assert layers.Conv1DTranspose(2, 3).output_padding is None


def test_other_names():
    for name, other in (("Convolution2D", "Conv2D"), ("MaxPool1D", "MaxPooling1D"), ("AvgPool3D", "AveragePooling3D"),
                        ("GlobalAvgPool2D", "GlobalAveragePooling2D"), ("SeparableConvolution1D", "SeparableConv1D")):
        assert getattr(layers, name) is getattr(layers, other)


def test_arguments_by_position_are_those_of_keras():
    conv = layers.Conv3DTranspose(2, 3, 2, "same", "channels_first", 1)
    assert (conv.data_format, conv.output_padding) == ("channels_first", (1, 1, 1))
    assert layers.MaxPooling2D(2, 2, "valid", None, "pool").name == "pool"


def test_the_default_format():
    assert keras.config.image_data_format() == "channels_last"
    keras.config.set_image_data_format("channels_first")
    try:
        assert layers.Conv2D(4, 3)(IMAGE.transpose(0, 3, 1, 2)).shape == (2, 4, 4, 5)
        assert keras.ops.average_pool(IMAGE.transpose(0, 3, 1, 2), 2).shape == (2, 3, 3, 3)
    finally:
        keras.config.set_image_data_format("channels_last")
    with pytest.raises(ValueError, match="data_format"):
        keras.config.set_image_data_format("first")


def test_strides_of_pools_are_those_of_the_windows():
    np.testing.assert_array_equal(keras.ops.max_pool(IMAGE, (2, 3)), keras.ops.max_pool(IMAGE, (2, 3), (2, 3)))
    assert keras.ops.max_pool(IMAGE, 2).shape == (2, 3, 3, 3)


def test_inputs_by_name():
    np.testing.assert_array_equal(layers.UpSampling2D()(inputs=IMAGE), IMAGE.repeat(2, 1).repeat(2, 2))


def test_a_network_is_saved_and_comes_back(tmp_path):
    model = keras.Sequential([
        keras.Input((6, 7, 3)), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.DepthwiseConv2D(2),
        layers.MaxPooling2D(), layers.SpectralNormalization(layers.Conv2D(3, 2)), layers.GroupNormalization(3),
        layers.GlobalAveragePooling2D(), layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(IMAGE, np.ones((2, 2)), epochs=2, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(IMAGE, verbose=0), model.predict(IMAGE, verbose=0))
    assert again.layers[3].layer.kernel_size == (2, 2)
    np.testing.assert_array_equal(again.layers[3].get_weights()[-1], model.layers[3].get_weights()[-1])


def test_a_layer_of_ones_own_around_convolutions():
    class Block(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.conv = layers.Conv2D(4, 3, padding="same")

        def call(self, x):
            return keras.ops.average_pool(self.conv(x), 2, padding="same")

    model = keras.Sequential([Block(), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    first, *_, last = model.fit(IMAGE, np.ones((2, 1)), epochs=30, verbose=0).history["loss"]
    assert len(model.trainable_weights) == 4 and last < first / 10
