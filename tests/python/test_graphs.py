"""Functional models from Python, against what Keras recorded: forms, files, predictions, training; masks in layers."""
import json
import pathlib
import zipfile

import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops

GOLDEN = {c["name"]: c for c in json.loads(
    (pathlib.Path(__file__).resolve().parent.parent / "golden" / "graphs.json").read_text())["cases"]}


def arrays(tree):
    if isinstance(tree, list):
        return [arrays(one) for one in tree]
    if "shape" not in tree:
        return {name: arrays(one) for name, one in tree.items()}
    return np.array(tree["data"], tree["dtype"]).reshape(tree["shape"])


def made(case):
    model = keras.saving.deserialize_keras_object(case["form"])
    for variable, value in zip(model.weights, case["weights"]):
        variable.assign(arrays(value))
    return model


@pytest.mark.parametrize("name", GOLDEN)
def test_goes_as_in_keras(name, tmp_path):
    case = GOLDEN[name]
    model, x, y = made(case), arrays(case["x"]), arrays(case["y"])
    assert [w.path for w in model.weights] == [w["path"] for w in case["weights"]]
    wanted = arrays(case["prediction"])
    close(model.predict(x, verbose=0), wanted)
    close(keras.tree.map_structure(np.asarray, model(x)), wanted)
    model.save(tmp_path / "m.keras")
    close(keras.saving.load_model(tmp_path / "m.keras").predict(x, verbose=0), wanted)
    close(keras.models.model_from_json(model.to_json()).predict(x, verbose=0), wanted, shapes=True)
    model.compile(keras.optimizers.SGD(0.1), **case["compile"])
    logs = model.evaluate(x, y, batch_size=5, verbose=0, return_dict=True)
    assert sorted(logs) == sorted(case["evaluate"]) and all(
        np.isclose(logs[k], v, atol=2e-5) for k, v in case["evaluate"].items())
    history = model.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0).history
    assert list(history) == list(case["history"])
    for k, values in case["history"].items():
        np.testing.assert_allclose(history[k], values, atol=2e-5, err_msg=k)
    with zipfile.ZipFile(tmp_path / "m.keras") as file:
        written = json.loads(file.read("config.json"))
    assert plain({**written, "compile_config": {}}) == plain(case["form"])
    again = keras.saving.deserialize_keras_object(case["form"])
    again.set_weights(model.get_weights())
    close(again.predict(x, verbose=0), model.predict(x, verbose=0))


#: What Keras writes of every layer, or by memory address.
KEPT = "quantization_config", "activity_regularizer", "shared_object_id"


def plain(form):
    if isinstance(form, list):
        return [plain(one) for one in form]
    if isinstance(form, dict):
        return {k: plain(v) for k, v in form.items() if k not in KEPT}
    return form


def close(got, wanted, shapes=False):
    keras.tree.assert_same_structure(got, wanted)
    for a, b in zip(keras.tree.flatten(got), keras.tree.flatten(wanted)):
        assert a.shape == b.shape
        if not shapes:
            np.testing.assert_allclose(a, b, atol=2e-5)


def test_made_here_and_from_generators():
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    assert a.shape == (None, 3) and a.name == "a"
    h = layers.Concatenate()([layers.Dense(4, name="d")(a), b])
    model = keras.Model(inputs=[a, b], outputs={"p": layers.Dense(1)(h), "q": ops.mean(h, axis=-1, keepdims=True) * 2.0})
    assert model.get_layer("d").output.shape == (None, 4) and model.input_shape == [(None, 3), (None, 2)]
    assert [layer.name for layer in model.layers][:2] == ["a", "d"] and isinstance(model, keras.Model)
    x = [np.ones((6, 3), "float32"), np.zeros((6, 2), "float32")]
    y = {"p": np.ones((6, 1), "float32"), "q": np.zeros((6, 1), "float32")}
    model.compile("sgd", {"p": "mse", "q": "mae"})
    model.fit(iter([({"a": x[0], "b": x[1]}, y)] * 3), steps_per_epoch=3, verbose=0)
    got = model.predict(iter([tuple([x])] * 2), steps=2, verbose=0)
    assert got["p"].shape == (12, 1)
    np.testing.assert_allclose(got["q"][:6], 2 * np.mean(np.concatenate(
        [np.asarray(model.get_layer("d")(x[0])), x[1]], -1), -1, keepdims=True), rtol=1e-5)
    lines = []
    model.summary(print_fn=lines.append)
    assert "Connected to" in lines[0] and "d[0][0], b[0][0]" in lines[0].replace("\n", "") or "d[0][0]," in lines[0]


