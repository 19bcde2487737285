"""What scripts written for tensorflow.keras use of TensorFlow itself."""
import numpy as _numpy

import cornu as keras
from cornu import _core, _tfdata
from cornu._tape import GradientTape

__version__ = "2.21.0"
__path__ = []
float32, float64, int32, int64, uint8, bool = "float32", "float64", "int32", "int64", "uint8", "bool"
Tensor = _core.Tensor


class Variable(_core.Variable):
    """tf.Variable: its first argument has another name than Keras'."""
    def __init__(self, initial_value=None, trainable=True, validate_shape=True, name=None, dtype=None, shape=None,
                 **kwargs):
        super().__init__(initial_value, dtype=dtype, trainable=trainable is not False, name=name)



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
    "less_equal linspace logical_and logical_not logical_or maximum minimum multiply negative norm not_equal ones "
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


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """Tensors scaled down together where the norm of all is greater; and that norm."""
    ops = keras.ops
    norm = ops.sqrt(sum(ops.sum(ops.square(t)) for t in t_list)) if use_norm is None else use_norm
    return [t * (clip_norm / ops.maximum(norm, clip_norm)) for t in t_list], norm


def one_hot(indices, depth, on_value=1.0, off_value=0.0, axis=-1, dtype="float32", name=None):
    out = keras.ops.one_hot(indices, depth, axis=axis, dtype=dtype)
    return out if (on_value, off_value) == (1.0, 0.0) else out * (on_value - off_value) + off_value


def add_n(inputs, name=None):
    return sum(inputs[1:], inputs[0])


def matmul(a, b, transpose_a=False, transpose_b=False, name=None):
    ops = keras.ops
    a, b = (ops.swapaxes(x, -1, -2) if turn else x for x, turn in ((a, transpose_a), (b, transpose_b)))
    return ops.matmul(a, b)


def executing_eagerly():
    return not _core.tracing()


def get_logger():
    import logging
    return logging.getLogger("tensorflow")


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


def _l2_loss(t, name=None):
    return keras.ops.sum(keras.ops.square(t)) / 2


def _leaky_relu(features, alpha=0.2, name=None):
    return keras.ops.leaky_relu(features, alpha)


def _squared_difference(x, y, name=None):
    return keras.ops.square(x - y)


nn = _Namespace("nn", _NN, l2_loss=_l2_loss, leaky_relu=_leaky_relu,
                sigmoid_cross_entropy_with_logits=_sigmoid_cross_entropy,
                softmax_cross_entropy_with_logits=_softmax_cross_entropy,
                sparse_softmax_cross_entropy_with_logits=_sparse_softmax_cross_entropy)
math = _Namespace("math", _MATH, squared_difference=_squared_difference)
linalg = _Namespace("linalg", {name: name for name in ("norm", "eye")}, matmul=matmul)
data = _Namespace("data", {}, Dataset=_tfdata.Dataset, AUTOTUNE=_tfdata.AUTOTUNE,
                  experimental=_Namespace("data.experimental", {}, AUTOTUNE=_tfdata.AUTOTUNE))
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
    if name in ("losses", "metrics", "optimizers", "initializers"):  # Keras' under an older name
        return getattr(keras, name)
    return _stand_in(name, _OPS.get(name))
