"""Operations in graphs: described as Keras describes them, and giving the same from what is read back."""
import json
import pathlib

import numpy as np
import pytest

import cornu as keras

GOLDEN = json.loads((pathlib.Path(__file__).resolve().parent.parent / "golden" / "operations.json").read_text())


def values(one):
    return np.array([float(v) for v in one["data"]], one["dtype"]).reshape(one["shape"])


def alike(form):
    """Whole numbers have 32 bits here, and lists of them are arrays."""
    if isinstance(form, dict) and form.get("class_name") == "__numpy__" and "int" in form["config"]["dtype"]:
        return form["config"]["value"]
    if isinstance(form, dict):
        return {key: alike(value) for key, value in form.items()}
    return [alike(one) for one in form] if isinstance(form, list) else form


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_operation(case):
    keras.backend.clear_session()
    x, value = keras.Input((3, 4), name="x"), values(GOLDEN["x"])
    model = keras.Model(x, eval(case["name"], {"x": x, "k": keras, "np": np}))
    expected = values(case["y"])
    np.testing.assert_allclose(np.asarray(model(value)), expected, rtol=2e-5, atol=2e-6)
    form = json.loads(model.to_json())
    assert alike(form["config"]["layers"][1:]) == alike(case["layers"])
    again = keras.models.model_from_json(json.dumps(form))
    np.testing.assert_array_equal(np.asarray(again(value)), np.asarray(model(value)))
    # What Keras wrote is read too, whatever ours is.
    form["config"]["layers"][1:] = case["layers"]
    theirs = keras.models.model_from_json(json.dumps(form))
    np.testing.assert_array_equal(np.asarray(theirs(value)), np.asarray(model(value)))
