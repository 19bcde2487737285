"""tf.data's Dataset as scripts for tensorflow.keras use it: elements made on the processor, batch by batch.

Slices of arrays that are only shuffled and batched stay arrays; anything else goes element by element.
"""
import numpy as np

AUTOTUNE = -1
INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = -1, -2


class Dataset:
    """A stream of elements: arrays, or tuples and dictionaries of arrays. Iterating starts anew each time."""
    def __init__(self, start, count, arrays=None, shuffled=None):
        self._start, self._count = start, count
        self._arrays, self._shuffled = arrays, shuffled  # of slices that are still whole

    # ---- sources

    @staticmethod
    def from_tensor_slices(tensors, name=None):
        """The rows of arrays, tuples or dictionaries of arrays."""
        arrays = _map(_array, tensors)
        sizes = {len(a) for a in _leaves(arrays)}
        if len(sizes) != 1:
            raise ValueError(f"from_tensor_slices: arrays must have as many rows as each other, got {sorted(sizes)}")
        count = sizes.pop()
        return Dataset(lambda: (_map(lambda a: a[i], arrays) for i in range(count)), count, arrays)

    @staticmethod
    def from_tensors(tensors, name=None):
        one = _map(_array, tensors)
        return Dataset(lambda: iter([one]), 1)

    @staticmethod
    def from_generator(generator, output_types=None, output_shapes=None, args=None, output_signature=None, name=None):
        """What a function's generator yields."""
        return Dataset(lambda: (_map(_array, one) for one in generator(*(args or ()))), None)

    @staticmethod
    def range(*args, **kwargs):
        numbers = range(*(int(a) for a in args))
        return Dataset(lambda: (np.int64(i) for i in numbers), len(numbers))

    @staticmethod
    def zip(*datasets, name=None):
        """Elements of several data sets beside each other."""
        if len(datasets) == 1 and isinstance(datasets[0], (tuple, list)):
            datasets = tuple(datasets[0])
        counts = [d._count for d in datasets]
        return Dataset(lambda: zip(*datasets), None if None in counts else min(counts))

    # ---- what is done to them

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """A random order. Slices of arrays are shuffled as a whole; else within a buffer of ``buffer_size``."""
        rng = [np.random.default_rng(_seed(seed))]

        def generator():
            if not reshuffle_each_iteration:
                rng[0] = np.random.default_rng(_seed(seed))
            return rng[0]

        def start():
            drawn, buffer = generator(), []
            for one in self:
                buffer.append(one)
                if len(buffer) >= max(1, buffer_size):
                    yield buffer.pop(drawn.integers(len(buffer)))
            drawn.shuffle(buffer)
            yield from buffer
        whole = self._arrays if self._shuffled is None and buffer_size >= (self._count or 0) else None
        return Dataset(start, self._count, whole, generator)

    def batch(self, batch_size, drop_remainder=False, **kwargs):
        """Elements stacked."""
        size = int(batch_size)
        count = None if self._count is None else self._count // size if drop_remainder else -(-self._count // size)

        def slices():
            rows = np.arange(self._count)
            if self._shuffled is not None:
                self._shuffled().shuffle(rows)
            for b in range(count):
                pick = rows[b * size:(b + 1) * size]
                yield _map(lambda a: a[pick], self._arrays)

        def stacked():
            held = []
            for one in self:
                held.append(one)
                if len(held) == size:
                    yield _stack(held)
                    held = []
            if held and not drop_remainder:
                yield _stack(held)
        return Dataset(slices if self._arrays is not None else stacked, count)

    def unbatch(self, name=None):
        def start():
            for one in self:
                for i in range(len(next(_leaves(one)))):
                    yield _map(lambda a: a[i], one)
        return Dataset(start, None)

    def map(self, map_func, num_parallel_calls=None, **kwargs):
        """Each element through a function; tuples are its arguments."""
        def call(one):
            out = map_func(*one) if isinstance(one, tuple) else map_func(one)
            return _map(_array, out)
        return Dataset(lambda: (call(one) for one in self), self._count)

    def filter(self, predicate, name=None):
        keep = (lambda one: predicate(*one) if isinstance(one, tuple) else predicate(one))
        return Dataset(lambda: (one for one in self if bool(keep(one))), None)

    def repeat(self, count=None, name=None):
        """Again and again: ``count`` times, or for ever."""
        if count is None or count < 0:
            def forever():
                while True:
                    yield from self
            return Dataset(forever, None)
        return Dataset(lambda: (one for _ in range(count) for one in self),
                       None if self._count is None else count * self._count)

    def take(self, count, name=None):
        import itertools
        return Dataset(lambda: itertools.islice(self, count) if count >= 0 else iter(self),
                       count if self._count is None else min(count, self._count))

    def skip(self, count, name=None):
        import itertools
        return Dataset(lambda: itertools.islice(self, count, None),
                       None if self._count is None else max(0, self._count - count))

    def enumerate(self, start=0, name=None):
        return Dataset(lambda: enumerate(self, start), self._count)

    def concatenate(self, dataset, name=None):
        import itertools
        counts = self._count, dataset._count
        return Dataset(lambda: itertools.chain(self, dataset), None if None in counts else sum(counts))

    def prefetch(self, buffer_size=None, name=None):
        return self

    def with_options(self, options, name=None):
        return self

    def cache(self, filename="", name=None):
        """Elements are made once and kept in memory."""
        if self._arrays is not None:
            return self
        kept = []

        def start():
            if not kept:
                kept.append(list(self))
            return iter(kept[0])
        return Dataset(start, self._count)

    # ---- reading them

    def __iter__(self):
        return iter(self._start())

    def as_numpy_iterator(self):
        return iter(self)

    def cardinality(self):
        return UNKNOWN_CARDINALITY if self._count is None else self._count

    def __len__(self):
        if self._count is None:
            raise TypeError("the number of elements of this data set is not known")
        return self._count


def _seed(seed):
    from . import _core
    return _core.next_seed() if seed is None else seed


def _array(x):
    return x if isinstance(x, np.ndarray) else np.asarray(x)


def _map(f, structure):
    if isinstance(structure, tuple):
        return tuple(_map(f, one) for one in structure)
    if isinstance(structure, dict):
        return {k: _map(f, one) for k, one in structure.items()}
    return f(structure)


def _leaves(structure):
    if isinstance(structure, (tuple, dict)):
        for one in structure.values() if isinstance(structure, dict) else structure:
            yield from _leaves(one)
    else:
        yield structure


def _stack(elements):
    first = elements[0]
    if isinstance(first, tuple):
        return tuple(_stack([one[i] for one in elements]) for i in range(len(first)))
    if isinstance(first, dict):
        return {k: _stack([one[k] for one in elements]) for k in first}
    return np.stack(elements)
