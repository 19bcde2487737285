"""Optimizers of one's own, and subclasses of the built-in ones."""
import numpy as np
import numpy_network
import pytest

import cornu as keras
from cornu import layers, ops

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 3)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.1).astype("float32")


def start():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(1)])
    count = iter(range(100))
    model.set_weights([np.full(w.shape, 0.1 * next(count), "float32") for w in model.weights])
    return model


def network(optimizer, **kwargs):
    """What `trained` trains, by NumPy."""
    return numpy_network.Network(start().layers, optimizer=optimizer, **kwargs)


def trained(optimizer, eager=False):
    model = start()
    model.compile(optimizer, "mse", run_eagerly=eager)
    model.fit(X, Y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    return model


def assert_equal(a, b):
    for x, y in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "Nadam", "RMSprop", "Adagrad", "Lion"])
@pytest.mark.parametrize("eager", [False, True])
def test_an_update_that_calls_the_built_in_one(name, eager):
    base = getattr(keras.optimizers, name)

    class Own(base):
        calls = 0

        def update_step(self, gradient, variable, learning_rate):
            type(self).calls += 1
            super().update_step(gradient, variable, learning_rate)

    own = trained(Own(0.01), eager)
    assert Own.calls == (4 * 12 if eager else 4)
    assert_equal(own, trained(base(0.01), eager))
    assert own.optimizer.iterations == 12
    assert len(own.optimizer.variables) == len(trained(base(0.01)).optimizer.variables)


@pytest.mark.parametrize("name", ["SGD", "Adam", "Nadam"])
def test_a_rate_for_each_variable(name):
    base = getattr(keras.optimizers, name)

    class Frozen(base):
        """The kernels stay; biases learn at half the rate."""
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate * (0.0 if "kernel" in variable.path else 0.5))

    right = network(getattr(numpy_network, name)(0.01), frozen=(0, 2))
    right.fit(X, Y, 16, 3)
    right.check_weights(trained(Frozen(0.02)))


def test_slots_added_to_the_built_in_ones():
    class Slow(keras.optimizers.SGD):
        def build(self, variables):
            super().build(variables)
            self.means = [self.add_variable_from_reference(v, name="mean") for v in variables]

        def update_step(self, gradient, variable, learning_rate):
            mean = self.means[self._get_variable_index(variable)]
            self.assign(mean, 0.9 * mean + 0.1 * gradient)
            super().update_step(mean, variable, learning_rate)

    optimizer = Slow(0.1, momentum=0.5)
    model = trained(optimizer)
    plain = trained(keras.optimizers.SGD(0.1, momentum=0.5))
    assert len(optimizer.variables) == len(plain.optimizer.variables) + 4
    means = [np.zeros(w.shape) for w in model.get_weights()]

    def change(gradients):
        means[:] = [0.9 * m + 0.1 * g for m, g in zip(means, gradients)]
        return means

    right = network(numpy_network.SGD(0.1, momentum=0.5), change=change)
    right.fit(X, Y, 16, 3)
    right.check_weights(model)
    by_hand = Slow(0.1)
    by_hand.build(model.trainable_variables)
    assert by_hand.built and len(by_hand.means) == 4


@pytest.mark.parametrize("hook", ["apply", "apply_gradients"])
def test_gradients_changed_before_they_are_applied(hook):
    """Centralised gradients, as an override of apply or apply_gradients."""
    class Centred(keras.optimizers.Adam):
        def centre(self, g):
            return g - ops.mean(g, axis=0, keepdims=True) if len(g.shape) > 1 else g

        if hook == "apply":
            def apply(self, grads, trainable_variables=None):
                super().apply([self.centre(g) for g in grads], trainable_variables)
        else:
            def apply_gradients(self, grads_and_vars):
                super().apply_gradients([(self.centre(g), v) for g, v in grads_and_vars])

    model = trained(Centred(0.01))
    right = network(numpy_network.Adam(0.01), change=lambda gradients: [
        g - g.mean(0, keepdims=True) if g.ndim > 1 else g for g in gradients])
    right.fit(X, Y, 16, 3)
    right.check_weights(model)
    assert model.optimizer.iterations == 12


def test_saved_with_its_state(tmp_path):
    class Own(keras.optimizers.Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(2 * gradient, variable, learning_rate)

    model = trained(Own(0.01, beta_1=0.8))
    assert model.optimizer.get_config()["beta_1"] == 0.8
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras", custom_objects={"Own": Own})
    assert type(again.optimizer) is Own and again.optimizer.iterations == 12
    for m in (model, again):
        m.fit(X, Y, batch_size=16, epochs=1, shuffle=False, verbose=0)
    assert_equal(model, again)


def test_a_class_defined_anew_is_the_one_that_files_mean(tmp_path):
    """As in a notebook, where the cell with the class runs twice."""
    def define(factor):
        @keras.saving.register_keras_serializable("redefined")
        class Scale(layers.Layer):
            def call(self, x):
                return x * factor
        return Scale

    model = keras.Sequential([keras.Input((3,)), define(2.0)()])
    model.save(tmp_path / "m.keras")
    define(5.0)
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "m.keras").predict(X, verbose=0), 5 * X)

    class Scale(layers.Layer):
        def call(self, x):
            return x * 7.0

    for custom in ({"Scale": Scale}, {"redefined>Scale": Scale}):
        loaded = keras.models.load_model(tmp_path / "m.keras", custom_objects=custom)
        np.testing.assert_allclose(loaded.predict(X, verbose=0), 7 * X)
    with keras.saving.custom_object_scope({"Scale": Scale}):
        np.testing.assert_allclose(keras.models.load_model(tmp_path / "m.keras").predict(X, verbose=0), 7 * X)
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "m.keras").predict(X, verbose=0), 5 * X)


def test_options_of_an_optimizer_around_another_one():
    def around(**kwargs):
        return keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), **kwargs)
    assert around(dynamic=True, clipnorm=None, use_ema=False, ema_momentum=0.99).name
    for name, value in (("clipnorm", 0.5), ("use_ema", True), ("weight_decay", 0.1)):
        with pytest.raises(ValueError, match=f"`{name}` on the `inner_optimizer`"):
            around(**{name: value})
    with pytest.raises(ValueError, match="set `loss_scale_factor` on the `inner_optimizer`"):
        around(dynamic=False)
    with pytest.raises(ValueError, match="does not support arguments: `foo`, `bar`"):
        around(foo=1, bar=2)
