"""Symbolic tensors by themselves: shapes of what layers give, operations and functions of one's own, where graphs end."""
import numpy as np
import pytest

import cornu as keras
from cornu import layers, ops

K = keras.KerasTensor
X = np.arange(12, dtype="float32").reshape(4, 3) / 6


def test_facts():
    x = K((None, 3, 2), "int32", name="x")
    assert isinstance(x, K) and (x.shape, x.dtype, x.ndim, x.name) == ((None, 3, 2), "int32", 3, "x")
    assert not x.sparse and not x.ragged and "<KerasTensor shape=(None, 3, 2), dtype=int32>" == repr(x)
    assert not isinstance(ops.ones(2), K) and not isinstance(X, K) and not isinstance(keras.Variable(1.0), K)
    assert isinstance(keras.Input((2,)), K) and isinstance(layers.Dense(2)(x[..., 0]), K)
    same = layers.Dense(2)
    y = same(x)
    assert y == same.output and y in [same.output] and {y: 1}[same.output] == 1 and not y == x  # one is equal to itself alone
    for call, kind, words in ((lambda: bool(x), TypeError, "cannot be used as a boolean"),
                              (lambda: list(x), NotImplementedError, "Iterating"),
                              (lambda: np.array(x), ValueError, "doesn't have any actual numerical value"),
                              (lambda: setattr(x, "shape", (1,)), AttributeError, "`shape` attribute of KerasTensor is immutable"),
                              (lambda: setattr(x, "dtype", "int8"), AttributeError, "`dtype` attribute"),
                              (lambda: K((2,), sparse=True, ragged=True), ValueError, "at the same time"),
                              (lambda: K((2,), sparse=True), ValueError, "sparse must be False, got True"),
                              (lambda: K((2,), ragged=True), ValueError, "ragged must be False"),
                              (lambda: K((2,), record_history=False), ValueError, "record_history must be True")):
        with pytest.raises(kind, match=words):
            call()


def test_models_start_from_them():
    x = K((None, 3), name="x")
    dense = layers.Dense(2)
    model = keras.Model(x, ops.relu(dense(x)))
    np.testing.assert_allclose(model(X), np.maximum(X @ dense.kernel.numpy(), 0), rtol=1e-6)
    assert model.layers[0].name == "x" and type(model.layers[0]) is layers.InputLayer


@pytest.mark.parametrize("layer, shape, expected", [
    (lambda: layers.Dense(4), (None, 5, 3), (None, 5, 4)), (lambda: layers.Flatten(), (2, 3, 4), (2, 12)),
    (lambda: layers.BatchNormalization(), (None, 3), (None, 3)), (lambda: layers.Reshape((3, -1)), (None, 6), (None, 3, 2)),
    (lambda: layers.Concatenate(), [(None, 2), (None, 3)], (None, 5)), (lambda: layers.Dot(1), [(7, 2), (7, 2)], (7, 1)),
    (lambda: keras.Sequential([layers.Dense(4), layers.Dense(2)]), (None, 3), (None, 2)),
    (lambda: layers.Dropout(0.5), (None, 3), (None, 3))])
def test_shapes_without_building(layer, shape, expected):
    layer = layer()
    keras.utils.set_random_seed(1)
    before = np.asarray(keras.random.normal((3,)))
    keras.utils.set_random_seed(1)
    assert layer.compute_output_shape(shape) == expected
    assert not layer.weights and layer._impl.calls_noted == 0 and not layer._impl.built
    np.testing.assert_array_equal(np.asarray(keras.random.normal((3,))), before)  # no random number was drawn
    given = keras.tree.map_shape_structure(K, shape)
    assert layer.compute_output_spec(given).shape == layer(given).shape == expected


