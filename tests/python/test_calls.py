"""Every argument of every function and method does something, or is refused: they are listed from the modules, and each
has a check here or the name of the test that has it. The classes of the registry are in test_arguments.py.
"""
import gzip
import importlib
import inspect
import json
import pathlib

import numpy as np
import pytest

import cornu as keras
from cornu import _core, ops

HERE = pathlib.Path(__file__).parent
X = np.arange(12, dtype="float32").reshape(6, 2) / 6
Y = X.sum(1, keepdims=True)


def model(**kwargs):
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones", name="d")], **kwargs)
    made.compile("sgd", "mse")
    return made


def refused(call, *words, kind=(ValueError, TypeError, NotImplementedError)):
    with pytest.raises(kind) as e:
        call()
    for word in words:
        assert word in str(e.value)


class Twice(keras.layers.Layer):
    """A layer of two inputs."""
    def call(self, a, b=0.0, training=None):
        return a + b


# ---- layers


def weight(**arguments):
    layer = Twice(dtype=arguments.pop("layer_dtype", None))
    return layer.add_weight(**{"shape": (2,), "initializer": "ones", **arguments})


def add_weight():
    assert tuple(weight(shape=(3, 1)).shape) == (3, 1) and weight(dtype="int32").dtype == "int32"
    assert np.asarray(weight(initializer="zeros")).tolist() == [0, 0]
    assert not weight(trainable=False).trainable and weight(name="w").name == "w"
    layer = Twice()
    layer.add_weight((2,), "ones", regularizer=keras.regularizers.L1(1.0))
    layer(X)
    assert [float(loss) for loss in layer.losses] == [2]
    assert weight(autocast=False).dtype == weight().dtype == "float32"  # one type to compute in
    for aggregation in (None, "none", "mean", "sum", "only_first_replica"):
        weight(aggregation=aggregation)
    refused(lambda: weight(aggregation="median"), "add_weight", "'median'")
    refused(lambda: weight(overwrite_with_gradient=True), "add_weight", "overwrite_with_gradient")


def layer_init():
    assert Twice(name="n").name == "n" and not Twice(trainable=False).trainable
    assert Twice(dtype="float64")(X).dtype == "float64"
    wide = X.astype("float64")
    tensor = ops.cast(wide, "float64")
    assert Twice()(tensor).dtype == "float32" and Twice(autocast=False)(tensor).dtype == "float64"
    assert keras.layers.ReLU(autocast=False)(tensor).dtype == "float64"
    assert Twice(autocast=False)(tensor, tensor).dtype == "float64"
    for given in ({"input_shape": (4,)}, {"input_dim": 4}, {"batch_input_shape": (None, 4)}):
        assert keras.Sequential([keras.layers.Dense(1, **given)]).input_shape == (None, 4)
    refused(lambda: keras.layers.Dense(1, batch_input_shape=(8, 4)), "Dense", "(8, 4)")
    refused(lambda: keras.layers.Dropout(.5, activity_regularizer="l2"), "Dropout", "activity_regularizer")
    refused(lambda: Twice(unit=3), "Twice", "'unit'")
    refused(lambda: Twice(3), "Twice", "3")


def layer_call():
    masked = keras.layers.Softmax()(np.zeros((1, 3), "float32"), mask=np.array([[True, True, False]]))
    assert np.asarray(masked).tolist() == [[.5, .5, 0]]
    dropped = keras.layers.Dropout(.9)
    assert (np.asarray(dropped(X, training=False)) == X).all() and (np.asarray(dropped(X, training=True)) != X).any()
    refused(lambda: keras.layers.ReLU()(X, X), "ReLU")
    refused(lambda: keras.layers.ReLU()(X, masks=None), "ReLU", "masks")
    refused(lambda: keras.layers.ReLU().call(X, 3), "ReLU", "3")

    class Masked(keras.layers.Softmax):
        def call(self, x, mask=None):
            return super().call(x, mask=mask)
    assert np.asarray(Masked()(np.zeros((1, 3), "float32"), mask=np.array([[True, True, False]]))).tolist() == [[.5, .5, 0]]


def adapt():
    def mean(**arguments):
        layer = keras.layers.Normalization()
        layer.adapt(X, **arguments)
        return float(np.asarray(layer.mean).reshape(-1)[0])
    assert mean(batch_size=2) == mean() and np.isclose(mean(batch_size=2, steps=2), X[:4, 0].mean())
    refused(lambda: mean(batch_size=0), "adapt", "batch_size")


