"""What fit, evaluate and predict take: arrays, frames, generators, PyDataset, and data sets of other libraries."""
import collections
import itertools

from . import _core, tree


def array(x, name="x"):
    """An array that the engine reads in place, or None. ``name`` is that of the argument, for errors."""
    if x is None or isinstance(x, (_core.Tensor, _core.Variable)):
        return x
    if is_structure(x):
        parts = x.items() if isinstance(x, dict) else enumerate(x)
        made = {key: array(one, f"{name}[{key!r}]") for key, one in parts}
        if isinstance(x, dict):
            return made
        return type(x)(*made.values()) if hasattr(x, "_fields") else type(x)(made.values())
    if hasattr(x, "to_numpy") and not hasattr(x, "__dlpack__"):  # pandas
        x = _frame(x, name) if hasattr(x, "columns") else x.to_numpy()
    if type(x).__name__ != "ndarray":
        import numpy
        if not hasattr(x, "__array__") and not isinstance(x, (list, tuple, int, float)):
            raise ValueError(f"cannot read {name} from {type(x).__name__}: give arrays, a generator or a PyDataset")
        x = numpy.ascontiguousarray(x)
    if x.dtype.kind in "OSUmM":
        x = _numbers(x, name)
    return x if x.flags.c_contiguous else x.copy()


def is_structure(x):
    """Whether it is several arrays, of several inputs or outputs; numbers and lists of them are rows of one."""
    return isinstance(x, dict) or isinstance(x, (list, tuple)) and bool(x) and all(map(_is_part, x))


def _is_part(x):
    return x is None or is_structure(x) or bool(getattr(x, "shape", ()))


def leaves(x):
    """The arrays of a structure of them."""
    return [one for one in tree.flatten(x) if one is not None]


def rows(x):
    """How many each array of a structure has."""
    return len(next(iter(leaves(x)), ()) if is_structure(x) else x)


def _frame(x, name):
    """A data frame as an array; what is no number is told by its column."""
    out = x.to_numpy()
    if out.dtype.kind not in "OSUmM":
        return out
    columns = []
    for label in x.columns:
        column = x[label]
        values = column.to_numpy()
        try:
            if values.dtype.kind in "mM":
                raise TypeError
            columns.append(values.astype("float32"))
        except (TypeError, ValueError):
            told = _not_numbers(label, column, values)
            raise ValueError(f"{name} must hold numbers, but column {label!r} {told}") from None
    import numpy
    return numpy.stack(columns, -1) if columns else out


def _not_numbers(label, column, values):
    """What a column holds instead of numbers, and the way out."""
    kind = f"of type {column.dtype}"
    if values.dtype.kind in "mM":
        return (f"is {kind}; take numbers of it, as frame[{label!r}].dt.year or .dt.dayofweek, or leave it out with "
                f"frame.drop(columns={label!r})")
    for value in values:
        try:
            float(value)
        except (TypeError, ValueError):
            if type(value).__name__ == "NAType":
                return f"({kind}) has missing values; fill them with frame[{label!r}].fillna(...), or drop those rows"
            if hasattr(value, "year"):
                return (f"({kind}) has dates such as {str(value)!r}; take numbers of them, as pandas.to_datetime("
                        f"frame[{label!r}]).dt.year, or leave it out with frame.drop(columns={label!r})")
            return (f"({kind}) has values such as {value!r}; pandas.get_dummies(frame, columns=[{label!r}]) makes "
                    f"columns of 0 and 1 of them, frame.drop(columns={label!r}) leaves it out")
    return f"is {kind}"


def _numbers(x, name):
    """An array of objects or texts as numbers, if that is what they are."""
    try:
        if x.dtype.kind == "O":
            return x.astype("float32")
    except (TypeError, ValueError):
        pass
    values = x.reshape(-1)
    example = next((v for v in values if not _is_number(v)), values[0] if x.size else "")
    how = (f"; numpy.unique({name}, return_inverse=True) gives the classes and their numbers" if x.ndim < 2
           or x.shape[-1] == 1 else "")
    raise ValueError(f"{name} must hold numbers, got {type(example).__name__} values such as {example!r}{how}")


def _is_number(value):
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not hasattr(value, "year")


def length(x):
    """Of a stream, if it knows it."""
    try:
        return len(x)
    except TypeError:
        return None


def is_stream(x):
    """Whether batches come one after another."""
    if x is None or hasattr(x, "shape") or isinstance(x, (list, tuple, dict, _core.Tensor)):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__getitem__") and hasattr(x, "__len__") and not hasattr(
        x, "to_numpy") or hasattr(x, "__iter__") and not hasattr(x, "to_numpy")


def batch_of(item):
    """(x, y, weight) of what a generator yields."""
    if not isinstance(item, (tuple, list)):
        return array(item), None, None
    if not 1 <= len(item) <= 3:
        raise ValueError("a generator or PyDataset must give batches (x,), (x, y) or (x, y, sample_weight), got "
                         f"{len(item)} values")
    item = [*item, None, None][:3]
    return array(item[0]), array(item[1], "y"), weights(item[1], item[2])


