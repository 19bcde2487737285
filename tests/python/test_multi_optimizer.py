"""MultiOptimizer and its map, rates that are functions, and what optimizers say before they are built."""
import pickle

import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops, optimizers


def variable(path, value):
    with keras.name_scope(path):
        return keras.Variable([float(value)], name="kernel")


def model_of(optimizer, **given):
    model = keras.Sequential([layers.Dense(2, kernel_initializer="ones", use_bias=False, name="d1"),
                              layers.Dense(1, kernel_initializer="ones", use_bias=False, name="d2")])
    model.compile(optimizer, "mse", **given)
    return model


ONE = np.ones((1, 1), "float32")


def test_a_map_of_optimizers_is_a_dictionary_by_path_or_expression():
    adam, sgd, rest = optimizers.Adam(), optimizers.SGD(), optimizers.Lion()
    m = optimizers.OptimizerMap(rest, {"a/kernel": adam})
    m["b/.*"] = sgd
    assert list(m) == ["a/kernel", "b/.*"] and len(m) == 2 and m.default_optimizer is rest
    assert m(variable("a", 1)) is adam and m(variable("b", 1)) is sgd and m(variable("c", 1)) is rest
    for key, value, error, words in [("b/.*", adam, ValueError, "already exists"), (3, adam, ValueError, "key must be a string"),
                                     ("c", "adam", ValueError, "must be a Keras Optimizer"),
                                     ("c", optimizers.LossScaleOptimizer(sgd), ValueError, "cannot be LossScaleOptimizer"),
                                     ("c", optimizers.MultiOptimizer(m), ValueError, "cannot be MultiOptimizer")]:
        with pytest.raises(error, match=words):
            m[key] = value
    m["b.*"] = adam
    with pytest.raises(ValueError, match="Multiple optimizers assigned to variable b/kernel"):
        m["b/kernel"]
    del m["b.*"]
    for args, words in [(("sgd",), "default_optimizer must be"), ((sgd, [1]), "optimizer_map must be a dictionary")]:
        with pytest.raises(TypeError, match=words):
            optimizers.OptimizerMap(*args)
    with pytest.raises(ValueError, match="MultiOptimizer: optimizer_map must be an OptimizerMap"):
        optimizers.MultiOptimizer(sgd)


@pytest.mark.parametrize("eager", [False, True])
def test_each_layer_by_its_own_optimizer(eager):
    first, last, rest = optimizers.SGD(0.001), optimizers.SGD(0.01), optimizers.SGD(0.1)
    multi = optimizers.MultiOptimizer(optimizers.OptimizerMap(rest, {".*d1/.*": first, ".*d2/.*": last}))
    model = model_of(multi, run_eagerly=eager)
    model.fit(ONE, 0 * ONE, verbose=0)
    np.testing.assert_allclose(model.layers[0].kernel, [[0.996, 0.996]], rtol=1e-6)
    np.testing.assert_allclose(model.layers[1].kernel, [[0.96], [0.96]], rtol=1e-6)
    assert multi.optimizers == [first, last, rest]
    assert [int(one.iterations) for one in (multi, first, last, rest)] == [1, 1, 1, 0]
    assert len(multi.variables) == 2 + 3 * 2
    for rate in (lambda: multi.learning_rate, lambda: setattr(multi, "learning_rate", 1.0)):
        with pytest.raises(AttributeError, match="on a MultiOptimizer"):
            rate()


def test_a_function_may_choose():
    adam, sgd = optimizers.Adam(0.5), optimizers.SGD(0.25)
    multi = optimizers.MultiOptimizer(lambda v: adam if "a" in v.path.split("/")[0] else sgd, name="two")
    a, b = variable("a", 1), variable("b", 1)
    multi.build([a, b])
    assert multi.optimizers == [adam, sgd] and multi.name == "two"
    multi.apply([ops.ones(1), ops.ones(1)])
    np.testing.assert_allclose([a.numpy()[0], b.numpy()[0]], [0.5, 0.75], atol=1e-5)
    with pytest.raises(ValueError, match="Optimizer for variable a/kernel is not an Optimizer instance"):
        optimizers.MultiOptimizer(lambda v: "sgd").build([a])
    trained, state = multi.stateless_apply([v.value for v in multi.variables], [ops.ones(1)] * 2, [[2.0], [2.0]])
    np.testing.assert_allclose(np.asarray(trained[1]), [1.75])
    assert int(state[0]) == 2 and float(b.numpy()[0]) == 0.75


def test_files_and_pickles_keep_the_map(tmp_path):
    multi = optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD(0.01, momentum=0.5),
                                                              {".*d1/.*": optimizers.Adam(0.02)}), loss_scale_factor=8.0)
    model = model_of(multi)
    model.fit(ONE, 0 * ONE, epochs=3, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert type(again.optimizer) is optimizers.MultiOptimizer and again.optimizer.loss_scale_factor == 8
    assert [type(one).__name__ for one in again.optimizer.optimizers] == ["Adam", "SGD"]
    for a, b in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for one in (model, again):
        one.fit(ONE, 0 * ONE, epochs=2, verbose=0)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    copy = pickle.loads(pickle.dumps(multi))
    assert copy.get_config() == multi.get_config()


def test_scales_of_the_loss_are_those_of_the_outermost():
    a = variable("a", 2)
    sgd = optimizers.SGD(0.1, loss_scale_factor=2.0)
    multi = optimizers.MultiOptimizer(optimizers.OptimizerMap(sgd), loss_scale_factor=5.0)
    multi.build([a])
    assert float(multi.scale_loss(ops.array(2.0))) == 10 and sgd.loss_scale_factor == 5
    multi.apply([ops.array([10.0])], [a])
    np.testing.assert_allclose(a.numpy(), [1.8], rtol=1e-6)
    outer = optimizers.LossScaleOptimizer(multi, initial_scale=10.0)
    assert multi.loss_scale_factor is None and sgd.loss_scale_factor is None
    outer.build([a])
    outer.apply([ops.array([10.0])], [a])
    np.testing.assert_allclose(a.numpy(), [1.7], rtol=1e-6)
    with pytest.raises(ValueError, match="LossScaleOptimizer cannot be used inside an MultiOptimizer"):
        optimizers.MultiOptimizer(lambda v: outer).build([a])


@pytest.mark.parametrize("callback", [
    keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=1e9),
    keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)])
