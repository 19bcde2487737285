"""What training hands to callbacks, callbacks that Keras has not, and what modules and objects show to completion."""
import numpy as np
import pytest
from numpy_network import SGD, Network

import cornu as keras
from cornu import layers, metrics, optimizers
from cornu.optimizers import schedules

X = np.linspace(-1, 1, 24).reshape(8, 3).astype("float32")
Y = np.linspace(0, 1, 8).reshape(8, 1).astype("float32")
HOOKS = [f"on_{what}_{when}" for what in ("train", "test", "predict") for when in ("begin", "end")] + [
    f"on_{what}_batch_{when}" for what in ("train", "test", "predict") for when in ("begin", "end")] + [
    "on_epoch_begin", "on_epoch_end"]


def net(optimizer="sgd", loss="mse", **compiled):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(optimizer, loss, **compiled)
    return model


class Told(keras.callbacks.Callback):
    """Writes down what each hook was given."""
    def __init__(self):
        super().__init__()
        self.calls = []


for hook in HOOKS:
    setattr(Told, hook, lambda self, *args, hook=hook: self.calls.append((hook, *args)))


def test_every_hook_gets_a_dictionary():
    told = Told()
    model = net(metrics=["mae"])
    model.fit(X, Y, batch_size=4, verbose=0, callbacks=[told], validation_data=(X, Y))
    model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[told])
    model.predict(X, batch_size=4, verbose=0, callbacks=[told])
    assert {call[0] for call in told.calls} == set(HOOKS)
    for hook, *args in told.calls:
        assert len(args) == (2 if "batch" in hook or "epoch" in hook else 1), hook
        assert type(args[-1]) is dict, hook
    by_hook = {hook: args[-1] for hook, *args in told.calls}
    assert all(by_hook[hook] == {} for hook in HOOKS if hook.endswith("_begin"))
    assert by_hook["on_epoch_end"].keys() == {"loss", "mae", "val_loss", "val_mae"}
    assert by_hook["on_train_batch_end"].keys() == by_hook["on_test_batch_end"].keys() == {"loss", "mae"}


def test_functions_as_hooks_get_it_too():
    seen = []
    model = net()
    callback = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: seen.append(logs),
                                              on_epoch_begin=lambda epoch, logs: seen.append((epoch, logs)))
    model.fit(X, Y, verbose=0, callbacks=[callback])
    assert seen == [{}, (0, {})]


@pytest.mark.parametrize("make, epochs", [
    (lambda: keras.callbacks.StopAtLoss(threshold=1e9), 1), (lambda: keras.callbacks.StopAtLoss(-1.0), 5),
    (lambda: keras.callbacks.StopAtSmallUpdates(threshold=1e9), 1),
    (lambda: keras.callbacks.StopAtSmallUpdates(1e-30), 5)])
def test_stopping_at_a_loss_and_at_small_updates(make, epochs):
    assert len(net().fit(X, Y, epochs=5, verbose=0, callbacks=[make()]).epoch) == epochs
    with pytest.raises(TypeError, match="missing a required argument: 'threshold'"):
        keras.callbacks.StopAtLoss()


@pytest.mark.parametrize("arguments, filled", [
    ({}, ""), ({"validation_data": (X, Y)}, "0123"), ({"validation_data": (X, Y), "validation_freq": 2}, "13")])
def test_csv_logger_keeps_the_columns_of_validation(tmp_path, arguments, filled):
    """As Keras: the columns are there from the first epoch on, NA where nothing was validated."""
    model = net(metrics=["mae"])
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    history = model.fit(X, Y, epochs=4, verbose=0, callbacks=[log], **arguments).history
    head, *rows = [line.split(",") for line in (tmp_path / "log.csv").read_text().split()]
    assert head == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    validated = [row for row in rows if "NA" not in row]
    assert [row[0] for row in validated] == list(filled)
    assert [float(row[3]) for row in validated] == history.get("val_loss", [])
    assert all(row[3:] == ["NA", "NA"] for row in rows if row not in validated)


