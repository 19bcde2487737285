"""Every argument of the methods of metrics, losses, optimizers and callbacks: honoured, or refused."""
import numpy as np
import pytest
from call_checks import X, Y, model, refused

import cornu as keras
from cornu import ops


class Count(keras.metrics.Metric):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.n = self.add_weight(shape=(2,), initializer="ones", dtype="int32", name="n")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.n.assign_add([1, 1])

    def result(self):
        return ops.sum(self.n)


def policy():
    from cornu.dtype_policies import DTypePolicy
    policy = DTypePolicy(name="mixed_float16")
    x = np.ones(2, "float32")
    assert policy.convert_input(x=x, autocast=True, dtype="float16").dtype == "float16"
    assert policy.convert_input(x, False, "float16").dtype == "float32"
    assert policy.convert_input(np.ones(2, "int32"), True, "float16").dtype == "int32"
    assert policy.convert_input(None, True, "float16") is None


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


#: Of each function and method, its arguments that a check here holds.
CHECKS = {
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
    policy: {"DTypePolicy.convert_input": "x autocast dtype"},
    callbacks: {"LearningRateScheduler.__init__": "schedule", "LambdaCallback.__init__": "kwargs"},
    lambda_hooks: {"LambdaCallback.__init__": "on_epoch_begin on_epoch_end on_train_begin on_train_end "
                                              "on_train_batch_begin on_train_batch_end"},
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_check(check):
    check()
