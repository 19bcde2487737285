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


#: TensorFlow's names of operations that Keras calls otherwise.
_RENAMED = {"reduce_mean": "mean", "reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min", "concat": "concatenate",
            "pow": "power", "argmax": "argmax", "clip_by_value": "clip"}
_SAME = {"abs", "add", "cast", "exp", "expand_dims", "matmul", "maximum", "minimum", "multiply", "one_hot", "ones",
         "reshape", "shape", "sigmoid", "sign", "sqrt", "square", "squeeze", "stack", "subtract", "tanh", "transpose",
         "where", "zeros", "zeros_like", "ones_like", "equal", "greater", "less", "divide", "round", "stop_gradient"}


class _Namespace:
    def __init__(self, name, *names):
        self._name, self._names = name, names

    def __getattr__(self, name):
        if name in self._names:
            return getattr(keras.ops, {"softmax_cross_entropy_with_logits": "categorical_crossentropy"}.get(name, name))
        return __getattr__(f"{self._name}.{name}")


nn = _Namespace("nn", "relu", "sigmoid", "softmax", "tanh", "elu", "selu", "gelu", "leaky_relu", "softplus", "silu")
math = _Namespace("math", "log", "exp", "sqrt", "square", "abs", "sin", "cos", "tanh", "sigmoid", "log1p", "maximum",
                  "minimum", "pow")


class config:
    """tensorflow.config: what is there is the processor."""
    @staticmethod
    def list_physical_devices(kind=None):
        return [] if kind == "GPU" else ["/physical_device:CPU:0"]

    @staticmethod
    def run_functions_eagerly(on):
        pass


def __getattr__(name):
    if name in _SAME:
        return getattr(keras.ops, name)
    if name in _RENAMED:
        return getattr(keras.ops, _RENAMED[name])
    if name == "numpy":
        return _numpy
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"tensorflow.{name} is not part of Keras, and Cornu has no stand-in for it; "
                         "use keras.ops, or run this part with TensorFlow")
