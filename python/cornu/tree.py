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


def assert_same_structure(a, b):
    """ValueError where the two are not nested alike."""
    if is_nested(a) != is_nested(b) or is_nested(a) and (
            isinstance(a, dict) != isinstance(b, dict) or len(a) != len(b)
            or isinstance(a, dict) and a.keys() != b.keys()):
        raise ValueError(f"the structures must be alike, got {_outline(a)} and {_outline(b)}")
    if is_nested(a):
        for one, other in ((a[k], b[k]) for k in a) if isinstance(a, dict) else zip(a, b):
            assert_same_structure(one, other)


def _outline(structure):
    if isinstance(structure, dict):
        return f"a dictionary of {sorted(structure)}"
    return f"a {type(structure).__name__} of {len(structure)}" if is_nested(structure) else type(structure).__name__


def map_structure(func, *structures, none_is_leaf=True):
    """The same structure with ``func`` of the leaves. ``none_is_leaf=False``: None stays None."""
    if not structures:
        raise ValueError("map_structure: needs at least one structure")
    first = structures[0]
    for other in structures[1:]:
        assert_same_structure(first, other)
    return _mapped(func, structures, none_is_leaf)


def _mapped(func, structures, none_is_leaf):
    first = structures[0]
    if isinstance(first, dict):  # leaves in the order of flatten
        made = {k: _mapped(func, [s[k] for s in structures], none_is_leaf) for k in sorted(first)}
        return type(first)((k, made[k]) for k in first)
    if isinstance(first, (list, tuple)):
        parts = [_mapped(func, ones, none_is_leaf) for ones in zip(*structures)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    if not none_is_leaf and all(one is None for one in structures):
        return None
    return func(*structures)


def map_shape_structure(func, structure):
    """The same structure with ``func`` of each shape in it: a tuple or list of numbers and None."""
    if isinstance(structure, dict):
        return {name: map_shape_structure(func, one) for name, one in structure.items()}
    if isinstance(structure, (list, tuple)) and not all(size is None or isinstance(size, int) for size in structure):
        return type(structure)(map_shape_structure(func, one) for one in structure)
    if not isinstance(structure, (list, tuple)):
        raise ValueError(f"map_shape_structure: expected shapes, got {structure!r}")
    return func(tuple(structure))


def pack_sequence_as(structure, flat_sequence):
    """The structure with these leaves, in the order of ``flatten``."""
    leaves, wanted = list(flat_sequence), len(flatten(structure))
    if len(leaves) != wanted:
        raise ValueError(f"pack_sequence_as: the structure has {wanted} leaves, got {len(leaves)}")
    leaves = iter(leaves)
    return map_structure(lambda _: next(leaves), structure)


__getattr__ = _absent.getattr_of("tree")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