def layer_facts():
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    assert layer.compute_output_shape((7, 2)) == (7, 3)
    layer.set_weights([np.ones((2, 3)), np.ones(3)])
    assert np.asarray(layer.kernel).tolist() == np.ones((2, 3)).tolist()
    other = keras.layers.Dense(3)
    other.build_from_config({"input_shape": (None, 5)})
    assert tuple(other.kernel.shape) == (5, 3)

    class Adds(keras.layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x
    adds = Adds()
    adds(X)
    assert np.isclose(float(adds.losses[0]), X.sum())


# ---- models


def model_init():
    assert model(name="m").name == "m" and model(trainable=False).trainable_weights == []
    assert keras.Sequential([keras.layers.Dense(1)], trainable=False).layers[0].trainable
    refused(lambda: keras.Sequential([], dtype="float64"), "Sequential", "dtype")
    refused(lambda: keras.Sequential([], layer=3), "'layer'")

    class Own(keras.Model):
        def call(self, x):
            return x
    assert Own(name="o").name == "o" and not Own(trainable=False).trainable
    assert Own(dtype="float64")(X).dtype == "float64"
    refused(lambda: Own(inputs=X, outputs=X), "functional")
    refused(lambda: Own(dtypes="float64"), "'dtypes'")


def sequential_add():
    made = model()
    made.add(keras.layers.Dense(3), rebuild=False)  # weights are there as soon as somebody looks, either way
    assert made.predict(X, verbose=0).shape == (6, 3)
    made.pop(rebuild=False)
    assert made.predict(X, verbose=0).shape == (6, 1)


def get_layer():
    made = model()
    assert made.get_layer("d") is made.layers[0] is made.get_layer(index=0) is made.get_layer(index=-1)
    refused(made.get_layer, "neither")
    refused(lambda: made.get_layer("d", 0), "both")
    refused(lambda: made.get_layer(index=3), "1 layers", "3")
    refused(lambda: made.get_layer("e"), "'e'")


def summary():
    lines = []
    model().summary(line_length=60, print_fn=lines.append)
    assert len(lines[0].splitlines()[1]) <= 60
    for given in ({"positions": [.3, .6, 1.]}, {"expand_nested": True}, {"show_trainable": True},
                  {"layer_range": ["d", "d"]}):
        refused(lambda: model().summary(**given), "summary", next(iter(given)))


def compile_arguments():
    for given in ({"optimizer": 3}, {"steps_per_execution": 0}, {"steps_per_execution": 1.5}, {"jit_compile": "yes"},
                  {"run_eagerly": None}, {"auto_scale_loss": 2}, {"loss_weights": [1, 2]}, {"loss_weights": float("nan")},
                  {"metrics": {"a": "mae", "b": "mae"}}, {"loss": ["mse", "mse"]}):
        refused(lambda: model().compile(**{"optimizer": "sgd", "loss": "mse", **given}))
    for given in ({"jit_compile": True}, {"jit_compile": False}, {"auto_scale_loss": False}, {"auto_scale_loss": True}):
        made = model()
        made.compile("sgd", "mse", **given)
        assert made.fit(X, Y, verbose=0, shuffle=False).history == model().fit(X, Y, verbose=0, shuffle=False).history
        assert "jit_compile" not in given or made.get_compile_config()["jit_compile"] is given["jit_compile"]
    with pytest.warns(UserWarning, match="jit_compile"):
        model().compile("sgd", "mse", run_eagerly=True, jit_compile=True)


def compile_values():
    def loss(**given):
        made = model()
        made.compile(**{"optimizer": "sgd", "loss": "mse", **given})
        return made.evaluate(X, Y + 1, sample_weight=np.arange(6.0), verbose=0, return_dict=True)
    plain = loss()
    assert np.isclose(loss(loss_weights=3.0)["loss"], 3 * plain["loss"])
    assert np.isclose(loss(loss=["mae"])["loss"], 15 / 6) and np.isclose(plain["loss"], 15 / 6)
    assert np.isclose(loss(metrics=["mse"])["mse" if "mse" in loss(metrics=["mse"]) else "mean_squared_error"], 1)
    assert len(loss(weighted_metrics=["mae"])) == 2
    assert np.isclose(loss(run_eagerly=True)["loss"], plain["loss"])
    made = model()
    made.compile(keras.optimizers.SGD(.5), "mse")
    assert made.optimizer.learning_rate == .5


def fit_arguments():
    def trained(**given):
        keras.utils.set_random_seed(3)
        made = model()
        history = made.fit(X, Y * 2 + 1, **{"verbose": 0, "shuffle": False, **given})
        return made, history
    def weights(**given):
        return [w.tolist() for w in trained(**given)[0].get_weights()]
    plain = weights()
    changes = [{"batch_size": 2}, {"epochs": 2}, {"validation_split": .5}, {"class_weight": {1: 5.0}},
               {"sample_weight": np.arange(6.0)}, {"batch_size": 2, "steps_per_epoch": 1}]
    assert all(weights(**given) != plain for given in changes)
    assert weights(batch_size=2, shuffle=True) != weights(batch_size=2)
    assert len(trained(epochs=5, initial_epoch=3)[1].epoch) == 2
    both = {"validation_data": (X, Y), "epochs": 2}
    assert len(trained(**both)[1].history["val_loss"]) == 2
    assert len(trained(**both, validation_freq=2)[1].history["val_loss"]) == 1
    few = trained(**both, validation_batch_size=2, validation_steps=1)[1].history["val_loss"]
    assert few != trained(**both)[1].history["val_loss"]
    seen = []
    trained(callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))])
    assert seen == [0]
    for given in ({"verbose": 3}, {"verbose": "loud"}, {"shuffle": "batch"}, {"batch_size": 0}, {"epochs": -1},
                  {"class_weight": {0: float("nan")}}, {"validation_data": X}, {"callbacks": [3]},
                  {"class_weight": {0: 1.0}, "sample_weight": np.ones(6)}, {"validation_split": 1.0}):
        refused(lambda: trained(**given), "fit" if "verbose" not in given else "verbose")