class Source:
    """Batches of a Python object, for the engine. ``batches`` of a pass are -1 if unknown.

    What has ``__getitem__`` and a length, as a PyDataset, is read by index; what ``iter`` gives anew each time, as a
    data set, from its beginning in each pass; a generator goes on where it is.
    """
    def __init__(self, who, data):
        self._who, self._data = who, data
        self._indexed = hasattr(data, "__getitem__") and (hasattr(data, "__len__") or hasattr(data, "num_batches"))
        self._once = not self._indexed and hasattr(data, "__next__")
        # A generator may hold what belongs to its thread, as a connection to a data base.
        self.reads_ahead = self._indexed or type(data).__module__.partition(".")[0] == __package__
        count = self._count()
        self.batches = -1 if count is None else count
        self._seed = None  # of the order of what is read by index; None: as it lies
        self._workers = _Workers(data) if self._indexed and getattr(data, "workers", 1) > 1 else None
        self._iterator = iter(data) if self._once else None
        self._gave = False
        self._first = None  # of a generator, until the second is asked for: a pass may begin again

    def _count(self):
        if self._indexed and hasattr(self._data, "num_batches"):
            return self._data.num_batches
        return length(self._data)

    def shuffle(self, seed):
        self._seed = seed

    def start(self, number):
        self._at = 0
        if self._indexed:
            count = self._count()
            self._order = itertools.count() if count is None else list(range(count))
            if self._seed is not None and count is not None:
                import random
                random.Random(f"{self._seed} {number}").shuffle(self._order)
            items = (self._data[at] for at in self._order)
            self._iterator = items if self._workers is None else self._workers.items(self._order)
        elif not self._once:
            self._iterator = iter(self._data)

    def next_block(self):
        at = self._at
        self._at += 1
        if at == 0 and self._first is not None:
            return self._first
        item = next(self._iterator, None)
        if item is None:
            if self._gave:
                return None
            raise ValueError(f"{self._who}: the generator or data set has no batches")
        block = batch_of(item)
        self._gave = True
        self._first = block if at == 0 and self._once else None
        return block

    def on_epoch_begin(self):
        self._hook("on_epoch_begin")

    def on_epoch_end(self):
        if self._at > 0:
            self._first = None  # it was used
        if self._workers is not None:
            self._workers.stop()
        self._hook("on_epoch_end")

    def _hook(self, name):
        if self._indexed and hasattr(self._data, name):
            getattr(self._data, name)()


class _Workers:
    """The batches of a PyDataset, made by several threads ahead of their use."""
    def __init__(self, data):
        self._data, self._pool, self._waiting = data, None, collections.deque()
        if getattr(data, "use_multiprocessing", False):
            import warnings
            warnings.warn(f"{type(data).__name__}: its {data.workers} workers are threads, use_multiprocessing has no "
                          "effect", stacklevel=5)

    def items(self, order):
        from concurrent.futures import ThreadPoolExecutor
        self.stop()
        self._pool = ThreadPoolExecutor(self._data.workers)
        ahead = max(1, getattr(self._data, "max_queue_size", 10))
        for at in order:
            self._waiting.append(self._pool.submit(self._data.__getitem__, at))
            if len(self._waiting) >= ahead:
                yield self._waiting.popleft().result()
        while self._waiting:
            yield self._waiting.popleft().result()
        self.stop()

    def stop(self):
        if self._pool is not None:
            for one in self._waiting:
                one.cancel()
            self._waiting.clear()
            self._pool.shutdown()
            self._pool = None


def source(who, x, y=None, sample_weight=None, batch_size=None):
    """A Source if x is a stream of batches, else None."""
    if not is_stream(x):
        return None
    for name, value in ("y", y), ("sample_weight", sample_weight):
        if value is not None:
            raise ValueError(f"{who}: {name} comes from the generator or data set; do not give it besides")
    if batch_size is not None:
        import warnings
        warnings.warn(f"{who}: batch_size={batch_size} has no effect, as batches are those that the generator or data "
                      "set gives", stacklevel=3)
    return Source(who, x)


def gather(x, steps=None):
    """All batches of a stream, or ``steps`` of them, as arrays."""
    import numpy
    s = Source("adapt", x)
    parts = []
    s.start(0)
    while (steps is None or len(parts) < steps) and (block := s.next_block()) is not None:
        parts.append(block)
    def joined(*same):
        return numpy.concatenate([numpy.asarray(one) for one in same])
    return tuple(None if parts[0][i] is None else tree.map_structure(joined, *(p[i] for p in parts)) for i in range(3))


def whole_number(who, name, value, least=1):
    """A count that may be a float without a fraction, as numpy.ceil gives it; None stays None."""
    if value is None:
        return None
    try:
        number = None if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or number != value:
        raise ValueError(f"{who}: {name} must be a whole number, got {value!r}")
    if number < least:
        raise ValueError(f"{who}: {name} must be at least {least}, got {value!r}")
    return number


def steps(x, batch_size, validation_split):
    """Batches of an epoch, or None if unknown."""
    if is_stream(x):
        return length(x)
    number = rows(x)
    number = int(number * (1 - validation_split)) if validation_split else number
    return -(-number // (batch_size or 32))


def weights(y, weight):
    """Weights of rows as arrays. By name they are for the targets of those names, all of them."""
    if isinstance(weight, dict) and isinstance(y, dict) and set(weight) != set(y):
        raise ValueError("You should provide one `sample_weight` array per output in `y`: expected one for each of "
                         f"{sorted(y)}, got {sorted(weight)}")
    return array(weight, "sample_weight")


def triple(x, y, weight, steps=None):
    if is_stream(x):
        return gather(x, steps)
    return array(x), array(y, "y"), weights(y, weight)


def validation(data, batch_size):
    """What fit takes of validation data."""
    if is_stream(data):
        return {"validation_source": source("validation_data of fit", data, batch_size=batch_size)}
    if not isinstance(data, (tuple, list)) or not 2 <= len(data) <= 3:
        got = f"{len(data)} values" if isinstance(data, (tuple, list)) else type(data).__name__
        raise ValueError("fit: validation_data must be (x, y), (x, y, sample_weight), a generator or a PyDataset, got "
                         f"{got}")
    x, y, w = [*data, None, None][:3]
    return {"validation_data": (array(x, "x of validation_data"), array(y, "y of validation_data"),
                                weights(y, w))}
