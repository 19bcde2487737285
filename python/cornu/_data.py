"""What fit, evaluate and predict take: arrays, frames, generators, PyDataset, and data sets of other libraries."""
from . import _core


def array(x, name="x"):
    """An array that the engine reads in place, or None. ``name`` is that of the argument, for errors."""
    if x is None or isinstance(x, (_core.Tensor, _core.Variable)):
        return x
    if isinstance(x, (list, tuple)) and x and all(getattr(one, "shape", ()) for one in x):
        if len(x) > 1:
            raise ValueError(f"{name}: models with several inputs or outputs are not supported yet, got a list of "
                             f"{len(x)} arrays; stack rows with numpy.stack")
        return array(x[0], name)  # the one input of the one model
    if isinstance(x, dict):
        if len(x) != 1:
            raise ValueError(f"the model has one input, got a dictionary of {sorted(x)}")
        return array(next(iter(x.values())), name)
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
    example = next((v for v in x.reshape(-1) if not _is_number(v)), "") if x.size else ""
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
    item = [*item, None, None][:3]
    return array(item[0]), array(item[1], "y"), array(item[2], "sample_weight")


class Source:
    """Batches of a Python object, for the engine's thread."""
    def __init__(self, data, steps):
        self._data, self._steps = data, steps
        self.shuffle = False
        self._order = None
        self._indexed = hasattr(data, "__getitem__") and hasattr(data, "__len__")
        self._iterator = None
        self._first = None
        if self._indexed:
            first = batch_of(data[0])
        else:
            self._iterator = iter(data)
            self._first = first = batch_of(next(self._iterator))
        self.batch_size = len(first[0])
        count = steps or length(data)
        self.rows = count * self.batch_size if count else -1
        self._at = 0
        self._epoch, self._probe = None, None

    def start(self, epoch):
        if epoch == self._epoch and self._at == 1 and not self._indexed:
            self._first = self._probe  # the engine looked at the first batch and begins anew
        self._epoch, self._at = epoch, 0
        if self._indexed:
            self._order = list(range(len(self._data)))
            if self.shuffle:
                import random
                random.Random(_core.next_seed()).shuffle(self._order)
        elif epoch > 0 and not hasattr(self._data, "__next__"):
            self._iterator = iter(self._data)

    def next_block(self):
        if self._steps is not None and self._at >= self._steps:
            return self._end()
        if self._indexed:
            if self._at >= len(self._order):
                return self._end()
            block = batch_of(self._data[self._order[self._at]])
        elif self._first is not None:
            self._probe, self._first = self._first, None
            block = self._probe
        else:
            item = next(self._iterator, None)
            if item is None:
                return None
            block = batch_of(item)
            if self._at == 0:
                self._probe = block
        self._at += 1
        return block

    def _end(self):
        if self._indexed and hasattr(self._data, "on_epoch_end"):
            self._data.on_epoch_end()


def source(x, y, sample_weight, batch_size, steps):
    """A Source if x is a stream of batches, else None."""
    if not is_stream(x):
        return None
    if y is not None:
        raise ValueError("fit: y comes from the generator or data set; do not give it besides")
    return Source(x, steps)


def gather(x, steps=None):
    """All batches of a stream as arrays."""
    import numpy
    s = Source(x, steps)
    parts = []
    s.start(0)
    while (block := s.next_block()) is not None:
        parts.append(block)
    return tuple(None if parts[0][i] is None else numpy.concatenate([numpy.asarray(p[i]) for p in parts])
                 for i in range(3))


def steps(x, batch_size, validation_split):
    """Batches of an epoch, or None if unknown."""
    if is_stream(x):
        return length(x)
    rows = len(x[0] if isinstance(x, (list, tuple)) and len(x) == 1 and hasattr(x[0], "shape") else x)
    rows = int(rows * (1 - validation_split)) if validation_split else rows
    return -(-rows // (batch_size or 32))


def triple(x, y, weight, steps=None):
    if is_stream(x):
        return gather(x, steps)
    return array(x), array(y, "y"), array(weight, "sample_weight")


def whole(data, steps=None):
    """Validation data as arrays."""
    if is_stream(data):
        return gather(data, steps)
    x, y, w = [*data, None, None][:3]
    return array(x, "x of validation_data"), array(y, "y of validation_data"), array(w, "sample_weight")