def evaluate_arguments():
    made, far = model(), Y + np.arange(6.0)[:, None]
    plain = made.evaluate(X, far, verbose=0)
    assert made.evaluate(X, far, verbose=0, batch_size=2, steps=1) != plain
    assert made.evaluate(X, far, verbose=0, sample_weight=np.arange(6.0)) != plain
    assert set(made.evaluate(X, far, verbose=0, return_dict=True)) == {"loss"}
    for given in ({"verbose": 7}, {"batch_size": 0}, {"steps": 0}, {"callbacks": [3]}):
        refused(lambda: made.evaluate(X, far, **given), next(iter(given)))


def predict_arguments():
    made, seen = model(), []
    assert len(made.predict(X, batch_size=2, steps=2, verbose=0)) == 4
    made.predict(X, verbose=0, batch_size=4, callbacks=[keras.callbacks.LambdaCallback(
        on_predict_batch_end=lambda batch, logs: seen.append(len(logs["outputs"])))])
    assert seen == [4, 2]
    for given in ({"verbose": 7}, {"batch_size": 0}, {"steps": 0}, {"callbacks": [3]}):
        refused(lambda: made.predict(X, **given), next(iter(given)))


def single_batches():
    made, far = model(), Y + np.arange(6.0)[:, None]
    plain = made.test_on_batch(X, far)
    assert made.test_on_batch(X, far, sample_weight=np.arange(6.0)) != plain
    assert set(made.test_on_batch(X, far, return_dict=True)) == {"loss"}
    assert model().train_on_batch(X, far, sample_weight=np.arange(6.0)) != plain
    counts = np.arange(6.0)[:, None]
    assert model().train_on_batch(X, counts, class_weight={3: 9.0}) != model().train_on_batch(X, counts)
    assert set(model().train_on_batch(X, far, return_dict=True)) == {"loss"}
    refused(lambda: made.train_on_batch(X, far, np.ones(6), {0: 1.0}), "train_on_batch", "not both")
    assert made.predict_on_batch(X[:3]).shape == (3, 1)


# ---- metrics, losses, optimizers, callbacks


class Count(keras.metrics.Metric):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.n = self.add_weight(shape=(2,), initializer="ones", dtype="int32", name="n")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.n.assign_add([1, 1])

    def result(self):
        return ops.sum(self.n)


