"""What every family needs: arrays and objects as JSON, and a deterministic source of numbers."""

import os
import zlib
from pathlib import Path

import jax
import jax.numpy as jnp
import keras
import numpy as np

SEED = 7
OUT = Path(os.environ.get("CORNU_GOLDEN_OUT", "tests/golden"))


def generator(name):
    """A random source that depends on `name` alone, so that adding a case leaves the others as they are."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def floats(values, dtype=None):
    """An array of the float type being recorded. Give it short decimals: they are what the file will show."""
    return np.asarray(values, dtype=dtype or keras.config.floatx())


def normal(name, *shape, scale=1.0, digits=2):
    return floats(np.round(generator(name).normal(size=shape) * scale, digits))


def uniform(name, *shape, low=0.0, high=1.0, digits=2):
    return floats(np.round(generator(name).uniform(low, high, size=shape), digits))


def integers(name, *shape, high):
    return generator(name).integers(0, high, size=shape).astype("int32")


def array(value):
    """`{"shape", "dtype", "data"}` with the shortest digits that give the same bits back."""
    value = np.asarray(value)
    if value.dtype.kind in "iub":
        data = [int(v) for v in value.ravel()]
    else:
        halves = str(value.dtype) in ("float16", "bfloat16")
        assert halves or value.dtype in (np.float32, np.float64), value.dtype
        data = [number(v) for v in (value.astype("float32") if halves else value).ravel()]
    return {"shape": list(value.shape), "dtype": str(value.dtype), "data": data}


def number(v):
    if np.isnan(v):
        return "nan"
    if np.isinf(v):
        return "inf" if v > 0 else "-inf"
    shortest = float(str(v))  # str(float32) has at most 9 digits, str(float64) at most 17
    return int(shortest) if shortest == int(shortest) and abs(shortest) < 1e6 and str(shortest) != "-0.0" else shortest


def arrays(values):
    return {key: array(value) for key, value in values.items() if value is not None}


def config(obj):
    return keras.saving.serialize_keras_object(obj)


def case(name, obj, inputs, outputs, **more):
    """One line of a golden file; `obj` is a Keras object, or already JSON."""
    serialized = obj if isinstance(obj, (str, dict, type(None))) else config(obj)
    return {"name": name, "config": serialized, **more, "inputs": arrays(inputs), "outputs": arrays(outputs)}


def weighted_gradient(f, x, w):
    """Gradient of sum(f(x) * w) with respect to x."""
    return jax.grad(lambda v: jnp.sum(f(v) * w))(jnp.asarray(x))
