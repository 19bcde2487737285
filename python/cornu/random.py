"""keras.random: random tensors. The streams are the engine's own."""
from . import _core


class SeedGenerator:
    """A stream of seeds."""
    def __init__(self, seed=None, name=None, **kwargs):
        self._seed = _core.next_seed() if seed is None else int(seed)
        self._drawn = 0

    def next(self, ordered=True):
        self._drawn += 1
        return (self._seed * 1000003 + self._drawn) & 0x7FFFFFFF


def _seed(seed):
    return seed.next() if isinstance(seed, SeedGenerator) else seed


def _draw(class_name, shape, dtype, seed, **config):
    made = _core.make("keras.initializers", {"class_name": class_name, "config": {**config, "seed": _seed(seed)}})
    return made(tuple(shape), dtype)


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers."""
    return _draw("RandomNormal", shape, dtype, seed, mean=mean, stddev=stddev)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers within two standard deviations."""
    return _draw("TruncatedNormal", shape, dtype, seed, mean=mean, stddev=stddev)


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Uniform numbers in [minval, maxval)."""
    return _draw("RandomUniform", shape, dtype, seed, minval=float(minval), maxval=float(maxval))


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Uniform integers in [minval, maxval)."""
    from . import ops
    return ops.cast(ops.floor(uniform(shape, minval, maxval, seed=seed)), dtype)


def shuffle(x, axis=0, seed=None):
    """x with the parts along the axis in random order."""
    from . import ops
    order = ops.argsort(uniform((ops.shape(x)[axis],), seed=seed))
    return ops.take(x, order, axis=axis)