class PrecisionAndRecall(metrics.Metric):
    """Two values of one pass."""
    def __init__(self, name="both", **kwargs):
        super().__init__(name=name, **kwargs)
        for count in ("hit", "said", "there"):
            setattr(self, count, self.add_weight(name=count, initializer="zeros"))

    def update_state(self, y_true, y_pred, sample_weight=None):
        said = keras.ops.cast(y_pred > 0.5, "float32")
        self.hit.assign_add(keras.ops.sum(y_true * said))
        self.said.assign_add(keras.ops.sum(said))
        self.there.assign_add(keras.ops.sum(y_true))

    def result(self):
        return {"precision": self.hit / self.said, "recall": self.hit / self.there}


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_metric_of_several_values(eagerly):
    ones, targets = np.ones((4, 3), "float32"), np.array([[1.0], [1], [1], [0]], "float32")
    model = net(optimizers.SGD(0.0), metrics=[PrecisionAndRecall(), "mae"], run_eagerly=eagerly)
    expected = {"precision": 0.75, "recall": 1.0}
    told = Told()
    history = model.fit(ones, targets, batch_size=3, epochs=2, verbose=0, callbacks=[told], shuffle=False,
                        validation_data=(ones, targets)).history
    assert history.keys() == {"loss", "mae", "precision", "recall", "val_loss", "val_mae", "val_precision", "val_recall"}
    assert all(history[prefix + name] == [value] * 2 for name, value in expected.items() for prefix in ("", "val_"))
    logs = [args[-1] for hook, *args in told.calls if hook == "on_train_batch_end"]
    assert [one["precision"] for one in logs] == [1.0, 0.75] * 2
    values = model.evaluate(ones, targets, verbose=0, return_dict=True)
    assert {name: values[name] for name in expected} == expected
    assert len(model.evaluate(ones, targets, verbose=0)) == 4
    assert model.train_on_batch(ones, targets, return_dict=True)["recall"] == 1.0


# ---- optimizers


@pytest.mark.parametrize("how", [{"var_names": ["bias"]}, {"var_list": "bias"}])
def test_variables_without_weight_decay(how):
    """No gradient moves the weights: only the decay does, by rate * decay."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="ones", bias_initializer="ones")])
    if "var_list" in how:
        how = {"var_list": [model.layers[0].bias]}
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(**how)
    model.compile(optimizer, "mse")
    model.train_on_batch(np.zeros((4, 3)), np.ones((4, 1)))
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(kernel, 0.95, rtol=1e-6)
    assert bias == 1
    with pytest.raises(RuntimeError, match="must be called before build"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])


def test_averages_take_the_place_of_chosen_variables():
    model = net(optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    right, after = Network(model.layers, optimizer=SGD(0.1)), []
    for _ in range(2):
        model.train_on_batch(X, Y)
        right.step(X, Y)
        after.append([w.copy() for w in right.weights])
    kernel, bias = model.get_weights()
    averages = [np.asarray(v) for v in model.optimizer.variables if v.name.endswith("average")]
    for average, first, second in zip(averages, *after, strict=True):  # the first update's weights are the first average
        np.testing.assert_allclose(average, (first + second) / 2, rtol=1e-5, atol=1e-7)
    model.optimizer.finalize_variable_values([model.layers[0].bias])
    np.testing.assert_array_equal(model.get_weights()[0], kernel)
    np.testing.assert_array_equal(model.get_weights()[1], averages[1])
    model.optimizer.finalize_variable_values(model.trainable_variables)
    np.testing.assert_array_equal(model.get_weights()[0], averages[0])
    np.testing.assert_allclose(bias, after[1][1], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("make", [
    lambda n: optimizers.SGD(0.1, weight_decay=0.1, gradient_accumulation_steps=n),
    lambda n: optimizers.Adam(0.1, gradient_accumulation_steps=n),
    lambda n: optimizers.SGD(schedules.ExponentialDecay(0.1, 1, 0.5), gradient_accumulation_steps=n),
    lambda n: optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=n),
    lambda n: optimizers.Adam(schedules.CosineDecay(0.1, 4), use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2,
                              gradient_accumulation_steps=n)])
def test_gathered_gradients_are_those_of_one_large_batch(make):
    """Whatever happens once per update: decay, moments, schedules, averages."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 3)).astype("float32"), rng.normal(size=(24, 1)).astype("float32")
    ends = []
    for parts in (None, 3):
        model = net(make(parts))
        model.fit(x, y, batch_size=12 // (parts or 1), epochs=2, shuffle=False, verbose=0)
        ends.append([*model.get_weights(), float(model.optimizer.learning_rate), int(model.optimizer.iterations)])
    for a, b in zip(*ends, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


# ---- what is shown


def test_modules_show_what_they_have():
    assert {"EarlyStopping", "StopAtLoss", "Callback"} <= set(dir(keras.callbacks))
    for name in keras.__all__:
        module = getattr(keras, name)
        if name not in keras._MODULES:
            continue
        assert dir(module) == sorted(module.__all__), name
        assert all(hasattr(module, one) for one in dir(module)), name
        assert not {"Configurable", "told", "for_compile", "wrap_model"} & set(dir(module)), name
    space = {}
    exec("from cornu.layers import *", space)
    assert {"Dense", "Dropout", "Layer", "Input"} <= space.keys() and "LSTM" not in space


def test_objects_show_their_arguments_and_weights():
    layer = layers.Dense(2)
    layer.build((None, 3))
    assert {"units", "activation", "kernel", "bias", "get_weights"} <= set(dir(layer))
    assert {"beta_1", "learning_rate"} <= set(dir(optimizers.Adam()))
