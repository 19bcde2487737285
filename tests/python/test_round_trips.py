"""What was written can be read: in this process, in another, by copying; or writing refuses, and leaves nothing."""
import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import cornu as keras
from cornu import layers, losses, metrics, optimizers

X = np.linspace(-1, 1, 24).reshape(8, 3).astype("float32")
Y = np.linspace(0, 1, 8).reshape(8, 1).astype("float32")


class Scaled(layers.Layer):
    """Has arguments and no get_config."""
    def __init__(self, units, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.factor = units, factor

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", name="w")

    def call(self, x):
        return keras.ops.matmul(x, self.w) * self.factor


class Bare(layers.Layer):
    """Takes no arguments at all, not even a name."""
    def __init__(self):
        super().__init__()

    def call(self, x):
        return x + 1


class Tables(layers.Layer):
    def __init__(self, table, **kwargs):
        super().__init__(**kwargs)
        self.table = table

    def call(self, x):
        return x * self.table.sum()


class Power(losses.Loss):
    def __init__(self, power, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** self.power, -1)


class KeptPower(Power):
    def get_config(self):
        return {**super().get_config(), "power": self.power}


def fourth(y_true, y_pred):
    return (y_true - y_pred) ** 4


def double(x):
    return 2 * x


def net(*inside, optimizer="adam", loss="mse", **compiled):
    model = keras.Sequential([keras.Input((3,)), *(inside or (layers.Dense(4, activation="tanh"), layers.Dense(1)))])
    model.compile(optimizer, loss, **compiled)
    return model


def trained(*args, **kwargs):
    model = net(*args, **kwargs)
    model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    return model


def assert_alike(a, b, trains=True):
    np.testing.assert_array_equal(a.predict(X, verbose=0), b.predict(X, verbose=0))
    assert a.compiled == b.compiled
    if a.compiled and trains:
        fits = [m.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0).history for m in (a, b)]
        assert fits[0] == fits[1]


def reload(model, folder, **kwargs):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras", **kwargs)


# ---- before the first call


def test_weights_exist_as_soon_as_the_input_is_known(tmp_path):
    model = net()
    assert_alike(model, reload(model, tmp_path))
    first = net()
    first.save_weights(tmp_path / "first.weights.h5")
    before = first.predict(X, verbose=0)
    first.fit(X, Y, verbose=0)
    first.load_weights(tmp_path / "first.weights.h5")
    np.testing.assert_array_equal(first.predict(X, verbose=0), before)


def test_a_model_without_weights_has_none_to_save(tmp_path):
    model = keras.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match="has no weights yet; start it with Input, or call build"):
        model.save_weights(tmp_path / "none.weights.h5")
    assert not list(tmp_path.iterdir())
    again = reload(model, tmp_path)
    assert not again.built and again.predict(X, verbose=0).shape == (8, 2)


# ---- classes of one's own


@pytest.mark.parametrize("custom", [{"Scaled": Scaled}, {"Custom>Scaled": Scaled}])
def test_a_layer_keeps_its_plain_arguments_by_itself(tmp_path, custom):
    model = trained(Scaled(1, factor=3.0))
    again = reload(model, tmp_path, custom_objects=custom)
    assert (again.layers[0].units, again.layers[0].factor) == (1, 3.0)
    assert_alike(model, again)


def test_a_layer_that_takes_no_name_loads_all_the_same(tmp_path):
    model = trained(Bare(), layers.Dense(1))
    model.layers[0].trainable = False
    again = reload(model, tmp_path, custom_objects={"Bare": Bare})
    assert again.layers[0].name == model.layers[0].name and not again.layers[0].trainable


def test_a_class_with_the_name_of_one_of_keras(tmp_path):
    Dense = type("Dense", (Scaled,), {})
    model = trained(Dense(1, factor=5.0))
    again = reload(model, tmp_path, custom_objects={"Dense": Dense})
    assert type(again.layers[0]) is Dense
    code = f"import cornu as keras; keras.models.load_model({str(tmp_path / 'model.keras')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "a class of one's own is registered before" in done.stderr and "ValueError" in done.stderr


