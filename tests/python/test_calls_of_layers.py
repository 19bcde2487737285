"""Every argument of the methods of layers, Input and InputSpec: honoured, or refused."""
import numpy as np
import pytest
from call_checks import X, Twice, refused

import cornu as keras
from cornu import ops


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
    taken = weight(overwrite_with_gradient=True)
    assert taken.overwrite_with_gradient and not weight().overwrite_with_gradient
    keras.optimizers.Adam().apply([np.full(tuple(taken.shape), 7, "float32")], [taken])
    assert np.all(taken.numpy() == 7)
    assert Twice().add_weight((3, 1), "zeros", "int32").dtype == "int32"
    refused(lambda: Twice().add_weight((3,), shape=(3,)), "`shape` was passed both positionally and as a keyword")
    refused(lambda: Twice().add_weight("w"), "pass the `name`", "'w'")
    refused(lambda: Twice().add_weight((3,), "zeros", "int32", "w"), "at most 3 positional arguments", "got 4")
    layer(X)
    refused(lambda: layer.add_weight((2,)), "cannot add new elements of state", "Twice")


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
    assert layer.compute_output_shape((7, 2)) == (7, 3) == layer.compute_output_shape(input_shape=(7, 2))
    refused(lambda: layer.compute_output_shape((7, 2), (7, 2)), "got 2 arguments")
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


def layer_masks():
    mask = keras.ops.convert_to_tensor(np.array([[True, False]]))
    x = np.ones((1, 2, 3), "float32")
    assert keras.layers.Dense(2).compute_mask(x, mask) is not None and keras.layers.Flatten().compute_mask(x, mask) is None
    seen = keras.layers.Masking(mask_value=1.0).compute_mask(x, None)
    assert np.asarray(keras.layers.Dense(2).compute_mask(x, mask=mask)).tolist() == [[True, False]]
    assert not np.asarray(seen).any()


def inputs():
    assert keras.Input((3,)).shape == (None, 3) and keras.Input(batch_shape=(2, 3)).shape == (2, 3)
    assert keras.Input((3,), batch_size=2).shape == (2, 3) and keras.Input((3,), name="i").name == "i"
    assert keras.Input((3,), dtype="int32").dtype == "int32"
    for given in ({"sparse": True}, {"ragged": True}):
        refused(lambda: keras.Input((3,), **given), "not supported")
    assert keras.layers.InputLayer((3,), optional=True).optional and not keras.layers.InputLayer((3,)).optional
    refused(lambda: keras.Input((3,), batch_shape=(2, 3)), "both `shape` and `batch_shape`")
    refused(lambda: keras.Input(batch_size=2, batch_shape=(2, 3)), "both `batch_size` and `batch_shape`")
    refused(lambda: keras.layers.InputLayer((3,), shapes=3), "'shapes'")
    for call in (lambda: keras.layers.InputLayer((3,), input_tensor=X), lambda: keras.Input((3,), tensor=X)):
        refused(call, "must be a KerasTensor", "ndarray")
    x = keras.KerasTensor((2, 3), "int32")
    assert keras.Input(tensor=x) == x and keras.layers.InputLayer(input_tensor=x, name="mine").output.name == "mine"
    for given in {"shape": (4,)}, {"batch_size": 3}, {"batch_shape": (2, 4)}, {"dtype": "float32"}, {"sparse": True}:
        refused(lambda: keras.layers.InputLayer(input_tensor=x, **given), f"incompatible `{next(iter(given))}`")
    refused(lambda: keras.Input(tensor=keras.layers.Dense(1)(x)), "no layer has made", "'dense")
    with pytest.warns(UserWarning, match="input_shape"):
        assert keras.layers.InputLayer(input_shape=(3,)).batch_shape == (None, 3)


#: Of each function and method, its arguments that a check here holds.
CHECKS = {
    add_weight: {"Layer.add_weight": "args shape initializer dtype trainable autocast regularizer aggregation "
                                     "overwrite_with_gradient name"},
    layer_init: {"Layer.__init__": "trainable dtype name autocast input_shape input_dim batch_input_shape "
                                   "activity_regularizer args kwargs"},
    layer_call: {"Layer.__call__": "args kwargs", "Layer.call": "inputs args kwargs", "Model.__call__": "args kwargs"},
    layer_masks: {"Layer.compute_mask": "inputs previous_mask mask"},
    adapt: {"Layer.adapt": "data batch_size steps"},
    layer_facts: {"Layer.compute_output_shape": "args kwargs", "Layer.set_weights": "weights", "Layer.build": "input_shape",
                  "Layer.build_from_config": "config", "Layer.add_loss": "loss"},
    spec: {"InputSpec.__init__": "dtype shape ndim max_ndim min_ndim axes allow_last_axis_squeeze name optional"},
    inputs: {"layers.Input": "shape batch_size dtype sparse ragged batch_shape name tensor optional",
             "InputLayer.__init__": "shape batch_size dtype sparse ragged batch_shape input_tensor optional name kwargs"},
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_check(check):
    check()
