"""Policies as objects: quantized ones, maps of them by path, their forms; and the floating type of the process."""
import copy
import pickle

import numpy as np
import pytest

import cornu as keras
from cornu import dtype_policies as policies
from cornu import layers, ops


@pytest.fixture(autouse=True)
def types_of_the_process():
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


QUANTIZED = [("QuantizedDTypePolicy", ("int8", "mixed_bfloat16"), "int8", "bfloat16"),
             ("QuantizedDTypePolicy", ("int4", "float32"), "int4", "float32"),
             ("QuantizedFloat8DTypePolicy", ("float8", "mixed_float16"), "float8", "float16"),
             ("Int4DTypePolicy", ("int4/128", "float32"), "int4", "float32"),
             ("GPTQDTypePolicy", ("gptq/3/-1", "float32"), "gptq", "float32"),
             ("AWQDTypePolicy", ("awq/4/64", "mixed_bfloat16"), "awq", "bfloat16")]


@pytest.mark.parametrize("kind,args,mode,computes", QUANTIZED)
def test_a_quantized_policy_is_read_compared_and_written(kind, args, mode, computes):
    policy = getattr(policies, kind)(*args)
    name = f"{args[0]}_from_{args[1]}"
    assert (policy.name, policy.quantization_mode) == (name, mode)
    assert (policy.compute_dtype, policy.variable_dtype) == (computes, "float32")
    assert repr(policy) == f'<{kind} "{name}">'
    form = policies.serialize(policy)
    assert (form["module"], form["class_name"]) == ("keras.dtype_policies", kind)
    assert form["config"]["mode"] == args[0] and form["config"]["source_name"] == args[1]
    for again in (policies.deserialize(form), policies.get(form), policies.get(name), copy.deepcopy(policy),
                  pickle.loads(pickle.dumps(policy)), type(policy).from_config(policy.get_config())):
        assert again == policy and hash(again) == hash(policy) and type(again) is type(policy)
    assert policy != policies.DTypePolicy(args[1]) and policy != name
    # No layer has quantized weights yet, and says so; as the policy of the process it is read back.
    with pytest.raises(ValueError, match=f"expected a policy that is not quantized, got '{name}'"):
        layers.Dense(2, dtype=policy)
    keras.config.set_dtype_policy(policy)
    assert keras.config.dtype_policy() == policy
    with pytest.raises(ValueError, match="not quantized"):
        layers.Dense(2)


def test_histories_of_float8_count():
    policy = policies.QuantizedFloat8DTypePolicy("float8", "float32", 512)
    assert policy.amax_history_length == 512 and policy.get_config()["amax_history_length"] == 512
    assert policy != policies.QuantizedFloat8DTypePolicy("float8", "float32")
    with pytest.raises(TypeError, match="`amax_history_length` must be an integer"):
        policies.QuantizedFloat8DTypePolicy("float8", amax_history_length=10.5)


def test_what_names_no_quantized_policy_is_refused():
    keras.config.set_dtype_policy("mixed_bfloat16")
    assert policies.QuantizedDTypePolicy("int8").name == "int8_from_mixed_bfloat16"
    for given, error, words in [(("int7", "float32"), ValueError, "Invalid quantization mode"),
                                (("int8", "abc"), ValueError, "Cannot convert 'abc'"),
                                (("int8", 3), TypeError, "'name' must be a string"),
                                (("int8", "mixed_float16"), ValueError, "doesn't work well")]:
        with pytest.raises(error, match=words):
            policies.QuantizedDTypePolicy(*given)
    for kind, mode, words in [("Int4DTypePolicy", "int4", "Invalid mode"), ("Int4DTypePolicy", "int4/0", "block_size"),
                              ("GPTQDTypePolicy", "gptq/5/8", "weights of 2, 3, 4, 8 bits, got 5"),
                              ("GPTQDTypePolicy", "gptq/a/8", "whole numbers"),
                              ("AWQDTypePolicy", "awq/8/8", "only supports 4-bit"),
                              ("AWQDTypePolicy", "gptq/4/8", "Invalid mode")]:
        with pytest.raises(ValueError, match=words):
            getattr(policies, kind)(mode, "float32")
    for name in ("float8", "int7_from_float32", "int8x_from_float32", "gptq"):
        with pytest.raises(ValueError, match="Cannot convert"):
            policies.get(name)
    assert policies.get("int8") == policies.DTypePolicy("int8")  # a type of its own


def a_map():
    out = policies.DTypePolicyMap("float32")
    out["net/first"] = "mixed_bfloat16"
    out["net/block/.*"] = policies.DTypePolicy("float16")
    return out


def test_a_map_of_policies_is_a_dictionary_by_path_or_expression():
    m = a_map()
    assert list(m) == ["net/first", "net/block/.*"] and len(m) == 2 and "net/first" in m and "net" not in m
    assert m["net/first"].name == "mixed_bfloat16" and m["net/block/dense"].name == "float16"
    assert m["net/first/inner"] == m["other"] == m.default_policy == policies.DTypePolicy("float32")
    assert (m.name, m.compute_dtype, m.variable_dtype, m.quantization_mode) == ("map_float32", "float32", "float32", None)
    assert "mapping=[('net/first', 'mixed_bfloat16')" in repr(m)
    form = policies.serialize(m)
    assert form["class_name"] == "DTypePolicyMap" and policies.deserialize(form) == m
    assert hash(policies.deserialize(form)) == hash(m)
    with pytest.raises(ValueError, match="net/first already exist in the DTypePolicyMap"):
        m["net/first"] = "float16"
    with pytest.raises(ValueError, match="Cannot interpret the assigned value"):
        m["new"] = object()
    m["net/block/a.*"] = "float64"
    with pytest.raises(ValueError, match="Path 'net/block/abc' matches multiple dtype policy keys"):
        m["net/block/abc"]
    assert m.pop("net/first").name == "mixed_bfloat16" and "net/first" not in m
    with pytest.raises(TypeError, match="`policy_map` must be a dict"):
        policies.DTypePolicyMap(policy_map=3)
    with pytest.raises(ValueError, match="cannot be a `DTypePolicyMap`"):
        policies.DTypePolicyMap(m)


