"""What scripts written for tensorflow.keras use of TensorFlow itself."""
import numpy as _numpy

import cornu as keras
from cornu import _core
from cornu._tape import GradientTape

__version__ = "2.21.0"
__path__ = []
float32, float64, int32, int64, uint8, bool = "float32", "float64", "int32", "int64", "uint8", "bool"
Tensor = _core.Tensor
Variable = _core.Variable


def function(func=None, **kwargs):
    """As it is: what trains is compiled in any case."""
    return func if func is not None else lambda f: f


def constant(value, dtype=None, shape=None, name=None):
    out = _core.convert_to_tensor(value, dtype)
    return out if shape is None else out.reshape(shape)


convert_to_tensor = constant


class random:
    """tensorflow.random."""
    @staticmethod
    def set_seed(seed):
        keras.utils.set_random_seed(seed)

    @staticmethod
    def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None):
        return keras.random.normal(shape, mean, stddev, dtype, seed)

    @staticmethod
    def uniform(shape, minval=0.0, maxval=1.0, dtype="float32", seed=None):
        return keras.random.uniform(shape, minval, maxval, dtype, seed)


#: TensorFlow's names of operations: those of keras.ops, and those that Keras calls otherwise.
_OPS = {name: name for name in (
    "abs add argmax argmin cast cos cumsum divide equal exp expand_dims eye floor greater greater_equal identity less "
    "less_equal linspace logical_and logical_not logical_or matmul maximum minimum multiply negative norm not_equal ones "
    "ones_like repeat reshape round shape sigmoid sign sin size sort split sqrt square squeeze stack stop_gradient "
    "subtract tan tanh transpose unstack where zeros zeros_like broadcast_to is_tensor").split()}
_OPS.update(reduce_mean="mean", reduce_sum="sum", reduce_max="max", reduce_min="min", reduce_prod="prod",
            reduce_all="all", reduce_any="any", concat="concatenate", pow="power", clip_by_value="clip", fill="full",
            range="arange")
_MATH = {**_OPS, **{name: name for name in (
    "ceil erf expm1 log log1p log_sigmoid logsumexp mod reciprocal rsqrt softplus floor_divide").split()}}
_MATH.update(reduce_std="std", reduce_variance="var", reduce_logsumexp="logsumexp", is_nan="isnan", is_inf="isinf",
             is_finite="isfinite", floordiv="floor_divide", floormod="mod")
_NN = {name: name for name in (
    "relu relu6 sigmoid softmax tanh elu selu gelu leaky_relu softplus softsign silu log_softmax moments").split()}
_NN.update(swish="silu")


class _Namespace:
    """A part of TensorFlow: its names of operations, and functions of our own."""
    def __init__(self, name, names, **own):
        self._name, self._names = name, names
        self.__dict__.update(own)

    def __getattr__(self, name):
        return _stand_in(f"{self._name}.{name}", self._names.get(name))


def _stand_in(full, name):
    found = None if name is None else getattr(keras.ops, name, None)
    if found is None:
        raise AttributeError(f"tensorflow.{full} is not part of Keras, and Cornu has no stand-in for it; "
                             "use keras.ops, or run this part with TensorFlow")
    return found


def clip_by_norm(t, clip_norm, axes=None, name=None):
    """t, scaled down where its norm is greater."""
    norm = keras.ops.sqrt(keras.ops.sum(keras.ops.square(t), axis=axes, keepdims=axes is not None))
    return t * (clip_norm / keras.ops.maximum(norm, clip_norm))


def gather(params, indices, axis=0, name=None):
    return keras.ops.take(params, indices, axis=axis)


def rank(input, name=None):
    return _core.convert_to_tensor(len(input.shape), "int32")


def print(*values, **kwargs):
    """Of values that are there; what a traced step computes is known only with run_eagerly=True."""
    import builtins
    builtins.print(*values)


def _sigmoid_cross_entropy(labels, logits, name=None):
    ops = keras.ops
    return ops.maximum(logits, 0) - logits * labels + ops.log1p(ops.exp(-ops.abs(logits)))


def _softmax_cross_entropy(labels, logits, axis=-1, name=None):
    return keras.ops.categorical_crossentropy(labels, logits, from_logits=True, axis=axis)


def _sparse_softmax_cross_entropy(labels, logits, name=None):
    return keras.ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def _squared_difference(x, y, name=None):
    return keras.ops.square(x - y)


nn = _Namespace("nn", _NN, sigmoid_cross_entropy_with_logits=_sigmoid_cross_entropy,
                softmax_cross_entropy_with_logits=_softmax_cross_entropy,
                sparse_softmax_cross_entropy_with_logits=_sparse_softmax_cross_entropy)
math = _Namespace("math", _MATH, squared_difference=_squared_difference)
linalg = _Namespace("linalg", {name: name for name in ("matmul", "norm", "eye")})
data = _Namespace("data", {})
io = _Namespace("io", {})
image = _Namespace("image", {})


class config:
    """tensorflow.config: what is there is the processor."""
    @staticmethod
    def list_physical_devices(kind=None):
        return [] if kind == "GPU" else ["/physical_device:CPU:0"]

    @staticmethod
    def run_functions_eagerly(on):
        pass


def __getattr__(name):
    if name == "numpy":
        return _numpy
    if name.startswith("__"):
        raise AttributeError(name)
    return _stand_in(name, _OPS.get(name))
