"""Every generated class and function has the signature that Keras 3.15.1 has, but for what is listed here."""
import importlib
import inspect
import json
import pathlib
import re

import pytest

import cornu
from cornu import _core, _generate

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "signatures.json").read_text())
MODULES = ["layers", "losses", "metrics", "optimizers", "optimizers.schedules", "initializers", "regularizers",
           "constraints"]

_NAMED = "Keras' default is None, and the object gets this very name"
#: (class or function, parameter) -> why it differs. "-": only Keras has it, "+": only Cornu has it.
ALLOWED = {
    **{(f"metrics.{name}", "name"): _NAMED for name in [
        "AUC", "BinaryIoU", "FalseNegatives", "FalsePositives", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU",
        "Precision", "PrecisionAtRecall", "Recall", "RecallAtPrecision", "SensitivityAtSpecificity",
        "SpecificityAtSensitivity", "TrueNegatives", "TruePositives"]},
    ("layers.Dense", "-lora_rank"): "low-rank adaptation is not there",
    ("layers.Dense", "-lora_alpha"): "low-rank adaptation is not there",
    ("layers.AdditiveAttention", "+seed"): "Keras takes it among **kwargs, and writes it into configs",
    **{("layers.EinsumDense", f"-lora_{what}"): "low-rank adaptation is not there" for what in ("rank", "alpha")},
    ("layers.EinsumDense", "-gptq_unpacked_column_size"): "quantization is not there",
    ("layers.EinsumDense", "+activity_regularizer"): "an argument of all layers in Keras, which its configs have here",
    ("layers.Embedding", "embeddings_initializer"): "another name of the same initializer",
    ("layers.Embedding", "-weights"): "taken by keyword: it is no part of the config",
    ("layers.Embedding", "-lora_rank"): "low-rank adaptation is not there",
    ("layers.Embedding", "-lora_alpha"): "low-rank adaptation is not there",
    ("layers.LayerNormalization", "+rms_scaling"): "Keras takes it among **kwargs, and writes it into configs",
    ("layers.PReLU", "alpha_initializer"): "another name of the same initializer: zeros, where Keras writes Zeros",
    **{(f"layers.SpatialDropout{n}D", "+kwargs"): "they train or not, as all layers" for n in (1, 2, 3)},
    ("optimizers.Muon", "exclude_layers"): "an empty list is what None means",
    ("callbacks.ReduceLROnPlateau", "-kwargs"): "Keras takes arguments of earlier releases",
    ("ops.multi_hot", "-kwargs"): "Keras takes arguments of earlier releases",
}


#: What Keras has not.
OWN = {"callbacks.StopAtLoss", "callbacks.StopAtSmallUpdates"}


def generated():
    for module in MODULES:
        for name in _generate.class_names("keras." + module):
            yield f"{module}.{name}"
    for name in _core.callback_names():
        if "callbacks." + name not in OWN:
            yield "callbacks." + name
    for module in ["ops", "activations"]:
        for name in _core.function_names("keras." + module):
            yield f"{module}.{name}"


def ours(path):
    module, _, name = path.rpartition(".")
    thing = getattr(importlib.import_module("cornu." + module), name)
    return inspect.signature(thing)


def keras(path):
    module, _, name = path.rpartition(".")
    text = re.sub(r"^(class|def)", "def f", GOLDEN["keras." + module][name])
    space = {}
    exec(text + ": pass", {}, space)  # defaults are literals
    return inspect.signature(space["f"])


def differences(mine, theirs):
    """Names of parameters that differ."""
    a, b = mine.parameters, theirs.parameters
    yield from ("+" + n for n in a if n not in b)
    yield from ("-" + n for n in b if n not in a)
    common = [n for n in a if n in b]
    if common != [n for n in b if n in a]:
        yield "the order"
    for n in common:
        if a[n].default != b[n].default or a[n].kind != b[n].kind:
            yield n


@pytest.mark.parametrize("path", sorted(generated()))
def test_signature(path):
    found = {d for d in differences(ours(path), keras(path))}
    allowed = {parameter for name, parameter in ALLOWED if name == path}
    assert found == allowed, f"ours {ours(path)}, Keras' {keras(path)}"


def test_docstrings_say_something():
    """Every class has a sentence from the C++ header before its signature."""
    bare = []
    for path in generated():
        if path[0] in "oa" and path.rpartition(".")[2].islower():
            continue  # of functions, those that need one have one
        module, _, name = path.rpartition(".")
        if getattr(importlib.import_module("cornu." + module), name).__doc__.startswith(name + "("):
            bare.append(path)
    assert bare == []


def test_docstring_parts():
    doc = cornu.layers.Dense.__doc__
    assert doc.startswith("Fully connected layer") and "Dense(units, activation=None" in doc
    assert "units: Width of the output." in doc
    assert "NaN stays NaN" in cornu.ops.relu.__doc__ and cornu.ops.relu.__doc__.endswith("relu(x)")
    assert "improv" in cornu.callbacks.EarlyStopping.__doc__


def test_dir_lists_what_is_generated():
    assert {"Dense", "Dropout", "Layer", "Input"} <= set(dir(cornu.layers))
    assert {"Adam", "SGD"} <= set(dir(cornu.optimizers))