def metric():
    count = Count(name="c", dtype="float64")
    assert (count.name, count.dtype, count.n.dtype, tuple(count.n.shape), count.n.name) == (
        "c", "float64", "int32", (2,), "n")
    refused(lambda: Count(names="c"), "Count", "'names'")
    refused(lambda: count.add_variable(aggregation="most"), "'most'")
    assert tuple(count.add_variable((3,), "ones", "float32", "mean", "v").shape) == (3,)
    mean = keras.metrics.Mean()
    assert np.isclose(float(mean(values=[1.0, 3.0], sample_weight=[1.0, 0.0])), 1)
    refused(lambda: mean.update_state([1.0], weights=[1.0]), "Mean", "'weights'")
    refused(mean.update_state, "values")
    error = keras.metrics.MeanSquaredError()
    refused(lambda: error.update_state([1.0], [1.0], sample_weights=[1.0]), "'sample_weights'")
    refused(lambda: error.update_state([1.0], [1.0], [1.0], [1.0]), "4 arguments")
    refused(lambda: error.update_state([1.0], [1.0], y_true=[1.0]), "'y_true'", "twice")


class Difference(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean(y_true - y_pred, axis=-1)


def loss():
    y, p = np.array([[1.0], [3.0]]), np.zeros((2, 1))
    assert float(Difference()(y, p)) == 2 and float(Difference(reduction="sum")(y, p)) == 4
    assert np.asarray(Difference(reduction=None)(y, p)).tolist() == [1, 3] and Difference(name="d").name == "d"
    assert np.asarray(keras.losses.MeanSquaredError(reduction=None)(y, p)).tolist() == [1, 9]
    assert float(Difference()(y, p, sample_weight=[1.0, 0.0])) == .5
    assert np.asarray(keras.losses.MeanSquaredError().call(y, p)).tolist() == [1, 9]
    for kind in Difference, keras.losses.MeanSquaredError:
        assert kind(dtype="float64")(y, p).dtype == "float64" and kind(dtype="float32")(y, p).dtype == "float32"
    made = model()
    made.compile("sgd", keras.losses.MeanSquaredError(dtype="float64"))
    assert np.isclose(made.evaluate(X, Y + 1, verbose=0), 1)
    refused(lambda: Difference(reduction="average"), "'average'")
    refused(lambda: Difference(reducton="sum"), "'reducton'")


def optimizer():
    a, b = (keras.Variable([1.0], name=name) for name in "ab")
    sgd = keras.optimizers.SGD(.5)
    sgd.build([a, b])
    sgd.apply([np.array([2.0])], [b])  # of some of the variables
    assert (float(a[0]), float(b[0])) == (1, 0)
    sgd.apply_gradients([(np.array([4.0]), a), (np.array([2.0]), b)])
    assert (float(a[0]), float(b[0])) == (-1, -1)
    refused(lambda: sgd.apply([np.array([2.0])], [a, b]), "a gradient for each variable", "got 1 for 2")
    refused(lambda: sgd.apply([np.array([2.0])], [keras.Variable([1.0])]), "not among")
    sgd.assign(a, [1.0]), sgd.assign_add(a, [2.0]), sgd.assign_sub(a, [.5])
    assert float(a[0]) == 2.5
    class Own(keras.optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)
            self.slot = self.add_variable_from_reference(variables[0], name="s", initializer="ones")
        def update_step(self, gradient, variable, learning_rate):
            variable.assign_sub(gradient * learning_rate)
    own = Own(learning_rate=.25, name="o")
    own.build([a])
    assert float(own.slot[0]) == 1 and own.name == "o" and own.learning_rate == .25
    own.apply([np.array([2.0])])
    assert float(a[0]) == 2
    refused(lambda: Own(rate=.1), "Own", "'rate'")


def callbacks():
    rates = []
    made = model()
    made.fit(X, Y, epochs=2, verbose=0, callbacks=[
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2, verbose=0),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: rates.append(logs["learning_rate"]))])
    assert np.allclose(rates, [.005, .0025])
    refused(lambda: keras.callbacks.LambdaCallback(on_batch_finish=print), "on_batch_finish")


def lambda_hooks():
    for hook in ("on_epoch_begin", "on_epoch_end", "on_train_begin", "on_train_end", "on_train_batch_begin",
                 "on_train_batch_end", "on_test_end"):
        seen = []
        model().fit(X, Y, verbose=0, validation_data=(X, Y),
                    callbacks=[keras.callbacks.LambdaCallback(**{hook: lambda *a: seen.append(1)})])
        assert seen, hook


# ---- utils, random, tree, saving


def categorical():
    assert keras.utils.to_categorical([0, 2]).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert keras.utils.to_categorical([[0], [1]], num_classes=3).shape == (2, 3)
    assert keras.utils.to_categorical([[0, 1], [1, 0]]).shape == (2, 2, 2)
    assert np.asarray(keras.utils.to_categorical(ops.array([1, 0]))).tolist() == [[0, 1], [1, 0]]
    for labels, classes in (([-1, 0], None), ([0, 3], 3), ([.5, 1], None)):
        refused(lambda: keras.utils.to_categorical(labels, classes), "to_categorical")


