"""Steps that a model defines itself: what Keras' guides write in train_step, test_step, compute_loss, compute_metrics."""
import numpy as np
import pytest
from numpy_network import Network

import cornu as keras
from cornu import layers, ops

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.1).astype("float32")


START = [np.full((3, 1), 0.3, "float32"), np.zeros(1, "float32")]
BATCHES = [(X[i:i + 16], Y[i:i + 16]) for i in range(0, 50, 16)]


def network(**kwargs):
    """What `trained` trains, by NumPy."""
    dense = layers.Dense(1)
    dense.build((None, 3))
    dense.set_weights(START)
    return Network([dense], **kwargs)


class Small(keras.Model):
    def __init__(self, **kwargs):
        super().__init__()
        self.dense = layers.Dense(1, **kwargs)

    def call(self, inputs):
        return self.dense(inputs)


def trained(cls, weights=None, epochs=2, metrics=("mae",), **kwargs):
    model = cls(**kwargs)
    model.build((None, 3))
    model.set_weights(START)
    model.compile("sgd", "mse", metrics=list(metrics), weighted_metrics=["mse"])
    history = model.fit(X, Y, batch_size=16, epochs=epochs, shuffle=False, verbose=0, sample_weight=weights)
    return model, history.history


def update(model, x, y, sample_weight=None):
    from cornu._tape import GradientTape
    with GradientTape() as tape:
        prediction = model(x, training=True)
        loss = model.compute_loss(y=y, y_pred=prediction, sample_weight=sample_weight)
    weights = model.trainable_variables
    model.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return prediction, loss


def test_the_guides_loop_over_metrics():
    class Guide(Small):
        def train_step(self, data):
            x, y = data
            prediction, loss = update(self, x, y)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, prediction)
            return {m.name: m.result() for m in self.metrics}

    _, plain = trained(Small)
    _, own = trained(Guide)
    assert own.keys() == plain.keys() == {"loss", "mae", "mse"}
    np.testing.assert_allclose(own["mae"], plain["mae"], rtol=1e-5)
    right = network()
    means = [np.mean([right.step(*batch).mean() for batch in BATCHES]) for _ in range(2)]  # each batch counted once
    np.testing.assert_allclose(own["loss"], means, rtol=1e-5)


def test_steps_that_call_what_they_override():
    class Counting(Small):
        def train_step(self, data):
            return {**super().train_step(data), "rows": ops.cast(ops.shape(data[0])[0], "float32")}

        def test_step(self, data):
            return {**super().test_step(data), "two": ops.convert_to_tensor(2.0)}

    weights = rng.uniform(size=50).astype("float32")
    _, plain = trained(Small, weights)
    model, own = trained(Counting, weights)
    for name in plain:
        np.testing.assert_allclose(own[name], plain[name], rtol=2e-6)
    assert own["rows"] == [2.0, 2.0]  # of the last batch
    assert model.evaluate(X, Y, verbose=0, return_dict=True)["two"] == 2


def test_compute_metrics_and_metrics_in_attributes():
    class Reports(Small):
        def __init__(self):
            super().__init__()
            self.largest = keras.metrics.Mean(name="largest")

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            self.largest.update_state(ops.max(ops.abs(y_pred)))
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "fixed": 7.0}

    class InCall(Small):
        def __init__(self):
            super().__init__()
            self.seen = keras.metrics.Mean(name="seen")

        def call(self, inputs):
            self.seen.update_state(inputs)
            return super().call(inputs)

    _, plain = trained(Small)
    _, own = trained(Reports)
    right, largest = network(), []
    for x, y in BATCHES * 2:
        largest.append(np.abs(right.predict(x)).max())
        right.step(x, y)
    assert own["fixed"] == [7.0, 7.0]
    np.testing.assert_allclose(own["largest"], np.mean(np.reshape(largest, (2, -1)), axis=1), rtol=1e-5)
    np.testing.assert_allclose(own["loss"], plain["loss"], rtol=2e-6)
    _, own = trained(InCall)
    np.testing.assert_allclose(own["seen"], [X.mean()] * 2, atol=1e-6)


def test_names_of_metrics_are_keras():
    model, _ = trained(Small)
    assert model.metrics_names == ["loss", "compile_metrics"]
    results = model.get_metrics_result()
    assert {k: float(v) for k, v in results.items()}.keys() == {"loss", "mae", "mse"}


def test_a_loss_of_ones_own_with_loss_weights():
    class Own(Small):
        def train_step(self, data):
            x, y = data
            return {"loss": update(self, x, y)[1]}

    model = Own()
    model.build((None, 3))
    whole = network().losses(X, Y).mean()
    for weight, right in ((None, whole), (0.5, whole / 2), ([0.5], whole / 2)):
        model.set_weights(START)
        model.compile("sgd", "mse", loss_weights=weight)
        assert model.fit(X, Y, batch_size=50, verbose=0).history["loss"] == pytest.approx([right], rel=1e-5)
        factor = 1 if weight is None else 0.5
        other = network(change=lambda gradients: [factor * g for g in gradients])
        other.step(X, Y)
        other.check_weights(model)