def test_another_process_reads_it(tmp_path):
    model = trained(Scaled(1, factor=3.0), loss=fourth, metrics=[fourth])
    model.save(tmp_path / "model.keras")
    code = f"""
import sys
sys.path.insert(0, {__file__.rpartition('/')[0]!r})
import test_round_trips as t
custom = {{"Scaled": t.Scaled, "fourth": t.fourth}}
model = t.keras.models.load_model({str(tmp_path / 'model.keras')!r}, custom_objects=custom)
print(model.predict(t.X, verbose=0).tobytes().hex(), model.evaluate(t.X, t.Y, verbose=0))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    expected = f"{model.predict(X, verbose=0).tobytes().hex()} {model.evaluate(X, Y, verbose=0)}\n"
    assert done.stdout == expected, done.stderr


@pytest.mark.parametrize("model, says", [
    (lambda: net(Tables(np.ones(3)), layers.Dense(1)), "Tables: was made with 'table', a ndarray, which files do not hold by themselves"),
    (lambda: net(loss=Power(3)), "Power: could not be read from a file again, since its config has no 'power'"),
    (lambda: net(layers.Dense(1, activation=lambda x: 2 * x)), "cannot write a lambda to a file"),
    (lambda: net(loss=lambda t, p: (t - p) ** 2), "cannot write a lambda to a file"),
    (lambda: net(metrics=[lambda t, p: (t - p) ** 2]), "cannot write a lambda to a file"),
])
def test_what_could_not_be_read_is_not_written(tmp_path, model, says):
    made = model()
    made.fit(X, Y, verbose=0)
    with pytest.raises((ValueError, NotImplementedError), match=says):
        made.save(tmp_path / "model.keras")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("compiled, custom", [
    ({"loss": KeptPower(3), "metrics": ["mae"]}, {"KeptPower": KeptPower}),
    ({"loss": fourth, "metrics": [fourth, "mse"]}, {"fourth": fourth}),
    ({"loss": losses.Huber(0.25), "metrics": [metrics.MeanSquaredError(name="m")], "weighted_metrics": ["mae"]}, {}),
    ({"loss": ["mse"], "metrics": [["mae"]], "loss_weights": [0.5]}, {}),
    ({"loss": losses.mean_squared_error, "metrics": [metrics.mean_absolute_error]}, {}),
])
def test_what_compile_was_given(tmp_path, compiled, custom):
    model = trained(**compiled)
    again = reload(model, tmp_path, custom_objects=custom)
    assert again.get_compile_config() == model.get_compile_config()
    assert_alike(model, again)
    twice = reload(again, tmp_path, custom_objects=custom)
    assert_alike(again, twice)


@pytest.mark.parametrize("optimizer", [
    lambda: optimizers.AdamW(optimizers.schedules.CosineDecay(0.1, 20), weight_decay=0.1, clipnorm=0.5, use_ema=True,
                             ema_momentum=0.5, ema_overwrite_frequency=3, gradient_accumulation_steps=2),
    lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.1, momentum=0.9, nesterov=True)),
    lambda: optimizers.Adam(0.01, global_clipnorm=0.1, loss_scale_factor=8.0, amsgrad=True),
    lambda: optimizers.Muon(0.01), lambda: optimizers.Ftrl(0.01), lambda: optimizers.Adafactor(0.01),
])
def test_optimizers_go_on(tmp_path, optimizer):
    model = trained(optimizer=optimizer())
    assert_alike(model, reload(model, tmp_path))


@pytest.mark.parametrize("first", [True, False])
def test_freezing_and_thawing_after_training(tmp_path, first, capfd):
    model = net()
    model.layers[0].trainable = first
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.layers[0].trainable = not first
    again = reload(model, tmp_path)
    assert_alike(model, again, trains=False)
    assert again.layers[0].trainable is not first
    assert "the state of the optimizer does not fit 'adam'" in capfd.readouterr().err
    again.fit(X, Y, verbose=0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_types_stay(tmp_path, dtype):
    model = keras.Sequential([keras.Input((3,), dtype=dtype), layers.Dense(4, dtype=dtype), Scaled(1, dtype=dtype)])
    model.compile("adam", "mse")
    custom = {"Scaled": Scaled}
    fine = X.astype("float64") / 3
    for again in (reload(model, tmp_path, custom_objects=custom), copy.deepcopy(model)):
        assert [w.dtype for w in again.weights] == [dtype] * 3
        np.testing.assert_array_equal(again.predict(fine, verbose=0), model.predict(fine, verbose=0))
    with keras.saving.custom_object_scope(custom):
        for again in (keras.models.clone_model(model), keras.Sequential.from_config(model.get_config())):
            assert [layer.dtype for layer in again.layers] == [dtype] * 2
            assert [w.dtype for w in again.weights] == [dtype] * 3
    layer = layers.Dense(2, dtype=dtype)
    assert layers.Dense.from_config(layer.get_config()).dtype == dtype


def test_a_layer_at_two_places(tmp_path):
    shared = layers.Dense(3, activation="tanh", name="shared")
    model = trained(shared, layers.ReLU(), shared, layers.Dense(1))
    assert [layer.name for layer in model.layers][::2] == ["shared", "shared"]
    assert len(model.weights) == 4 and model.count_params() == 16
    expected = X
    w, b = (np.asarray(v) for v in shared.get_weights())
    for after in (lambda h: np.maximum(h, 0), lambda h: h):
        expected = after(np.tanh(expected @ w + b))
    k, c = model.layers[-1].get_weights()
    np.testing.assert_allclose(model.predict(X, verbose=0), expected @ k + c, rtol=1e-5, atol=1e-6)
    for copied in (lambda m: reload(m, tmp_path), copy.deepcopy):
        again = copied(model)
        assert again.layers[0] is again.layers[2]
        assert_alike(model, again)
    clone = keras.models.clone_model(model)
    assert clone.layers[0] is clone.layers[2] and clone.layers[0] is not shared
    with pytest.raises(ValueError, match="should have unique names, got 'shared' twice"):
        net(shared, layers.Dense(3, name="shared"))


# ---- weights alone


def test_skip_mismatch(tmp_path, capfd):
    source, target = net(layers.Dense(4), layers.Dense(2)), net(layers.Dense(4), layers.Dense(5))
    source.save_weights(tmp_path / "a.weights.h5")
    head = target.layers[-1].get_weights()
    before = target.get_weights()
    with pytest.raises(ValueError, match=r"must have shape \(4, 5\), got \(4, 2\)"):
        target.load_weights(tmp_path / "a.weights.h5")
    for a, b in zip(before, target.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    target.load_weights(tmp_path / "a.weights.h5", skip_mismatch=True)
    assert "it keeps the weights it has" in capfd.readouterr().err
    for a, b in zip(source.layers[0].get_weights() + head, target.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("call, says", [
    (lambda m, p: m.load_weights(p, by_name=True), "by_name"),
    (lambda m, p: m.load_weights(p, objects_to_skip=[m.layers[0]]), "objects_to_skip is not supported"),
    (lambda m, p: m.save_weights(p, overwrite=False), "exists and overwrite is False"),
    (lambda m, p: m.save_weights(p, max_shard_size=1), "into one file"),
    (lambda m, p: m.save(p.with_suffix(".keras"), zipped=False), "zipped=False"),
    (lambda m, p: m.save(p.with_suffix(".keras"), include_optimizer=False), "include_optimizer"),
])
def test_arguments_that_are_not_honoured_are_refused(tmp_path, call, says):
    model, path = net(), tmp_path / "a.weights.h5"
    model.save_weights(path)
    with pytest.raises((ValueError, FileExistsError), match=says):
        call(model, path)


# ---- copies


def test_a_clone_is_compiled_and_has_weights_of_its_own():
    model = net(layers.Dense(4), Scaled(1), loss=KeptPower(3), metrics=["mae", fourth])
    model.layers[0].trainable = False
    model.compile(optimizers.Adam(0.02), KeptPower(3), metrics=["mae", fourth])
    model.fit(X, Y, verbose=0)
    clone = keras.models.clone_model(model)
    assert [layer.trainable for layer in clone.layers] == [False, True]
    assert clone.name == model.name and clone.optimizer is not model.optimizer
    assert clone.optimizer.get_config() == model.optimizer.get_config()
    clone.set_weights(model.get_weights())
    assert clone.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    before = model.get_weights()
    clone.fit(X, Y, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_clone_functions():
    inner = keras.Sequential([keras.Input((3,)), layers.Dropout(0.5), layers.Dense(2)], name="inner")
    model = net(layers.Dropout(0.5), inner)

    def seeded(layer):
        config = layer.get_config()
        return type(layer).from_config({**config, "seed": 7} if "seed" in config else config)

    clone = keras.models.clone_model(model, clone_function=seeded, recursive=True)
    assert clone.layers[0].seed == clone.layers[1].layers[0].seed == 7
    assert keras.models.clone_model(model, clone_function=lambda layer: layer).layers[0] is model.layers[0]
    for wrong in ({"input_tensors": X}, {"call_function": seeded}, {"other": 1}):
        with pytest.raises(ValueError, match="clone_model"):
            keras.models.clone_model(model, **wrong)


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_copies(again):
    model = trained(layers.Dense(4, activation=double), Scaled(1), loss=KeptPower(3), metrics=[fourth])
    assert_alike(model, again(model))
    for thing in (layers.Dense(3, activation="relu"), Scaled(2, factor=4.0), losses.Huber(0.5), KeptPower(2),
                  metrics.AUC(num_thresholds=20), optimizers.Adam(0.5), optimizers.schedules.ExponentialDecay(0.1, 3, 0.5),
                  keras.initializers.HeNormal(seed=3), keras.regularizers.L2(0.5), keras.constraints.MaxNorm(3)):
        other = again(thing)
        assert type(other) is type(thing) and other is not thing
        assert other.get_config() == thing.get_config()


def test_json():
    model = trained(layers.Dense(4), Scaled(1))
    again = keras.models.model_from_json(model.to_json(), custom_objects={"Scaled": Scaled})
    assert again.compiled and again.to_json() == model.to_json()
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


# ---- callbacks that write


def test_model_checkpoint_of_classes_of_ones_own(tmp_path):
    model = net(Scaled(1), loss=fourth, metrics=[fourth])
    keep = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[keep])
    again = keras.models.load_model(tmp_path / "2.keras", custom_objects={"Scaled": Scaled, "fourth": fourth})
    assert_alike(model, again)


def test_backup_and_restore_as_documented(tmp_path):
    class Interrupting(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 4:
                raise RuntimeError("interrupted")

    def made():
        keras.utils.set_random_seed(3)
        return net(layers.Dense(4), layers.Dense(1), metrics=["mae"])

    arguments = {"epochs": 10, "batch_size": 2, "verbose": 0, "validation_data": (X, Y), "validation_freq": 3}
    whole = made()
    expected = whole.fit(X, Y, **arguments)
    callback = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(RuntimeError, match="interrupted"):
        made().fit(X, Y, callbacks=[callback, Interrupting()], **arguments)
    again = made()
    got = again.fit(X, Y, callbacks=[callback], **arguments)
    assert got.epoch == [4, 5, 6, 7, 8, 9]
    assert got.history["loss"] == expected.history["loss"][4:]
    assert got.history["val_mae"] == expected.history["val_mae"][1:]
    for a, b in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("form, says", [
    ({"class_name": "function", "config": ["relu"]}, "Expected 'config' to be a non-null str, a function's name, got list"),
    ({"module": "keras.layers", "class_name": "Dense", "config": 3}, "Expected 'config' to be a dict, that of a 'Dense', got int 3"),
    ({"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": "mine>Dense"},
     "resolved to a Keras built-in, and yet has the registered name 'mine>Dense'"),
    ({"module": None, "class_name": "Dense", "config": {"units": 1}, "registered_name": "Dense"}, "no such class here"),
    ({"module": "keras", "class_name": "Sequential", "config": {"layers": []}}, "the 'name' and 'layers' keys, got"),
    ({"class_name": "function", "config": "relu", "registered_name": "mine"}, "'relu' resolved to a Keras built-in"),
    ({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [{}]}},
     "Expected a dictionary containing a 'config' key"),
    ({"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}, "program code"),
])
def test_forms_that_mean_nothing(form, says):
    with pytest.raises(ValueError, match=says):
        keras.saving.deserialize_keras_object(form, safe_mode=False)


def test_scopes_of_nothing():
    with keras.saving.custom_object_scope(None), keras.saving.custom_object_scope({"double": double}):
        assert keras.activations.get("double") is double


def test_a_loaded_model_tells_what_compile_was_given(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    for loss in ("mse", keras.losses.Huber(0.5)):
        model.compile("sgd", loss, steps_per_execution=2)
        model.save(tmp_path / "m.keras")
        for one in (model, keras.saving.load_model(tmp_path / "m.keras")):
            assert one.steps_per_execution == 2 and one.run_eagerly is False and one.jit_compile is True
            assert one.loss == "mse" if loss == "mse" else one.loss.get_config() == loss.get_config()


def test_what_is_no_file_of_a_model_is_named(tmp_path):
    for name, words in [("m.pkl", "File format not supported"), ("none.keras", "File not found. Please ensure the file is")]:
        with pytest.raises(ValueError, match=words):
            keras.saving.load_model(tmp_path / name)
    with pytest.raises(ValueError, match="You are loading weights into a model that has not yet been built"):
        keras.Sequential([layers.Dense(2)]).load_weights(tmp_path / "none.weights.h5")


def test_a_function_is_found_by_its_name_without_a_package():
    @keras.saving.register_keras_serializable("package_of_this_test")
    def doubled_for_this_test(x):
        return x * 2
    form = {"module": "builtins", "class_name": "function", "registered_name": "function"}
    for name in ("doubled_for_this_test", "package_of_this_test>doubled_for_this_test"):
        assert keras.saving.deserialize_keras_object({**form, "config": name}) is doubled_for_this_test


def test_a_list_that_holds_itself_is_gone_through_once():
    class Circular(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = []
            self.blocks.append(self.blocks)
            self.out = layers.Dense(2)
            self.blocks.append(layers.Dense(3))

        def call(self, x):
            return self.out(self.blocks[1](x))
    model = Circular()
    model(X)
    assert len(model.weights) == 4