def test_a_map_without_a_default_is_read_with_the_policy_of_the_process():
    m = policies.DTypePolicyMap(policy_map={"a": policies.DTypePolicy("float16")})
    config = m.get_config()
    assert config["default_policy"] is None and config["policy_map"]["a"]["config"] == {"name": None}
    assert m["a"].name == "float16"  # what is written changes nothing
    keras.config.set_dtype_policy("bfloat16")
    again = policies.DTypePolicyMap.from_config(config)
    assert again["a"].name == again.default_policy.name == "bfloat16"


def test_a_layer_takes_the_policy_of_its_path_when_it_is_built(tmp_path):
    m = policies.DTypePolicyMap("float32", {"net/.*first": policies.DTypePolicy("mixed_bfloat16")})
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, dtype=m, name="first"),
                              layers.Dense(2, dtype=m, name="second")], name="net")
    first, second = model.layers
    assert (first.compute_dtype, first.variable_dtype, second.compute_dtype) == ("bfloat16", "float32", "float32")
    assert first.dtype_policy.name == "mixed_bfloat16" and first.kernel.dtype == "float32"
    assert first.get_config()["dtype"]["class_name"] == "DTypePolicyMap"
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    path = tmp_path / "m.keras"
    model.save(path)
    again = keras.saving.load_model(path)
    assert again.layers[0].compute_dtype == "bfloat16"
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))

    class Own(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(3,))

        def call(self, x):
            return x * self.w
    own = Own(dtype=policies.DTypePolicyMap("float32", {"mine": policies.DTypePolicy("float64")}), name="mine")
    assert own(x).dtype == own.w.dtype == "float64"


def test_policies_are_given_by_name_type_object_and_form_and_may_be_set_until_the_weights_are_there():
    for given in ("mixed_float16", policies.DTypePolicy("mixed_float16"),
                  policies.serialize(policies.DTypePolicy("mixed_float16"))):
        layer = layers.Dense(2, dtype=given)
        assert layer.dtype_policy == policies.DTypePolicy("mixed_float16") and layer.quantization_mode is None
    assert layers.Dense(2, dtype=np.float16).compute_dtype == "float16"
    layer = layers.Dense(2)
    layer.dtype_policy = "mixed_bfloat16"
    assert layer.get_config()["dtype"]["config"] == {"name": "mixed_bfloat16"}
    layer.build((None, 3))
    assert (layer.compute_dtype, layer.kernel.dtype) == ("bfloat16", "float32")
    with pytest.raises(ValueError, match="before it is built"):
        layer.dtype_policy = "float32"
    assert layer.autocast is True
    layer.autocast = False
    assert layer.autocast is False


@pytest.mark.parametrize("floatx", ["float16", "bfloat16", "float64"])
def test_floatx_is_the_type_of_what_is_told_none(floatx):
    keras.config.set_floatx(floatx)
    assert keras.config.floatx() == keras.backend.floatx() == floatx
    # A policy that was set stays; here the fixture of another test may have set one.
    keras.config.set_dtype_policy(floatx)
    layer = layers.Dense(2)
    layer.build((None, 3))
    x = np.ones((4, 2), "float32")
    made = {"weight": layer.kernel.dtype, "computes": layer.compute_dtype, "input": keras.Input((3,)).dtype,
            "zeros": ops.zeros((2,)).dtype, "ones": ops.ones((2,)).dtype, "full": ops.full((2,), 1.5).dtype,
            "eye": ops.eye(2).dtype, "arange": ops.arange(3.0).dtype, "one_hot": ops.one_hot(ops.array([1]), 3).dtype,
            "variable": keras.Variable(initializer="ones", shape=(2,)).dtype,
            "initializer": keras.initializers.Ones()((2,)).dtype, "random": keras.random.normal((2,)).dtype,
            "metric": keras.metrics.Mean().variables[0].dtype,
            "loss": keras.losses.MeanSquaredError()(x, x + 1).dtype}
    assert made == dict.fromkeys(made, floatx)
    # What is told, or comes of numbers, has its own type.
    told = [layers.Dense(2, dtype="float32").compute_dtype, ops.zeros((2,), "float32").dtype,
            keras.Variable([1.0, 2.0]).dtype, ops.sqrt(ops.array([4])).dtype, (ops.array([1]) / 2).dtype,
            ops.arange(3.0, dtype="float32").dtype, keras.losses.MeanSquaredError(dtype="float32")(x, x).dtype]
    assert told == ["float32"] * len(told)


def test_floatx_must_be_a_floating_type():
    for wrong in ("int32", "float8", None, 16):
        with pytest.raises(ValueError, match="Unknown `floatx` value"):
            keras.config.set_floatx(wrong)
    assert keras.config.floatx() == "float32"