def test_constraints_hold_in_steps_of_ones_own():
    class Own(Small):
        def train_step(self, data):
            x, y = data
            return {"loss": update(self, x, y)[1]}

    plain, _ = trained(Small, epochs=20, kernel_constraint="non_neg")
    own, _ = trained(Own, epochs=20, kernel_constraint="non_neg")
    right = network(project=lambda w: np.maximum(w, 0) if w.ndim == 2 else w)
    right.fit(X, Y, 16, 20)
    assert right.weights[0][1] == 0
    right.check_weights(own)
    np.testing.assert_array_equal(own.get_weights()[0], plain.get_weights()[0])


@pytest.mark.parametrize("eager", [False, True])
def test_sizes_as_numbers(eager):
    """The number of rows of a batch, of the last and shorter one too."""
    class Rows(layers.Layer):
        def call(self, inputs):
            rows, columns = ops.shape(inputs)
            return ops.reshape(inputs, (rows, -1)) + ops.zeros((rows, columns)) + ops.cast(rows, "float32")

    model = keras.Sequential([keras.Input((3,)), Rows()])
    model.compile(run_eagerly=eager)
    assert model.output_shape == (None, 3)
    np.testing.assert_allclose(model.predict(X[:42], batch_size=32, verbose=0),
                               X[:42] + np.where(np.arange(42) < 32, 32, 10)[:, None], rtol=1e-6)
    for n in range(1, 30):  # steps for single sizes are not kept for ever
        np.testing.assert_allclose(model.predict(X[:n], verbose=0), X[:n] + n, rtol=1e-6)
    assert ops.size(X) == 150


def test_a_metric_that_counts_rows():
    class Rows(keras.metrics.Metric):
        def __init__(self, name="rows"):
            super().__init__(name=name)
            self.rows = self.add_variable((), "zeros", name="rows")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.rows.assign_add(ops.cast(ops.shape(y_true)[0], "float32"))

        def result(self):
            return self.rows

    _, history = trained(Small, metrics=[Rows()])
    assert history["rows"] == [50, 50]


class Noise(layers.Layer):
    def __init__(self, seed):
        super().__init__()
        self.seed = seed

    def call(self, inputs):
        return inputs + keras.random.normal(ops.shape(inputs), seed=self.seed)


@pytest.mark.parametrize("seed", [None, "generator", 3])
def test_noise_in_a_layer_is_new_in_each_step(seed):
    """As the Sampling layer of the variational autoencoder has it."""
    layer = Noise(keras.random.SeedGenerator(1) if seed == "generator" else seed)
    model = keras.Sequential([keras.Input((400,)), layer])
    zeros = np.zeros((2, 400), "float32")
    first, second = model.predict(zeros, verbose=0), model.predict(zeros, verbose=0)
    assert (first == second).all() == (seed == 3)  # a plain number is the same values each time, as in Keras
    assert abs(first.mean()) < 0.2 and 0.8 < first.std() < 1.2


def test_random_functions():
    g = keras.random.SeedGenerator(5)
    z = np.array(keras.random.truncated_normal((20000,), seed=g))
    assert np.abs(z).max() <= 2 and abs(z.mean()) < 0.03 and abs(z.std() - 0.88) < 0.02
    assert not np.array_equal(z, np.array(keras.random.truncated_normal((20000,), seed=g)))
    drawn = np.array(keras.random.categorical(np.log([[0.2, 0.8], [0.5, 0.5]]).astype("float32"), 5000, seed=1))
    assert drawn.shape == (2, 5000) and abs(drawn[0].mean() - 0.8) < 0.03 and abs(drawn[1].mean() - 0.5) < 0.03
    kept = np.array(keras.random.dropout(np.ones((100, 100), "float32"), 0.25, seed=1))
    assert set(np.unique(kept)) == {0, np.float32(1 / 0.75)} and abs((kept > 0).mean() - 0.75) < 0.03
    rows = np.array(keras.random.dropout(np.ones((100, 4), "float32"), 0.5, noise_shape=(None, 1), seed=1))
    assert ((rows == rows[:, :1]).all())
    assert 2.7 < np.array(keras.random.binomial((1000,), 10, 0.3, seed=2)).mean() < 3.3
    keras.utils.set_random_seed(1)
    a = np.array(keras.random.uniform((3,)))
    keras.utils.set_random_seed(1)
    np.testing.assert_array_equal(a, np.array(keras.random.uniform((3,))))
