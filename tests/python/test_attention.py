"""Layers of attention from Python: arguments of their calls, masks that tensors carry, graphs, files, subclasses."""
import json
import pathlib

import numpy as np
import pytest

import cornu as keras
from cornu import layers

GOLDEN = json.loads((pathlib.Path(__file__).resolve().parent.parent / "golden" / "attention.json").read_text())
X = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(2, 5, 4)).astype("float32")


def array(form):
    return np.array(form["data"], form["dtype"]).reshape(form["shape"])


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_as_keras(case):
    layer = layers.deserialize(case["config"])
    given = {name: array(form) for name, form in case["inputs"].items()}
    listed = [given.pop(name) for name in sorted(given) if name.startswith("inputs_")]
    masks = [given.pop(f"mask_{i}", None) for i in range(2)]
    tensors = {name: value for name, value in given.items() if name != "w" and not name.startswith("weight_")}
    call = {**tensors, **case["options"], **({"inputs": listed} if listed else {})}
    if any(mask is not None for mask in masks):
        call["mask"] = masks
    layer(**call)
    for i, v in enumerate(layer.trainable_variables):
        v.assign(given[f"weight_{i}"])
    out = layer(**call)
    assert isinstance(out, tuple) == ("scores" in case["outputs"])
    for got, name in zip(out if isinstance(out, tuple) else (out,), ("y", "scores")):
        np.testing.assert_allclose(got.numpy(), array(case["outputs"][name]), rtol=1e-4, atol=1e-5)
    config = layer.get_config()
    assert {k: v for k, v in config.items() if k != "name"}.keys() == {
        k: v for k, v in case["config"]["config"].items() if k != "name"}.keys()


def test_arguments_by_place_and_name():
    layer = layers.MultiHeadAttention(num_heads=2, key_dim=3)
    y = layer(X, Y)
    np.testing.assert_array_equal(layer(query=X, value=Y).numpy(), y.numpy())
    np.testing.assert_array_equal(layer(X, value=Y).numpy(), y.numpy())
    out, scores = layer(X, Y, return_attention_scores=True)
    assert out.shape == (2, 3, 4) and scores.shape == (2, 2, 3, 5)
    with pytest.raises(TypeError, match="several values for 'query'"):
        layer(X, Y, query=X)
    with pytest.raises(TypeError, match="got 'quer'"):
        layer(X, Y, quer=X)
    with pytest.raises((RuntimeError, ValueError), match="needs 'value'"):
        layer(X)


def test_in_a_model_and_its_file(tmp_path):
    x = keras.Input((None,), dtype="int32")
    h = layers.Embedding(10, 8, mask_zero=True)(x)
    h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 4)(h, h, use_causal_mask=True))
    model = keras.Model(x, layers.Dense(1)(layers.GlobalAveragePooling1D()(h)))
    model.compile("adam", "mse")
    ids = np.random.default_rng(2).integers(0, 10, (16, 6))
    history = model.fit(ids, ids.mean(-1), epochs=30, verbose=0).history["loss"]
    assert history[-1] < history[0]
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(ids, verbose=0), model.predict(ids, verbose=0))
    form = next(one for one in model.get_config()["layers"] if one["class_name"] == "MultiHeadAttention")
    assert form["build_config"] == {"shapes_dict": {"query_shape": (None, None, 8), "value_shape": (None, None, 8)}} or \
        form["build_config"] == {"shapes_dict": {"query_shape": [None, None, 8], "value_shape": [None, None, 8]}}
    assert form["inbound_nodes"][0]["kwargs"]["use_causal_mask"] is True and len(form["inbound_nodes"][0]["args"]) == 2


def test_a_subclass():
    class Doubled(layers.MultiHeadAttention):
        def call(self, query, value, training=None):
            return 2 * super().call(query, value)

    layer = Doubled(2, 3)
    plain = layers.MultiHeadAttention(2, 3)
    y = layer(X, Y)
    plain(X, Y)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(y.numpy(), 2 * plain(X, Y).numpy(), rtol=1e-5)


def test_outputs_for_several():
    spec = layers.MultiHeadAttention(2, 3).compute_output_spec(keras.KerasTensor((None, 3, 4)),
                                                             keras.KerasTensor((None, 5, 4)))
    assert spec.shape == (None, 3, 4)
