"""What layers compute in and what they keep: policies of layers, of the process, mixed training, files."""
import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops

X = np.random.default_rng(1).normal(size=(64, 6)).astype("float32")
Y = (X[:, :1] - X[:, 1:2] > 0).astype("float32")
MIXED = [("mixed_float16", "float16"), ("mixed_bfloat16", "bfloat16")]
EPSILON = {"float16": 2**-10, "bfloat16": 2**-7}


@pytest.fixture(autouse=True)
def policy_of_the_process():
    yield
    keras.config.set_dtype_policy("float32")


def network(dtype=None):
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "tanh", dtype=dtype), layers.BatchNormalization(dtype=dtype),
                              layers.LayerNormalization(dtype=dtype), layers.PReLU(dtype=dtype),
                              layers.Dense(1, "sigmoid", dtype=dtype)])
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, layers_with_kernels()):
            layer.set_weights([rng.normal(size=tuple(w.shape)) * 0.4 for w in layer.weights])
    return model


def layers_with_kernels():
    return (layers.Dense,)


def test_a_policy_is_two_types():
    for name, computes, keeps in [("float32", "float32", "float32"), ("float16", "float16", "float16"),
                                  ("mixed_float16", "float16", "float32"), ("mixed_bfloat16", "bfloat16", "float32"),
                                  ("int8", "int8", "int8")]:
        policy = keras.dtype_policies.DTypePolicy(name)
        assert (policy.name, policy.compute_dtype, policy.variable_dtype) == (name, computes, keeps)
        assert repr(policy) == f'<DTypePolicy "{name}">' and policy == keras.DTypePolicy(name) and policy != name
        form = keras.dtype_policies.serialize(policy)
        assert form == {"module": "keras", "class_name": "DTypePolicy", "config": {"name": name}, "registered_name": None}
        assert keras.dtype_policies.deserialize(form) == policy
        for given in (policy, name, form):
            assert keras.dtype_policies.get(given) == policy
    assert keras.dtype_policies.get(np.float16).name == "float16"
    assert keras.mixed_precision.Policy is keras.DTypePolicy and keras.mixed_precision.DTypePolicy is keras.DTypePolicy
    for wrong, error in [("mixed_float15", ValueError), ("float17", ValueError), (3, TypeError)]:
        with pytest.raises(error, match="Cannot convert" if error is ValueError else "'name' must be a string"):
            keras.DTypePolicy(wrong)
    with pytest.raises(ValueError, match="Cannot interpret `dtype` argument"):
        keras.dtype_policies.get(object())


