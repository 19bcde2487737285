"""Every function of keras.ops gives what Keras gives: tests/golden/ops.json, recorded by tools/golden/ops.py."""
import json
import pathlib

import numpy
import pytest

from cornu import _core, ops

CASES = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "ops.json").read_text())["cases"]

#: name of a case -> why the right value is another one; ours is then tested by hand below, or elsewhere.
DIFFERENT = {
    "softsign_3": "uint8 wraps in Keras: 1 + 255 is 0",
    "hard_tanh_3": "uint8 wraps in Keras: -1 is 255",
}


def number(x):
    return float(x) if isinstance(x, str) else x


def array(form):
    return numpy.array([number(x) for x in form["data"]], form["dtype"]).reshape(form["shape"])


def argument(form):
    if isinstance(form, list):
        return [ops.convert_to_tensor(array(one)) for one in form]
    if "data" in form:
        return ops.convert_to_tensor(array(form))
    value = form["value"]
    return tuple(value) if isinstance(value, list) else number(value) if value in ("nan", "inf") else value


def run(case):
    out = getattr(ops, case["function"])(*map(argument, case["args"]),
                                         **{name: argument(form) for name, form in case["options"].items()})
    return list(out) if isinstance(out, (list, tuple)) else [out]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_as_keras(case):
    if case["name"] in DIFFERENT:
        return
    got, want = run(case), [array(form) for form in case["outputs"]]
    assert len(got) == len(want)
    for one, right in zip(got, want):
        one = numpy.asarray(one)
        assert one.shape == right.shape
        assert not hasattr(got[0], "dtype") or one.dtype == right.dtype
        finite = right[numpy.isfinite(right)] if right.dtype.kind == "f" else right
        scale = float(numpy.abs(finite.astype("float64")).max()) if finite.size else 0
        numpy.testing.assert_allclose(one.astype("float64"), right.astype("float64"), rtol=2e-6,
                                      atol=1e-6 * scale, equal_nan=True)


def test_every_function_has_recorded_values():
    recorded = {case["function"] for case in CASES}
    python = {"shape", "size", "convert_to_tensor", "convert_to_numpy", "array", "is_tensor"}
    assert {*_core.function_names("keras.ops"), *python} - recorded == set()


def test_every_argument_is_off_its_default_in_a_recorded_case():
    """By position or by name; those that are refused are in test_arguments.py."""
    import inspect
    refused = {("moments", "synchronized"), ("one_hot", "sparse"), ("multi_hot", "sparse"),
               ("sparse_categorical_crossentropy", "axis")}
    bare = []
    for name in _core.function_names("keras.ops"):
        parameters = list(inspect.signature(getattr(ops, name)).parameters.values())
        cases = [case for case in CASES if case["function"] == name]
        for at, p in enumerate(parameters):
            given = [case["args"][at] if at < len(case["args"]) else case["options"].get(p.name) for case in cases]
            off = [g for g in given if g is not None and not (isinstance(g, dict) and g.get("value", g) == p.default)]
            if not off and (name, p.name) not in refused:
                bare.append((name, p.name))
    assert bare == []
