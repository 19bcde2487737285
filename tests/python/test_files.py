"""Files of models: what they hold is what Keras writes, and what was written can be read."""
import json
import os
import pathlib
import sys
import zipfile

import numpy as np
import pytest

import cornu as keras
from cornu import _core, _generate, layers

ROOT = pathlib.Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))
from golden import saved_models  # noqa: E402

GOLDEN = ROOT / "tests" / "golden"
X = np.linspace(-1, 1, 24).reshape(8, 3).astype("float32")
Y = np.linspace(0, 1, 8).reshape(8, 1).astype("float32")


def cases(family):
    return {case["name"]: case for case in json.loads((GOLDEN / f"{family}.json").read_text())["cases"]}


SAVED, CONFIGS = cases("saved"), cases("configs")


def saved(model, path):
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        return saved_models.contents(archive)


def array(value):
    value = np.asarray(value)
    return {"shape": list(value.shape), "dtype": str(value.dtype), "data": [str(v) for v in value.reshape(-1).tolist()]}


@pytest.mark.skipif("CORNU_KEEP_FILES" not in os.environ, reason="CORNU_KEEP_FILES names no folder to leave files in")
@pytest.mark.parametrize("name", sorted(SAVED.keys() - {"command_line"}))  # whose numbers are a table's
def test_leaves_a_file_for_keras(name):
    """With what tools/check_keras_files.py compares: weights, the optimizer's state, the next losses."""
    keras.utils.set_random_seed(3)
    keras.utils.clear_session()
    model = saved_models.MODELS[name](keras)
    stem = pathlib.Path(os.environ["CORNU_KEEP_FILES"]) / f"python_{name}"
    if model.compiled and model.trainable_weights:
        model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    model.predict(X, verbose=0)
    model.save(f"{stem}.keras")
    about = {"program": name, "input": array(X), "prediction": array(model.predict(X, verbose=0)),
             "weights": [array(w) for w in model.get_weights()]}
    if model.compiled:
        about["optimizer_variables"] = [array(v.numpy()) for v in model.optimizer.variables]
    random = any(isinstance(layer, layers.Dropout) for layer in model.layers)
    # Keras steps schedules and averages per batch also where several batches make one update.
    if model.compiled and not random and name != "optimizer_options":
        rows = [slice(at, at + 4) for at in (0, 4, 0, 4, 0)]
        about["losses"] = [model.train_on_batch(X[r], Y[r], return_dict=True)["loss"] for r in rows]
        about.update(train_x=array(X), train_y=array(Y), batch_size=4)
    pathlib.Path(f"{stem}.json").write_text(json.dumps(about))


@pytest.mark.parametrize("name", SAVED)
def test_a_file_holds_what_keras_writes(name, tmp_path):
    keras.utils.clear_session()
    expected = {key: SAVED[name][key] for key in ("members", "metadata", "config")}
    assert saved(saved_models.MODELS[name](keras), tmp_path / "m.keras") == expected


def test_every_model_is_recorded():
    assert SAVED.keys() == saved_models.MODELS.keys()


# ---- every class: config -> object -> config


def home(kind):
    out = keras
    for part in kind.split(".")[1:]:
        out = getattr(out, part)
    return out


def as_json(form):
    return json.loads(json.dumps(form))


#: Arguments that Keras' own configs lose, so that its files give them up; it reads them where they are.
KEPT = {"keras.losses.SparseCategoricalCrossentropy": "axis", "keras.losses.CosineSimilarity": "axis",
        "keras.losses.Huber": "delta", "keras.metrics.CosineSimilarity": "axis", "keras.initializers.Identity": "gain"}


def without(form, argument):
    return {**form, "config": {key: value for key, value in form["config"].items() if key != argument}}


@pytest.mark.parametrize("name", CONFIGS)
def test_an_object_comes_back_from_its_config(name):
    kind, _, cls = name.rpartition(".")
    case = CONFIGS[name]
    keras.utils.clear_session()  # for names that count
    arguments = {key: keras.saving.deserialize_keras_object(value) for key, value in case["arguments"].items()}
    made = getattr(home(kind), cls)(**arguments)
    form = as_json(keras.saving.serialize_keras_object(made))
    assert without(form, KEPT.get(name)) == case["config"]
    keras.utils.clear_session()
    bare = getattr(home(kind), cls)(**{key: arguments[key] for key in case["required"]})
    assert without(as_json(keras.saving.serialize_keras_object(bare)), KEPT.get(name)) == case["defaults"]
    again = keras.saving.deserialize_keras_object(form)
    assert type(again) is type(made) and as_json(keras.saving.serialize_keras_object(again)) == form
    assert as_json(type(made).from_config(made.get_config()).get_config()) == form["config"]


def test_every_class_is_recorded():
    kinds = {name.rpartition(".")[0] for name in CONFIGS}
    there = {f"{kind}.{name}" for kind in kinds for name in dir(home(kind)) if _core.is_class(kind, name)}
    assert there - CONFIGS.keys() <= {"keras.layers.InputLayer", "keras.metrics.MeanMetricWrapper"}
    assert kinds == {kind for kind in _generate.KINDS}