def test_specs():
    class ByShape(layers.Layer):
        def call(self, x):
            raise AssertionError("is not needed")

        def compute_output_shape(self, input_shape):
            return {"a": input_shape, "b": [input_shape, (*input_shape, 2)]}
    spec = ByShape(dtype="float64").compute_output_spec(K((2, 3), "int32"))
    assert keras.tree.map_structure(lambda x: (x.shape, x.dtype), spec) == {
        "a": ((2, 3), "float64"), "b": [((2, 3), "float64"), ((2, 3, 2), "float64")]}

    class Pair(layers.Layer):
        def call(self, a, b=None, training=False):
            return (a + b, ops.concatenate([a, b])) if training else (a - b,)

        def build(self, a_shape, b_shape):
            self.seen = a_shape, b_shape
    pair = Pair()
    assert [x.shape for x in pair.compute_output_spec(K((2, 3)), b=K((2, 3)), training=True)] == [(2, 3), (4, 3)]
    assert len(pair.symbolic_call(K((2, 3)), b=K((2, 3)))) == 1 and pair.seen == ((None, 3), (None, 3))

    class ByShapes(Pair):
        def compute_output_shape(self, b_shape, a_shape):
            return a_shape[:1] + b_shape[1:]
    assert ByShapes().compute_output_spec(K((2, 3)), K((4, 5))).shape == (2, 5)
    with pytest.raises(NotImplementedError, match="does not have a `compute_output_shape` method implemented"):
        layers.Layer().compute_output_shape((2, 3))
    with pytest.raises(NotImplementedError, match="does not have a `call` method implemented"):
        layers.Layer()(X)


def test_build_takes_the_shapes_that_it_names():
    class Names(layers.Layer):
        def call(self, foo, bar):
            return foo + bar

    class Other(Names):
        def build(self, foo_shape, bar):
            pass

    class Unknown(Names):
        def build(self, foo_shape, baz_shape):
            pass
    for cls, words in (Other, "argument `bar`, which does not end in `_shape`"), (Unknown, "does not have argument `baz`"):
        with pytest.raises(ValueError, match=words):
            cls()(X, X)
    with pytest.raises(ValueError, match="Only input tensors may be passed as positional arguments. Expected a tensor, got True"):
        Names()(X, True)


class Scale(keras.Operation):
    def __init__(self, factor, *, shift=0.0, name=None):
        super().__init__(name=name)
        self.factor, self.shift = factor, shift

    def call(self, x, y=None):
        z = self.factor * x + self.shift
        return z if y is None else (z, z + y)


def test_operations():
    op = Scale(2.0, name="twice")
    assert isinstance(layers.Dense(1), keras.Operation) and not isinstance(op, layers.Layer) and op.name == "twice"
    np.testing.assert_allclose(op(ops.convert_to_tensor(X)), 2 * X)
    x, y = K((None, 3), name="x"), K((None, 3))
    z = op(x)
    assert z.shape == (None, 3) and op.input == x and op.output == z and len(op._inbound_nodes) == 1
    both = op(x, y=y)
    assert isinstance(both, tuple) and op.output == z and len(op._inbound_nodes) == 2
    model = keras.Model([x, y], [z, *both])
    assert [type(layer).__name__ for layer in model.layers] == ["InputLayer", "InputLayer"] and not model.weights
    for got, expected in zip(model([X, X]), (2 * X, 2 * X, 3 * X)):
        np.testing.assert_allclose(got, expected)
    assert op.compute_output_spec(K((5, 3))).shape == (5, 3)
    assert op.get_config() == {"factor": 2.0, "shift": 0.0, "name": "twice"}
    assert Scale.from_config(op.get_config()).get_config() == op.get_config()
    with pytest.raises(ValueError, match="must be a string and cannot contain character `/`. .* got 'a/b'"):
        Scale(1, name="a/b")
    with pytest.raises(NotImplementedError):
        Scale(object()).get_config()
    with pytest.raises(AttributeError, match="was called on no symbolic tensor"):
        Scale(1.0).input
    with pytest.raises(NotImplementedError, match="does not have a `call` method"):
        keras.Operation()(X)


def test_functions():
    x, y = K((None, 3)), K((None, 3))
    hidden = x + y
    f = keras.Function({"x": x, "y": y}, {"p": hidden * 3, "q": hidden ** 2}, name="f")
    out = f({"x": X, "y": X})
    np.testing.assert_allclose(out["p"], 6 * X)
    np.testing.assert_allclose(out["q"], 4 * X * X)
    again = f({"x": K((2, 3)), "y": K((2, 3))})
    assert isinstance(again["p"], K) and f.name == "f" and f.inputs == [x, y] and len(f.outputs) == 2
    assert f.compute_output_shape({"x": (None, 3), "y": (None, 3)}) == {"p": (None, 3), "q": (None, 3)}
    assert f.compute_output_spec({"x": K((4, 3)), "y": K((4, 3))})["q"].shape == (4, 3)
    part = keras.Function(hidden, hidden ** 2)  # what made its input is no part of it
    assert [op.name.rsplit("_", 1)[0] for op in part.operations][-1] == "power" and not any(
        op.name.startswith("add") for op in part.operations)
    np.testing.assert_allclose(part(X), X * X)
    for call, words in ((lambda: f([X, X]), "invalid input structure"), (lambda: f({"x": X[:, :2], "y": X}), "incompatible inputs"),
                        (lambda: keras.Function([], x), "`inputs` argument cannot be empty"),
                        (lambda: keras.Function(x, []), "`outputs` argument cannot be empty"),
                        (lambda: keras.Function(x, X), "must be symbolic tensors, KerasTensor, got ndarray")):
        with pytest.raises(ValueError, match=words):
            call()


