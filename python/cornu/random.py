"""keras.random: random tensors. The streams are the engine's own: the same on every machine.

A seed is a number, which gives the same values at every call; a SeedGenerator, which moves on; or None for new values.
"""
from . import _absent, _core, config, ops


class SeedGenerator:
    """A stream of seeds: ``state`` moves on with each draw, in traced steps too."""
    def __init__(self, seed=None, name=None, **kwargs):
        if kwargs:
            raise TypeError(f"SeedGenerator() got an unexpected argument '{next(iter(kwargs))}'")
        self.name = name or "seed_generator"
        self._initial_seed = _core.next_seed() if seed is None else int(seed)
        self.state = _core.Variable([self._initial_seed & 0x7FFFFFFF, 0], dtype="int32", trainable=False,
                                    name="seed_generator_state")

    def next(self, ordered=True):
        """The seed of the next draw."""
        now = self.state.value
        self.state.assign_add([0, 1])
        return now

    def get_config(self):
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _pair(seed):
    """What the engine draws from: a seed and a counter."""
    if seed is None:
        seed = SeedGenerator()
    if isinstance(seed, SeedGenerator):
        return seed.next()
    return _core.convert_to_tensor([int(seed) & 0x7FFFFFFF, 0], "int32")


def _float(dtype, who):
    name = _core.standardize_dtype(dtype) if dtype else config.floatx()
    if "float" not in name:
        raise ValueError(f"keras.random.{who} requires a floating point dtype, got {name}")
    return name


def _draw(kind, shape, dtype, pair, a, b):
    return _core.random(kind, pair, ops.zeros(shape, _float(dtype, kind)), float(a), float(b))


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers."""
    return _draw("normal", shape, dtype, _pair(seed), mean, stddev)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers within two standard deviations."""
    pair = _pair(seed)
    z = _draw("normal", shape, dtype, pair, 0, 1)
    for again in range(1, 7):  # one draw in 22 is outside: after six more, one in 10^9 is left, which is cut off
        z = ops.where(ops.abs(z) <= 2, z, _draw("normal", shape, dtype, pair + [again * 0x2545F49, 0], 0, 1))
    return ops.clip(z, -2, 2) * stddev + mean


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Uniform numbers in [minval, maxval)."""
    return _draw("uniform", shape, dtype, _pair(seed), minval, maxval)


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Uniform integers in [minval, maxval)."""
    return ops.cast(ops.floor(uniform(shape, minval, maxval, seed=seed)), dtype)


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Class numbers drawn with the probabilities softmax(logits), ``num_samples`` for each row."""
    rows, classes = ops.shape(logits)
    u = uniform((rows, num_samples, classes), 1e-30, 1.0, seed=seed)
    return ops.cast(ops.argmax(ops.expand_dims(logits, 1) - ops.log(-ops.log(u)), axis=-1), dtype)


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """How many of ``counts`` (a number) trials succeed."""
    u = uniform((int(counts), *shape), seed=seed)
    dtype = _core.standardize_dtype(dtype) if dtype else config.floatx()
    return ops.cast(ops.sum(ops.cast(u < probabilities, "float32"), axis=0), dtype)


def dropout(inputs, rate, noise_shape=None, seed=None):
    """Sets a share of the inputs to zero and scales the others up."""
    if noise_shape is None:
        chance = _core.random("uniform", _pair(seed), inputs, 0.0, 1.0)
    else:
        chance = uniform([n if given is None else given for n, given in zip(ops.shape(inputs), noise_shape)], seed=seed)
    keep = chance >= rate
    return ops.where(keep, inputs / (1 - rate), ops.zeros_like(inputs))


def shuffle(x, axis=0, seed=None):
    """x with the parts along the axis in random order."""
    order = ops.argsort(uniform((ops.shape(x)[axis],), seed=seed))
    return ops.take(x, order, axis=axis)


__getattr__ = _absent.getattr_of("random")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