def test_parts_of_a_sequential():
    base = keras.Sequential([keras.Input((3,)), layers.Dense(4, name="inner"), layers.Dense(2)])
    inner = keras.Model(base.inputs, base.get_layer("inner").output)
    x = np.ones((5, 3), "float32")
    np.testing.assert_array_equal(inner.predict(x, verbose=0), np.asarray(base.layers[0](x)))
    assert base.output.shape == (None, 2) and base.layers[1].input.shape == (None, 4)
    base.add(layers.Dense(7))
    assert base.outputs[0].shape == (None, 7)


def test_what_cannot_be_a_model_gets_a_sentence():
    a, b = keras.Input((3,)), keras.Input((2,))
    for inputs, outputs, words in ((a, layers.Dense(1)(b), "none of its inputs"), (np.ones((2, 3)), a, "symbolic"),
                                   ([a, a], layers.Dense(1)(a), "twice")):
        with pytest.raises(ValueError, match=words):
            keras.Model(inputs, outputs)
    model = keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])))
    with pytest.raises(RuntimeError, match="expected 2 inputs"):
        model.predict(np.ones((2, 3), "float32"), verbose=0)


def test_layers_of_ones_own_see_and_give_masks():
    x = np.zeros((3, 4, 2), "float32")
    x[0, :2], x[1, :1], x[2] = 1, 2, 3
    y = np.arange(12, dtype="float32").reshape(3, 4, 1)

    class Pool(layers.Layer):
        def call(self, z, mask=None):
            if mask is None:
                return ops.mean(z, 1)
            k = ops.expand_dims(ops.cast(mask, "float32"), -1)
            return ops.sum(z * k, 1) / ops.sum(k, 1)

    class Twice(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.supports_masking = True

        def call(self, z):
            return z * 2

    class Shorter(layers.Layer):
        def call(self, z):
            return z[:, :2]

        def compute_mask(self, inputs, mask=None):
            return mask[:, :2]

    pooled = keras.Sequential([keras.Input((4, 2)), layers.Masking(), Pool()]).predict(x, verbose=0)
    np.testing.assert_array_equal(pooled, [[1, 1], [2, 2], [3, 3]])
    model = keras.Sequential([keras.Input((4, 2)), layers.Masking(), Twice(),
                              layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", metrics=["mae"])
    counted = [(0, 4), (1, 4), (4, 8), *((k, 12) for k in range(8, 12))]
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), [np.mean([(a - b) ** 2 for a, b in counted]),
                                                                 np.mean([abs(a - b) for a, b in counted])], rtol=1e-6)
    shorter = keras.Sequential([keras.Input((4, 2)), layers.Masking(), Shorter(), Pool()])
    np.testing.assert_array_equal(shorter.predict(x, verbose=0), [[1, 1], [2, 2], [3, 3]])
    assert layers.Masking()(x)._keras_mask.shape == (3, 4)


def test_calls_with_several_arguments():
    class Scaled(layers.Layer):
        def build(self, q_shape, v_shape):
            self.w = self.add_weight((q_shape[-1], v_shape[-1]), "ones", name="w")

        def call(self, q, v, scale=1.0, *, shift=None):
            y = (q @ self.w) * v * scale
            return y if shift is None else (y + shift, q)

    q, v = np.ones((2, 3), "float32"), np.full((2, 2), 2, "float32")
    layer = Scaled()
    np.testing.assert_array_equal(np.asarray(layer(q, v=v, scale=3.0)), np.full((2, 2), 18))
    failed = Scaled()
    with pytest.raises(TypeError):
        failed(q, np.array(["text"]))  # before build
    assert "_pending" not in failed.__dict__ and not failed.built
    a, b = keras.Input((3,)), keras.Input((2,))
    y, same = Scaled()(a, b, scale=2.0, shift=b)
    model = keras.Model([a, b], [y, same])
    first, second = model.predict([q, v], verbose=0)
    np.testing.assert_array_equal(first, np.full((2, 2), 3 * 2 * 2 + 2))
    np.testing.assert_array_equal(second, q)


def test_subclassed_models_of_several_outputs_train_on_each():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.a = layers.Dense(1, kernel_initializer="ones", use_bias=False)
            self.b = layers.Dense(1, kernel_initializer="ones", use_bias=False)

        def call(self, x):
            return {"sum": self.a(x["u"]), "other": self.b(x["v"])}

    x = {"u": np.ones((4, 2), "float32"), "v": np.ones((4, 3), "float32")}
    y = {"sum": np.zeros((4, 1), "float32"), "other": np.ones((4, 1), "float32")}
    model = Two()
    model.compile("sgd", {"sum": "mse", "other": "mae"}, loss_weights={"sum": 2.0, "other": 0.5},
                  metrics={"sum": ["mae"]})
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert logs == {"loss": 2 * 4 + 0.5 * 2, "sum_loss": 4.0, "other_loss": 2.0, "sum_mae": 2.0}
    assert {name: p[0, 0] for name, p in model.predict(x, verbose=0).items()} == {"sum": 2, "other": 3}
    weighted = model.evaluate(x, y, sample_weight={"sum": np.zeros(4), "other": np.ones(4)}, verbose=0, return_dict=True)
    assert weighted["sum_loss"] == 0 and weighted["other_loss"] == 2


class Mixes(layers.Layer):
    """Of several arguments, some of which are no tensors."""
    def call(self, a, others=None, *, scale=1.0, names=(), training=None):
        y = a * scale + others["b"][0] - others["b"][1]
        return {"y": y * (2.0 if training else 1.0), "n": y * float(len(names))}


def test_arguments_of_calls_are_in_files(tmp_path):
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    mixes = Mixes(name="mixes")
    first = mixes(a, others={"b": [b, a * 2.0]}, scale=0.5, names=["p", "q"])
    second = mixes(a, {"b": [a, b]}, training=True)
    model = keras.Model([a, b], [first["y"], first["n"], second["y"]])
    x, y = np.arange(6.0).reshape(2, 3).astype("float32"), np.ones((2, 3), "float32")
    expected = [x / 2 + y - 2 * x, 2 * (x / 2 + y - 2 * x), 2 * (x + x - y)]
    model.save(tmp_path / "m.keras")
    config = json.loads(zipfile.ZipFile(tmp_path / "m.keras").read("config.json"))
    node = next(one for one in config["config"]["layers"] if one["name"] == "mixes")["inbound_nodes"][0]
    assert node["args"][0]["config"]["keras_history"] == ["a", 0, 0] and node["kwargs"]["scale"] == 0.5
    assert node["kwargs"]["others"]["b"][0]["class_name"] == "__keras_tensor__" and node["kwargs"]["names"] == ["p", "q"]
    for again in (model, keras.saving.load_model(tmp_path / "m.keras", {"Mixes": Mixes}),
                  keras.Model.from_config(model.get_config(), {"Mixes": Mixes}),
                  keras.models.model_from_json(model.to_json(), {"Mixes": Mixes})):
        close([np.asarray(one) for one in again([x, y])], expected)
        close(again.predict([x, y], verbose=0), expected)