def normalize():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert np.allclose(keras.utils.normalize(x), [[.6, .8], [0, 0]])
    assert np.allclose(keras.utils.normalize(x, axis=0), [[1, 1], [0, 0]])
    assert np.allclose(keras.utils.normalize(x, order=1), [[3 / 7, 4 / 7], [0, 0]])
    assert np.allclose(keras.utils.normalize(x, axis=None), [[.6, .8], [0, 0]])
    assert np.allclose(np.asarray(keras.utils.normalize(ops.array(x))), [[.6, .8], [0, 0]])


def random():
    r = keras.random
    draws = {"normal": {"mean": 5.0, "stddev": 9.0}, "truncated_normal": {"mean": 5.0, "stddev": 9.0},
             "uniform": {"minval": .5, "maxval": 2.0}}
    for name, options in draws.items():
        draw = getattr(r, name)
        plain = np.asarray(draw((4,), seed=1))
        assert np.asarray(draw((4, 2), seed=1)).shape == (4, 2) and draw((1,), dtype="float64", seed=1).dtype == "float64"
        assert (np.asarray(draw((4,), seed=2)) != plain).all()
        for option, value in options.items():
            assert (np.asarray(draw((4,), seed=1, **{option: value})) != plain).all(), (name, option)
    assert set(np.asarray(r.randint((200,), 2, 5, seed=1)).tolist()) == {2, 3, 4}
    assert r.randint((1,), 2, 5, dtype="float32", seed=1).dtype == "float32"
    logits = np.array([[0.0, -99.0], [-99.0, 0.0]], "float32")
    assert np.asarray(r.categorical(logits, 3, seed=1)).tolist() == [[0, 0, 0], [1, 1, 1]]
    assert r.categorical(logits, 3, dtype="float32", seed=1).dtype == "float32"
    assert np.asarray(r.binomial((3,), 5, 1.0, seed=1)).tolist() == [5, 5, 5]
    assert r.binomial((3,), 5, 0.0, dtype="float64", seed=1).dtype == "float64"
    ones = np.ones((40, 2), "float32")
    rows = np.asarray(r.dropout(ones, .5, noise_shape=(None, 1), seed=1))
    assert (rows[:, 0] == rows[:, 1]).all() and set(rows.ravel().tolist()) == {0, 2}
    assert (np.asarray(r.dropout(ones, 0.0, seed=1)) == 1).all()
    x = np.arange(20).reshape(2, 10)
    assert sorted(np.asarray(r.shuffle(x, axis=1, seed=1))[0].tolist()) == list(range(10))
    assert np.asarray(r.shuffle(x, axis=1, seed=1)).tolist() != np.asarray(r.shuffle(x, axis=1, seed=2)).tolist()
    a, b = r.SeedGenerator(3, name="s"), r.SeedGenerator(3)
    assert a.name == "s" and np.asarray(a.next(ordered=False)).tolist() == np.asarray(b.next()).tolist()
    refused(lambda: r.SeedGenerator(seeds=3), "'seeds'")


def tree():
    t = keras.tree
    nested = {"b": 1, "a": [2, (3, None)]}
    assert t.flatten(nested) == [2, 3, None, 1] and t.pack_sequence_as(nested, [5, 6, 7, 8]) == {"b": 8, "a": [5, (6, 7)]}
    assert t.map_structure(lambda v: v, nested) == nested
    assert t.map_structure(lambda v: v + 1, nested, none_is_leaf=False) == {"b": 2, "a": [3, (4, None)]}
    refused(lambda: t.pack_sequence_as(nested, [1]), "4 leaves", "1")
    refused(lambda: t.map_structure(lambda *v: v, [1, 2], [1]), "list of 2", "list of 1")
    refused(lambda: t.assert_same_structure({"a": 1}, {"b": 1}), "['a']", "['b']")


def saving():
    assert keras.saving.get_registered_object("x", {"x": 1}) == 1 == keras.saving.get_registered_object("x", None, {"x": 1})
    refused(lambda: keras.utils.split_dataset([1]), "split_dataset")
    refused(lambda: keras.utils.plot_model(model()), "plot_model")
    refused(lambda: ops.convert_to_tensor([1], sparse=True), "sparse")
    refused(lambda: ops.convert_to_tensor([1], ragged=True), "ragged")
    refused(lambda: ops.moments(X, 0, synchronized=True), "synchronized")
    refused(lambda: ops.one_hot([1], 2, sparse=True), "sparse")


