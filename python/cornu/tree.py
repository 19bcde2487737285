"""keras.tree: nested lists, tuples and dictionaries."""
from . import _absent


def is_nested(structure):
    return isinstance(structure, (list, tuple, dict))


def flatten(structure):
    """The leaves in order; dictionaries by sorted keys."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for one in structure for leaf in flatten(one)]
    return [structure]


def map_structure(func, *structures, none_is_leaf=True):
    """The same structure with ``func`` of the leaves."""
    first = structures[0]
    if isinstance(first, dict):
        return type(first)((k, map_structure(func, *(s[k] for s in structures))) for k in first)
    if isinstance(first, (list, tuple)):
        parts = [map_structure(func, *ones) for ones in zip(*structures)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    return func(*structures)


def pack_sequence_as(structure, flat_sequence):
    leaves = iter(flat_sequence)
    return map_structure(lambda _: next(leaves), structure)


__getattr__ = _absent.getattr_of("tree")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