@pytest.mark.parametrize("name,half", MIXED)
def test_a_layer_computes_in_one_type_and_keeps_another(name, half):
    seen = []

    class Own(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight((shape[-1],), "ones", name="w")
            self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")

        def call(self, x):
            seen.append((x.dtype, ops.convert_to_tensor(self.w).dtype, ops.convert_to_tensor(self.count).dtype))
            return x * self.w

    for layer in (layers.Dense(3, dtype=name), layers.Dense(3, dtype=keras.DTypePolicy(name)), Own(dtype=name),
                  layers.LayerNormalization(dtype=name), layers.BatchNormalization(dtype=name), layers.PReLU(dtype=name)):
        y = layer(X)
        assert y.dtype == half and layer.compute_dtype == half
        assert layer.dtype == layer.variable_dtype == "float32" and layer.dtype_policy.name == name
        assert all(w.dtype in ("float32", "int32") for w in layer.weights)
        assert layer.get_config()["dtype"]["config"]["name"] == name
        assert type(layer).from_config(layer.get_config()).dtype_policy.name == name
    assert set(seen) == {(half, half, "int32")}
    # Outside of its call a variable is what it is.
    assert layer.weights[0].value.dtype == "float32"
    untouched = layers.Dense(2, dtype=name, autocast=False)
    assert untouched(X).dtype == "float32"
    ints = layers.Rescaling(2.0, dtype=name)
    assert ints(np.array([[1, 2]])).dtype == half


@pytest.mark.parametrize("name,half", MIXED)
def test_inner_layers_follow_their_own_policy(name, half):
    seen = {}

    class Inner(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight((1,), "ones")

        def call(self, x):
            seen[self.name] = (x.dtype, (x * self.w).dtype)
            return x * self.w

    class Outer(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.plain, self.mixed = Inner(name="plain", dtype="float32"), Inner(name="mixed", dtype=name)

        def call(self, x):
            return self.plain(x) + ops.cast(self.mixed(x), "float32")
    Outer(dtype=name)(X)
    assert seen == {"plain": ("float32", "float32"), "mixed": (half, half)}


@pytest.mark.parametrize("name,half", MIXED)
def test_mixed_training_is_close_to_that_of_float32(name, half):
    results = []
    for policy in ("float32", name):
        keras.config.set_dtype_policy(policy)
        model = network()
        assert model.dtype_policy.name == policy and all(layer.dtype_policy.name == policy for layer in model.layers)
        model.compile(keras.optimizers.SGD(0.05), "binary_crossentropy", metrics=["accuracy"])
        scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
        assert scaled == (policy == "mixed_float16")
        history = model.fit(X, Y, epochs=4, batch_size=16, shuffle=False, verbose=0).history["loss"]
        assert all(w.dtype == "float32" for w in model.weights)
        p = model(X)
        assert p.dtype == (half if policy == name else "float32")
        results.append((np.array(history), np.array(ops.cast(p, "float32")), model.get_weights()))
    close = 8 * EPSILON[half]
    np.testing.assert_allclose(results[1][0], results[0][0], rtol=close)
    np.testing.assert_allclose(results[1][1], results[0][1], atol=2 * close)
    for got, want in zip(results[1][2], results[0][2]):
        np.testing.assert_allclose(got, want, atol=2 * close)


def test_the_loss_is_scaled_unless_told_otherwise():
    keras.config.set_dtype_policy("mixed_float16")
    model = network()
    model.compile("sgd", "mse", auto_scale_loss=False)
    assert type(model.optimizer) is keras.optimizers.SGD
    own = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())
    model.compile(own, "mse")
    assert model.optimizer is own
    # A gradient that float16 cannot hold is found, and the step left out.
    model.compile(keras.optimizers.SGD(0.1), "mse")
    before = model.get_weights()
    model.train_on_batch(X[:8], np.full((8, 1), 3e37, "float32"))
    kernel = model.layers[0].get_weights()[0]
    np.testing.assert_array_equal(kernel, before[0])


@pytest.mark.parametrize("name,half", MIXED)
def test_files_keep_policies(name, half, tmp_path):
    keras.config.set_dtype_policy(name)
    model = network()
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    path = str(tmp_path / "mixed.keras")
    model.save(path)
    keras.config.set_dtype_policy("float32")
    loaded = keras.saving.load_model(path)
    assert loaded.dtype_policy.name == name and [layer.dtype_policy.name for layer in loaded.layers] == [name] * 5
    np.testing.assert_array_equal(ops.cast(loaded(X), "float32"), ops.cast(model(X), "float32"))
    for got, want in zip(loaded.optimizer.variables, model.optimizer.variables):
        np.testing.assert_array_equal(got.numpy(), want.numpy())
    clone = keras.models.clone_model(loaded)
    assert [layer.dtype_policy.name for layer in clone.layers] == [name] * 5


def test_the_policy_of_the_process():
    assert keras.config.dtype_policy().name == "float32"
    for set_policy in (keras.config.set_dtype_policy, keras.mixed_precision.set_dtype_policy,
                       keras.mixed_precision.set_global_policy):
        for given in ("mixed_bfloat16", keras.DTypePolicy("mixed_bfloat16")):
            set_policy("float32")
            before = layers.Dense(2)
            set_policy(given)
            assert keras.mixed_precision.global_policy() == keras.config.dtype_policy() == keras.DTypePolicy("mixed_bfloat16")
            assert layers.Dense(2).compute_dtype == "bfloat16" and before.compute_dtype == "float32"
            assert keras.DTypePolicy().name == "mixed_bfloat16" and keras.dtype_policies.get(None).name == "mixed_bfloat16"
    for wrong in (3, None):
        with pytest.raises(ValueError, match="Invalid `policy` argument"):
            keras.config.set_dtype_policy(wrong)
    with pytest.raises(ValueError, match="Cannot convert"):
        keras.config.set_dtype_policy("float17")