def test_callbacks_set_each_rate(callback):
    one, other = optimizers.SGD(0.5, name="one"), optimizers.SGD(0.25, name="other")
    model = model_of(optimizers.MultiOptimizer(optimizers.OptimizerMap(other, {".*d1/.*": one})))
    history = model.fit(ONE, ONE * 2, epochs=2, verbose=0, callbacks=[callback]).history
    assert (float(one.learning_rate), float(other.learning_rate)) == (0.25, 0.125)
    assert "learning_rate_one" in history and "learning_rate_other" in history


def test_a_function_of_nothing_is_a_rate():
    v = variable("a", 1)
    rate = keras.Variable(0.5)
    sgd = optimizers.SGD(learning_rate=lambda: rate)
    assert len(sgd.variables) == 1 and float(sgd.learning_rate) == 0.5
    sgd.apply([ops.ones(1)], [v])
    rate.assign(0.25)  # what it reads is followed
    sgd.apply([ops.ones(1)], [v])
    assert v.numpy() == [0.25]
    adam = optimizers.Adam(0.001)
    assert len(adam.variables) == 2
    adam.learning_rate = optimizers.schedules.PolynomialDecay(adam.learning_rate, 4)
    assert len(adam.variables) == 1 and adam.get_config()["learning_rate"]["class_name"] == "PolynomialDecay"
    with pytest.raises(TypeError, match="comes from a schedule"):
        adam.learning_rate = 0.5
    # The steps of a model are compiled anew.
    sgd = optimizers.SGD(1.0)
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(sgd, lambda y, p: p)
    model.fit(ONE, ONE, verbose=0)
    sgd.learning_rate = lambda: 0.25
    model.fit(ONE, ONE, verbose=0)
    assert model.layers[0].kernel.numpy() == [[-1.25]]


def test_what_optimizers_say_of_themselves():
    keras.utils.clear_session()
    first, second = optimizers.Adam(), optimizers.Adam()
    assert (first.name, second.name, optimizers.Adam(name="mine").name) == ("adam", "adam_1", "mine")
    v = variable("a", 1)
    first.apply([ops.ones(1)], [v])
    assert isinstance(first.iterations, keras.Variable) and first.iterations is first.variables[0]
    assert int(first.iterations) == 1 and int(second.iterations) == 0
    every = optimizers.SGD(gradient_accumulation_steps=2)
    for _ in range(3):
        every.apply([ops.ones(1)], [v])
    assert int(every.iterations) == 1 and int(every._iterations) == 3
    with pytest.raises(ValueError, match=r"You are calling `set_weights\(\)` on an optimizer that is not built"):
        second.set_weights([1])
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        first.apply([None], [v])
    with pytest.raises(ValueError, match="Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set"):
        optimizers.SGD(clipnorm=1.0, clipvalue=1.0)
    w = variable("b", 1)
    with pytest.warns(UserWarning, match="Gradients do not exist for variables"):
        optimizers.SGD(1.0).apply([None, ops.ones(1)], [v, w])
    assert w.numpy() == [0]
    with pytest.raises(AttributeError, match="expected 'clipnorm' to be given when the optimizer is made"):
        first.clipnorm = 1.0


def test_variables_have_constraints_and_may_take_over_their_gradient():
    v = keras.Variable([-1.0, 2.0])
    assert v.constraint is None and v.regularizer is None
    v.constraint = keras.constraints.NonNeg()
    optimizers.SGD(0.5).apply([ops.zeros(2)], [v])
    assert v.numpy().tolist() == [0, 2] and isinstance(v.constraint, keras.constraints.NonNeg)
    v.constraint = lambda w: w * 0.5
    optimizers.SGD(0.5).apply([ops.zeros(2)], [v])
    assert v.numpy().tolist() == [0, 1]
    for name in ("constraint", "regularizer"):
        with pytest.raises(ValueError, match=f"Invalid value for attribute `{name}`"):
            setattr(v, name, 3)
    layer = layers.Dense(1, kernel_constraint="non_neg", kernel_regularizer="l2")
    layer.build((None, 2))
    assert isinstance(layer.kernel.constraint, keras.constraints.NonNeg)
    assert isinstance(layer.kernel.regularizer, keras.regularizers.L2) and layer.bias.regularizer is None
    layer.kernel.regularizer = lambda w: ops.sum(w) * 0 + 3.0
    assert [float(loss) for loss in layer.losses] == [3]
    with pytest.raises(TypeError, match="must be a boolean"):
        v.overwrite_with_gradient = 1
    v.overwrite_with_gradient = True
    optimizers.Adam(clipnorm=0.1).apply([ops.array([5.0, 6.0])], [v])
    assert v.numpy().tolist() == [5, 6]