def spec():
    one = keras.InputSpec
    x = np.zeros((2, 3), "float32")
    def takes(given, x=x):
        class Own(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.input_spec = given
            def call(self, x):
                return x
        Own()(x)
    for good, bad in (({"ndim": 2}, {"ndim": 3}), ({"max_ndim": 2}, {"max_ndim": 1}), ({"min_ndim": 2}, {"min_ndim": 3}),
                      ({"shape": (None, 3)}, {"shape": (None, 4)}), ({"axes": {-1: 3}}, {"axes": {-1: 4}}),
                      ({"dtype": "float32"}, {"dtype": "int32"})):
        takes(one(**good))
        refused(lambda: takes(one(**bad)), "Own", "expected")
    refused(lambda: takes(one(shape=(None, 3, 1))), "shape")
    takes(one(shape=(None, 3, 1), allow_last_axis_squeeze=True))
    assert one(name="n").name == "n" and one(optional=True)._fault(None) is None and one()._fault(None)


def inputs():
    assert keras.Input((3,)).shape == (None, 3) and keras.Input(batch_shape=(2, 3)).shape == (2, 3)
    assert keras.Input((3,), batch_size=2).shape == (2, 3) and keras.Input((3,), name="i").name == "i"
    assert keras.Input((3,), dtype="int32").dtype == "int32"
    for given in ({"sparse": True}, {"ragged": True}, {"optional": True}, {"tensor": X}):
        refused(lambda: keras.Input((3,), **given), "not supported")
    refused(lambda: keras.Input((3,), batch_shape=(2, 3)), "not both")
    refused(lambda: keras.layers.InputLayer((3,), shapes=3), "'shapes'")
    refused(lambda: keras.layers.InputLayer((3,), input_tensor=X), "not supported")


def mnist(tmp_path, monkeypatch):
    """A path is that of a file, or of one in ~/.keras/datasets; another data set never takes its place."""
    from cornu.datasets import fashion_mnist, mnist
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CORNU_MNIST", raising=False)
    monkeypatch.setenv("CORNU_FASHION_MNIST", str(tmp_path))
    (tmp_path / ".keras/datasets").mkdir(parents=True)

    def write(path, label):
        np.savez(path, **{f"{k}_{part}": np.full(3, label) for k in "xy" for part in ("train", "test")})
    write(tmp_path / ".keras/datasets/mnist.npz", 1)
    write(tmp_path / ".keras/datasets/mine.npz", 2)
    write(tmp_path / "here.npz", 3)
    for given, label in ((), 1), (("mine.npz",), 2), ((str(tmp_path / "here.npz"),), 3):
        assert mnist.load_data(*given)[1][1].tolist() == [label] * 3
    refused(lambda: mnist.load_data("missing.npz"), "mnist", "missing.npz", kind=FileNotFoundError)
    with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb") as f:
        f.write(b"not one")
    refused(fashion_mnist.load_data, "not an IDX file")


#: Of each function and method, its arguments that a check here holds, or a test elsewhere ("file.py:words in it").
CHECKS = {
    add_weight: {"Layer.add_weight": "shape initializer dtype trainable autocast regularizer aggregation "
                                     "overwrite_with_gradient name"},
    layer_init: {"Layer.__init__": "trainable dtype name autocast input_shape input_dim batch_input_shape "
                                   "activity_regularizer args kwargs"},
    layer_call: {"Layer.__call__": "args kwargs", "Layer.call": "inputs args kwargs", "Model.__call__": "args kwargs"},
    adapt: {"Layer.adapt": "data batch_size steps"},
    layer_facts: {"Layer.compute_output_shape": "input_shape", "Layer.set_weights": "weights", "Layer.build": "input_shape",
                  "Layer.build_from_config": "config", "Layer.add_loss": "loss"},
    model_init: {"Model.__init__": "args name trainable dtype inputs outputs kwargs", "Model.build": "input_shape",
                 "Sequential.__init__": "layers trainable name kwargs", "Model.build_from_config": "config"},
    sequential_add: {"Sequential.add": "layer rebuild", "Sequential.pop": "rebuild"},
    get_layer: {"Model.get_layer": "name index"},
    summary: {"Model.summary": "line_length positions print_fn expand_nested show_trainable layer_range"},
    compile_arguments: {"Model.compile": "jit_compile auto_scale_loss"},
    compile_values: {"Model.compile": "optimizer loss loss_weights metrics weighted_metrics run_eagerly"},
    fit_arguments: {"Model.fit": "x y batch_size epochs verbose callbacks validation_split validation_data shuffle "
                                 "class_weight sample_weight initial_epoch steps_per_epoch validation_steps "
                                 "validation_batch_size validation_freq"},
    evaluate_arguments: {"Model.evaluate": "x y batch_size verbose sample_weight steps callbacks return_dict"},
    predict_arguments: {"Model.predict": "x batch_size verbose steps callbacks"},
    single_batches: {"Model.train_on_batch": "x y sample_weight class_weight return_dict",
                     "Model.test_on_batch": "x y sample_weight return_dict", "Model.predict_on_batch": "x"},
    metric: {"Metric.__init__": "args name dtype kwargs", "Metric.add_variable": "shape initializer dtype aggregation name",
             "Metric.add_weight": "shape initializer dtype name aggregation", "Metric.update_state": "args kwargs",
             "Metric.__call__": "args kwargs"},
    loss: {"Loss.__init__": "args name reduction dtype kwargs", "Loss.__call__": "y_true y_pred sample_weight",
           "Loss.call": "y_true y_pred"},
    optimizer: {"Optimizer.__init__": "args kwargs", "Optimizer.apply": "grads trainable_variables",
                "Optimizer.apply_gradients": "grads_and_vars", "Optimizer.assign": "variable value",
                "Optimizer.assign_add": "variable value", "Optimizer.assign_sub": "variable value",
                "Optimizer.build": "variables", "Optimizer.update_step": "gradient variable learning_rate",
                "Optimizer.add_variable_from_reference": "reference_variable name initializer"},
    callbacks: {"LearningRateScheduler.__init__": "schedule", "LambdaCallback.__init__": "kwargs"},
    lambda_hooks: {"LambdaCallback.__init__": "on_epoch_begin on_epoch_end on_train_begin on_train_end "
                                              "on_train_batch_begin on_train_batch_end"},
    categorical: {"utils.to_categorical": "x num_classes"},
    normalize: {"utils.normalize": "x axis order"},
    random: {"random.normal": "shape mean stddev dtype seed", "random.truncated_normal": "shape mean stddev dtype seed",
             "random.uniform": "shape minval maxval dtype seed", "random.randint": "shape minval maxval dtype seed",
             "random.categorical": "logits num_samples dtype seed", "random.shuffle": "x axis seed",
             "random.binomial": "shape counts probabilities dtype seed",
             "random.dropout": "inputs rate noise_shape seed", "SeedGenerator.__init__": "seed name kwargs",
             "SeedGenerator.next": "ordered"},
    tree: {"tree.flatten": "structure", "tree.is_nested": "structure", "tree.assert_same_structure": "a b",
           "tree.map_structure": "func structures none_is_leaf", "tree.pack_sequence_as": "structure flat_sequence"},
    saving: {"saving.get_registered_object": "name custom_objects module_objects",
             "utils.split_dataset": "dataset left_size right_size shuffle seed", "utils.plot_model": "args kwargs"},
    spec: {"InputSpec.__init__": "dtype shape ndim max_ndim min_ndim axes allow_last_axis_squeeze name optional"},
    mnist: {"datasets.mnist.load_data": "path"},
    inputs: {"layers.Input": "shape batch_size dtype sparse ragged batch_shape name tensor optional",
             "InputLayer.__init__": "shape batch_size dtype sparse ragged batch_shape input_tensor optional name kwargs"},
    "test_round_trips.py:skip_mismatch=True": {"Model.load_weights": "filepath skip_mismatch",
                                               "saving.load_weights": "model filepath skip_mismatch kwargs"},
    "test_round_trips.py:objects_to_skip": {"Model.load_weights": "objects_to_skip by_name"},
    "test_round_trips.py:zipped": {"Model.save": "filepath overwrite zipped kwargs",
                                   "saving.save_model": "model filepath overwrite zipped kwargs",
                                   "Model.save_weights": "filepath overwrite max_shard_size",
                                   "saving.save_weights": "model filepath overwrite kwargs"},
    "test_round_trips.py:def test_clone_functions": {
        "models.clone_model": "model input_tensors clone_function call_function recursive kwargs"},
    "test_round_trips.py:def test_json": {"Model.to_json": "kwargs", "models.model_from_json": "json_string custom_objects"},
    "test_round_trips.py:custom_objects": {"saving.load_model": "filepath custom_objects compile safe_mode",
                                           "saving.deserialize_keras_object": "config custom_objects safe_mode kind",
                                           "activations.deserialize": "config custom_objects"},
    "test_layer_calls.py:steps_per_execution": {"Model.compile": "steps_per_execution"},
    "test_steps.py:constraint": {"Layer.add_weight": "constraint"},
    "test_streams.py:workers": {"PyDataset.__init__": "workers use_multiprocessing max_queue_size"},
    "test_callbacks.py:exclude_from_weight_decay": {"Optimizer.exclude_from_weight_decay": "var_list var_names"},
    "test_callbacks.py:finalize_variable_values": {"Optimizer.finalize_variable_values": "var_list"},
    "test_arguments.py:scale_loss": {"Optimizer.scale_loss": "loss"},
    "test_training.py:LearningRateScheduler": {"LearningRateScheduler.__init__": "verbose"},
}
#: What takes one thing and is that thing, or sets a value of the process; and what the engine or Keras' hooks call.
PLAIN = {"utils.clear_session", "utils.set_random_seed", "utils.register_keras_serializable", "activations.get", "losses.get",
         "utils.get_registered_name", "activations.serialize", "Optimizer.minimize", "LearningRateScheduler.on_epoch_begin",
         "LearningRateScheduler.on_epoch_end", "DTypePolicy.__init__", "utils.serialize_keras_object"}
SAME_AS = {"utils.deserialize_keras_object": "saving.deserialize_keras_object", "models.load_model": "saving.load_model",
           "models.save_model": "saving.save_model", "utils.get_registered_object": "saving.get_registered_object"}


@pytest.mark.parametrize("check", [c for c in CHECKS if callable(c)], ids=lambda check: check.__name__)
def test_check(check, request):
    check(*(request.getfixturevalue(p) for p in inspect.signature(check).parameters))


def listed():
    """(name, argument) of all functions and methods in public."""
    from cornu import _trainer
    for name in _core.callback_names():
        yield from ((f"{name}.__init__", p) for p in inspect.signature(getattr(keras.callbacks, name)).parameters)
    for module in ("utils", "random", "saving", "tree", "models", "activations", "losses", "layers",
                   *(f"datasets.{name}" for name in keras.datasets.__all__)):
        home = importlib.import_module("cornu." + module)
        for name in sorted(dir(home)):
            thing = getattr(home, name)
            if inspect.isfunction(thing) and name not in ("serialize", "deserialize") or (module, name) == (
                    "activations", "deserialize"):
                yield from ((f"{module}.{name}", p) for p in inspect.signature(thing).parameters)
    classes = (keras.layers.Layer, keras.Model, keras.Sequential, keras.metrics.Metric, keras.losses.Loss,
               keras.optimizers.Optimizer, keras.callbacks.LambdaCallback, keras.callbacks.LearningRateScheduler,
               keras.utils.PyDataset, keras.random.SeedGenerator, keras.InputSpec, keras.layers.InputLayer,
               keras.dtype_policies.DTypePolicy)
    for cls in classes:
        own = {**(vars(_trainer.Trainer) if cls is keras.Model else {}), **vars(cls)}
        if cls is keras.layers.Layer:
            own.update({n: f for n, f in inspect.getmembers(cls, inspect.isfunction)})
        for name, thing in own.items():
            if inspect.isfunction(thing) and (not name.startswith("_") or name in ("__init__", "__call__")):
                yield from ((f"{cls.__name__}.{name}", p) for p in list(inspect.signature(thing).parameters)[1:])


#: Hooks that a user overrides or calls with what the engine hands them: their arguments are the data of the step.
HOOKS = {"Model.train_step", "Model.test_step", "Model.compute_loss", "Model.compute_metrics", "Model.compile_from_config"}


def test_every_argument_is_held():
    held = {(name, p) for at in CHECKS.values() for name, arguments in at.items() for p in arguments.split()}
    for key in json.loads((HERE.parent / "arguments.json").read_text())["callbacks"]:  # test_callback_arguments.py
        name, p = key.split(".")
        held.add((name + ".__init__", p))
    plain = PLAIN | HOOKS | {name.replace("utils.", "saving.") for name in PLAIN}
    bare = [(name, p) for name, p in listed() if (SAME_AS.get(name, name), p) not in held and name not in plain]
    assert bare == []


def test_what_is_held_elsewhere_is_there():
    for at in CHECKS:
        if isinstance(at, str):
            file, words = at.split(":", 1)
            assert words in (HERE / file).read_text(), at
