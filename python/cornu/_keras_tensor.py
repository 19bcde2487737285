"""keras.KerasTensor: symbolic tensors, which have a shape and a type, and what graphs of layers are made of."""
from . import _core


class _Symbolic(type):
    def __instancecheck__(cls, x):
        return isinstance(x, _core.Tensor) and x.in_graph

    def __call__(cls, shape, dtype="float32", sparse=False, ragged=False, record_history=True, name=None):
        if sparse and ragged:
            raise ValueError("KerasTensor cannot have `sparse=True` and `ragged=True` at the same time")
        for what, value, expected in (("sparse", sparse, False), ("ragged", ragged, False),
                                      ("record_history", record_history, True)):
            if bool(value) != expected:
                raise ValueError(f"KerasTensor: {what} must be {expected}, got {value!r}, which is not supported")
        return _core.symbolic_tensor(shape, _core.standardize_dtype(dtype), name or "")


class KerasTensor(metaclass=_Symbolic):
    """A symbolic tensor of a shape, None for sizes that are not known, and a type. What layers and operations make of
    it is symbolic too; ``Model`` and ``Function`` calculate it for arrays. Two of them are equal if they are one."""


def symbolic(args):
    """Whether any of some tensors is symbolic, of a graph of layers."""
    return any(isinstance(x, KerasTensor) for x in args)


def source_inputs(tensor):
    """The symbolic tensors that one was made from and that were made from none; itself, if that is so of it."""
    sources, seen, waiting = [], set(), [tensor]
    while waiting:
        x = waiting.pop()
        if x in seen:
            continue
        seen.add(x)
        made_from = _core.made_from(x)
        if not made_from:
            sources.append(x)
        waiting += reversed(made_from)
    return sources
