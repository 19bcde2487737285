"""keras.utils."""
from . import _absent, _core
from .saving import (CustomObjectScope, custom_object_scope, deserialize_keras_object, get_custom_objects,
                     get_registered_name, get_registered_object, register_keras_serializable, serialize_keras_object)


def set_random_seed(seed):
    """Seeds Python, NumPy and the engine."""
    import random
    import sys
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    _core.set_random_seed(int(seed))


def clear_session(free_memory=True):
    _core.clear_session()


def to_categorical(x, num_classes=None):
    """One-hot rows of integer labels: a NumPy array, or a Tensor of a Tensor."""
    if isinstance(x, (_core.Tensor, _core.Variable)):
        from . import ops
        if num_classes is None and x.symbolic:
            raise ValueError("to_categorical: a traced tensor's largest label is not known; give num_classes")
        shape = tuple(x.shape)
        x = ops.reshape(x, shape[:-1]) if len(shape) > 1 and shape[-1] == 1 else x
        return ops.one_hot(ops.cast(x, "int32"), int(ops.max(x)) + 1 if num_classes is None else num_classes)
    import numpy
    given = numpy.asarray(x)
    x = given.astype("int64")
    if not numpy.array_equal(given.astype("float64"), x):
        raise ValueError("to_categorical: labels must be whole numbers, got "
                         f"{given[given.astype('float64') != x].reshape(-1)[0]}")
    shape = x.shape[:-1] if x.ndim > 1 and x.shape[-1] == 1 else x.shape
    x = x.reshape(-1)
    if num_classes is None:
        num_classes = int(x.max()) + 1 if x.size else 0
    if x.size and not 0 <= x.min() <= x.max() < num_classes:
        raise ValueError(f"to_categorical: labels must be from 0 to {num_classes - 1}, got {x.min()} to {x.max()}")
    out = numpy.zeros((x.shape[0], num_classes))
    out[numpy.arange(x.shape[0]), x] = 1
    return out.reshape(*shape, num_classes)


def normalize(x, axis=-1, order=2):
    """x divided by its norms along an axis (None: by that of all of it); zeros stay zeros."""
    if isinstance(x, (_core.Tensor, _core.Variable)):
        from . import ops
        return ops.normalize(x, axis=axis, order=order)
    import numpy
    x = numpy.asarray(x)
    norm = numpy.linalg.norm(x.reshape(-1) if axis is None else x, order, axis, keepdims=axis is not None)
    return x / numpy.where(norm == 0, 1, norm)


def is_keras_tensor(x):
    """Whether x is symbolic, of a graph of layers; ValueError for what is no tensor."""
    if not hasattr(x, "shape") or not hasattr(x, "dtype"):
        raise ValueError(f"is_keras_tensor: expected a tensor, got {type(x).__name__}")
    from ._keras_tensor import KerasTensor
    return isinstance(x, KerasTensor)


def get_source_inputs(tensor):
    """The symbolic tensors that a symbolic one was made from in the end, in a list; itself, if it is an Input's."""
    from ._keras_tensor import KerasTensor, source_inputs
    if not isinstance(tensor, KerasTensor):
        return tensor
    found = source_inputs(tensor)
    return [tensor if one == tensor else one for one in found]


class PyDataset:
    """Base of data sets in Python: ``__len__`` batches, ``__getitem__`` gives one.

    Batches are read on another thread, ahead of their use; with ``workers`` above 1, on so many, up to
    ``max_queue_size`` batches ahead. Subclasses without end define ``num_batches`` as None.
    """
    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    @property
    def num_batches(self):
        return len(self)

    def __iter__(self):
        """The batches of a pass; without end if ``num_batches`` is None."""
        import itertools
        try:
            count = self.num_batches
        except NotImplementedError:
            count = None
        return (self[i] for i in (itertools.count() if count is None else range(count)))

    def on_epoch_begin(self):
        """Called before the batches of each epoch, and of each evaluation."""

    def on_epoch_end(self):
        """Called after the batches of each epoch, and of each evaluation."""

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__}: define __getitem__(index), which gives the batch of that "
                                  "number")

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__}: define __len__, the number of batches, or num_batches")


Sequence = PyDataset


def split_dataset(dataset, left_size=None, right_size=None, shuffle=False, seed=None):
    """Not there: says what to use."""
    raise NotImplementedError("split_dataset works on TensorFlow's data sets; use train_test_split of scikit-learn or "
                              "validation_split of fit")


def plot_model(*args, **kwargs):
    raise NotImplementedError("plot_model is not supported yet; use model.summary()")


__getattr__ = _absent.getattr_of("utils")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
