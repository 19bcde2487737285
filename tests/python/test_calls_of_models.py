"""Every argument of the methods of models: honoured, or refused."""
import itertools

import numpy as np
import pytest
from call_checks import X, Y, model, refused
from numpy_network import Network

import cornu as keras


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
    refused(lambda: Own(inputs=X, outputs=X), "symbolic")
    refused(lambda: Own(inputs=X), "inputs and outputs")

    class Graph(keras.Model):
        pass
    i = keras.Input((2,))
    assert Graph(inputs=i, outputs=keras.layers.Dense(3)(i)).output_shape == (None, 3)
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
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="deep"), keras.layers.Dropout(0.5)], name="in")
    outer = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="first", trainable=False), inner,
                              keras.layers.Dense(2, name="last")])

    def rows(**given):
        text = []
        outer.summary(print_fn=text.append, **given)
        cells = [[cell.strip() for cell in line[1:-1].split("│")] for line in text[0].splitlines() if line[:1] == "│"]
        return {"".join(c[0].split()): c for c in cells if c[0]}, text[0].splitlines()
    plain, _ = rows()
    assert list(plain) == ["first(Dense)", "in(Sequential)", "last(Dense)"]
    nested, lines = rows(expand_nested=True, show_trainable=True)
    assert [name for name in nested if "└" in name][0] == "└deep(Dense)" and len(nested) == 5
    assert [nested[name][3] for name in nested] == ["N", "Y", "Y", "-", "Y"] and len(lines[1]) == 90
    assert list(rows(layer_range=["first", "in"])[0]) == ["first(Dense)", "in(Sequential)"]
    assert list(rows(layer_range=["l.*", "i"])[0]) == ["in(Sequential)", "last(Dense)"]
    assert [len(part) for part in rows(positions=[.5, .75, 1.])[1][1][1:-1].split("┳")] == [39, 19, 18]
    assert rows(positions=[40, 60, 80])[1] == rows(positions=[.5, .75, 1.])[1]
    refused(lambda: outer.summary(positions=[.5, 1.]), "summary", "positions")
    refused(lambda: outer.summary(positions=[.01, .5, 1.]), "Insufficient console width")
    refused(lambda: outer.summary(layer_range=["first"]), "summary", "layer_range")
    refused(lambda: outer.summary(layer_range=["x", "in"]), "layer_range", "'x'")


def compile_arguments():
    for given in ({"optimizer": 3}, {"steps_per_execution": 0}, {"steps_per_execution": 1.5}, {"jit_compile": "yes"},
                  {"run_eagerly": None}, {"auto_scale_loss": 2}, {"loss_weights": float("nan")}):
        refused(lambda: model().compile(**{"optimizer": "sgd", "loss": "mse", **given}))
    for given in {"loss_weights": [1, 2]}, {"loss": ["mse", "mse"]}, {"loss": {"e": "mse"}}:
        made = model()
        made.compile(**{"optimizer": "sgd", "loss": "mse", **given})
        refused(lambda: made.fit(X, Y, verbose=0), kind=(ValueError, KeyError))
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
    targets = Y * 2 + 1
    def right(*batches):
        """The weights after updates for such rows."""
        made = model()
        network = Network(made.layers)
        for rows, *row_weights in batches:
            network.step(X[rows], targets[rows], *row_weights)
        return network
    whole = slice(6)
    pairs = [(slice(0, 2),), (slice(2, 4),), (slice(4, 6),)]
    for given, batches in (
            ({}, [(whole,)]), ({"batch_size": 2}, pairs), ({"epochs": 2}, [(whole,)] * 2),
            ({"validation_split": .5}, [(slice(3),)]), ({"sample_weight": np.arange(6.0)}, [(whole, np.arange(6.0))]),
            ({"class_weight": {1: 5.0}}, [(whole, [5.0, 1, 1, 1, 1, 1])]),  # 4 / 3 is of class 1
            ({"batch_size": 2, "steps_per_epoch": 1}, pairs[:1]), ({"epochs": 5, "initial_epoch": 3}, [(whole,)] * 2)):
        right(*batches).check_weights(trained(**given)[0], rtol=1e-5)
    shuffled = np.concatenate([np.ravel(w) for w in weights(batch_size=2, shuffle=True)])
    orders = [right(*((list(order[i:i + 2]),) for i in (0, 2, 4))) for order in itertools.permutations(range(6))]
    fits = [np.allclose(np.concatenate([w.ravel() for w in one.weights]), shuffled, rtol=1e-5) for one in orders]
    assert any(fits) and not fits[0]
    assert len(trained(epochs=5, initial_epoch=3)[1].epoch) == 2
    both = {"validation_data": (X, Y), "epochs": 2}
    ends = [right(*[(whole,)] * epochs) for epochs in (1, 2)]
    validated = [one.losses(X, Y).mean() for one in ends]
    assert np.allclose(trained(**both)[1].history["val_loss"], validated)
    assert np.allclose(trained(**both, validation_freq=2)[1].history["val_loss"], validated[1:])
    few = trained(**both, validation_batch_size=2, validation_steps=1)[1].history["val_loss"]
    assert np.allclose(few, [one.losses(X[:2], Y[:2]).mean() for one in ends])
    seen = []
    trained(callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))])
    assert seen == [0]
    for given in ({"verbose": 3}, {"verbose": "loud"}, {"shuffle": "batch"}, {"batch_size": 0}, {"epochs": -1},
                  {"class_weight": {0: float("nan")}}, {"validation_data": X}, {"callbacks": [3]},
                  {"class_weight": {0: 1.0}, "sample_weight": np.ones(6)}, {"validation_split": 1.0}):
        refused(lambda: trained(**given), "fit" if "verbose" not in given else "verbose")


def evaluate_arguments():
    made, far = model(), Y + np.arange(6.0)[:, None]
    assert np.isclose(made.evaluate(X, far, verbose=0), 55 / 6)  # 0, 1, 4, 9, 16, 25
    assert np.isclose(made.evaluate(X, far, verbose=0, batch_size=2, steps=1), .5)
    assert np.isclose(made.evaluate(X, far, verbose=0, sample_weight=np.arange(6.0)), 225 / 6)
    assert made.evaluate(X, far, verbose=0, return_dict=True) == {"loss": made.evaluate(X, far, verbose=0)}
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
    assert np.isclose(plain, 55 / 6)
    assert np.isclose(made.test_on_batch(X, far, sample_weight=np.arange(6.0)), 225 / 6)
    assert made.test_on_batch(X, far, return_dict=True) == {"loss": plain}
    assert np.isclose(model().train_on_batch(X, far, sample_weight=np.arange(6.0)), 225 / 6)
    counts = np.arange(6.0)[:, None]
    squares = ((counts - Y) ** 2).ravel()
    assert np.isclose(model().train_on_batch(X, counts), squares.mean())
    weighted = model()
    assert np.isclose(weighted.train_on_batch(X, counts, class_weight={3: 9.0}), squares.mean() + 8 * squares[3] / 6)
    made = model()
    right = Network(made.layers)
    right.step(X, counts, [1, 1, 1, 9, 1, 1])
    right.check_weights(weighted)
    assert np.isclose(model().train_on_batch(X, far, return_dict=True)["loss"], 55 / 6)
    refused(lambda: made.train_on_batch(X, far, np.ones(6), {0: 1.0}), "train_on_batch", "not both")
    assert made.predict_on_batch(X[:3]).shape == (3, 1)


#: Of each function and method, its arguments that a check here holds.
CHECKS = {
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
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_check(check):
    check()