def test_sources():
    x, y = K((2,)), K((2,))
    assert keras.utils.get_source_inputs(ops.square((x + y) * y + 2)) == [x, y]
    assert keras.utils.get_source_inputs(x)[0] is x and keras.utils.get_source_inputs(X) is X
    assert keras.utils.is_keras_tensor(x) and not keras.utils.is_keras_tensor(X)
    with pytest.raises(ValueError, match="expected a tensor, got str"):
        keras.utils.is_keras_tensor("x")


def test_a_model_from_within_a_graph():
    x = keras.Input((3,))
    first, second = layers.Dense(2, name="first"), layers.Dense(1, name="second")
    middle = first(x)
    tail = keras.Model(middle, second(middle))
    assert [layer.name for layer in tail.layers][1:] == ["second"] and len(tail.weights) == 2
    np.testing.assert_allclose(tail(first(X)), second(first(X)), rtol=1e-6)
    with pytest.raises(ValueError, match=r"Output 'functional\w*' is not connected to `inputs`: it depends on the input"):
        keras.Model(keras.Input((3,)), tail(first(keras.Input((3,)))))


def test_sequential():
    model = keras.Sequential()
    for name in "inputs", "outputs", "input_shape", "output_shape":
        assert not hasattr(model, name)
    with pytest.raises(ValueError, match="has no layers"):
        model(X)
    x = keras.Input((3,))
    model.add(x)
    model.add(layers.Dense(2))
    assert model.inputs == [x] and model.outputs == [model.layers[-1].output] and model.output_shape == (None, 2)
    model.build((5, 3))
    for call in (lambda: model.build((5, 4)), lambda: model.add(keras.Input((3,)))):
        with pytest.raises(ValueError, match="has already been configured"):
            call()
    with pytest.raises(AttributeError, match=r"Use `add\(\)` and `pop\(\)`"):
        model.layers = []
    with pytest.raises(AttributeError, match="`Model.layers` attribute is reserved"):
        keras.Model().layers = []

    class Two(layers.Layer):
        def call(self, x, training):
            return x
    with pytest.raises(ValueError, match="can only have a single positional argument.*x, training"):
        keras.Sequential([Two()]).build((None, 2))


def test_paths_tell_where_layers_are():
    class Block(layers.Layer):
        def __init__(self):
            super().__init__(name="block")
            self.first = self.add_weight(name="first")
            self.inner = layers.Dense(2, name="inner")

        def build(self, shape):
            self.inner.build(shape)
            self.second = self.add_weight(name="second")

        def call(self, x):
            return self.inner(x) * self.first * self.second
    model = keras.Sequential([Block()], name="model")
    model(X)
    assert [w.path for w in model.weights] == ["block/first", "model/block/second", "model/block/inner/kernel",
                                               "model/block/inner/bias"]
    assert model.layers[0].inner.path == "model/block/inner" and layers.Dense(1, name="d").path == "d"


def test_from_config_of_graphs():
    class Named(layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(units)

        def call(self, x):
            return self.dense(x)

    class Mine(keras.Model):
        def __init__(self, *args, note="", **kwargs):
            super().__init__(*args, **kwargs)
            self.note = note

        def get_config(self):
            return {**super().get_config(), "note": self.note}
    x = keras.Input((3,))
    again = keras.Model.from_config(keras.Model(x, Named(4)(x)).get_config(), custom_objects={"Named": Named})
    assert again(X).shape == (4, 4)
    mine = Mine.from_config(Mine(inputs=x, outputs=layers.Dense(5)(x), note="kept", name="m").get_config())
    assert type(mine) is Mine and mine.note == "kept" and mine(X).shape == (4, 5) and mine.name == "m"
