"""keras.tree: nested lists, tuples, named tuples, deques and dictionaries; everything else is a leaf, None too."""
from collections import OrderedDict, defaultdict, deque

from . import _absent


class MAP_TO_NONE:
    """What a function given to ``traverse`` returns where None shall stand."""
    def __init__(self):
        raise NotImplementedError("MAP_TO_NONE is used as it is; it has no instances")


def is_nested(structure):
    """Whether it is a list, a tuple, a dictionary or their like, and no leaf."""
    return isinstance(structure, (list, tuple, dict, deque)) or type(structure).__name__ == "TrackedSet"


def _keys(structure):
    """Of a dictionary: sorted, unless it has an order of its own, or its keys have none."""
    if isinstance(structure, OrderedDict):
        return list(structure)
    try:
        return sorted(structure)
    except TypeError:
        return list(structure)


def _parts(structure):
    """(names or numbers, values) of what is nested."""
    if isinstance(structure, dict):
        keys = _keys(structure)
        return keys, [structure[key] for key in keys]
    values = list(structure)
    return range(len(values)), values


def _again(structure, values):
    """A structure of the same kind of other values, in the order of ``_parts``."""
    cls = type(structure)
    if isinstance(structure, dict):
        made = dict(zip(_keys(structure), values))
        ordered = ((key, made[key]) for key in structure)
        return cls(structure.default_factory, ordered) if isinstance(structure, defaultdict) else cls(ordered)
    if isinstance(structure, deque):
        return cls(values, structure.maxlen)
    return cls(*values) if hasattr(structure, "_fields") else cls(values)


def flatten(structure):
    """The leaves in order; dictionaries by sorted keys, but for an OrderedDict."""
    out = []
    _collect(structure, out)
    return out


def _collect(structure, out):
    if isinstance(structure, (list, tuple)):
        for one in structure:
            _collect(one, out)
    elif is_nested(structure):
        for one in _parts(structure)[1]:
            _collect(one, out)
    else:
        out.append(structure)


def flatten_with_path(structure):
    """(path, leaf) of each leaf; a path is a tuple of numbers and keys."""
    if not is_nested(structure):
        return [((), structure)]
    return [((key, *path), leaf) for key, one in zip(*_parts(structure)) for path, leaf in flatten_with_path(one)]


#: Dictionaries that may stand for each other.
_DICTS = (dict, OrderedDict, defaultdict)


def _alike(a, b):
    """ValueError where the outermost parts of two structures are not alike."""
    if not is_nested(a):
        if is_nested(b):
            raise ValueError(f"the structures don't have the same nested structure: expected a leaf, got {_name(b)} "
                             f"of {len(b)}")
        return
    same_class = type(a) is type(b) or type(a) in _DICTS and type(b) in _DICTS
    if not same_class:
        raise ValueError("the structures don't have the same nested structure: expected "
                         f"{_name(a)} of {len(a)}, got {_name(b)}" + (f" of {len(b)}" if is_nested(b) else ""))
    ordered = type(a).__name__ == "TrackedOrderedDict"  # the others are compared by their keys alone
    if isinstance(a, dict) and (list(a) != list(b) if ordered else a.keys() != b.keys()):
        node = "arity" if len(a) != len(b) else "context"  # Keras' words
        raise ValueError(f"Node {node} mismatch, dictionary key mismatch: expected the keys {_keys(a)}, got {_keys(b)}")
    if len(a) != len(b):
        raise ValueError(f"arity mismatch, the number of parts: expected {_name(a)} of {len(a)}, got one of {len(b)}")


def _name(structure):
    name = type(structure).__name__
    return f"namedtuple {name}" if hasattr(structure, "_fields") else name


def assert_same_structure(a, b):
    """ValueError where the two are not nested alike; kinds of dictionaries may stand for each other."""
    _alike(a, b)
    if is_nested(a):
        for one, other in _side_by_side([a, b]):
            assert_same_structure(one, other)


def _side_by_side(structures):
    """Their parts, of each the one of the same place."""
    first = structures[0]
    if isinstance(first, dict):
        return [[s[key] for s in structures] for key in _keys(first)]
    return list(zip(*structures))


def assert_same_paths(a, b):
    """ValueError where the two have leaves at other paths, whatever their lists and tuples are."""
    ours, theirs = ({path for path, _ in flatten_with_path(one)} for one in (a, b))
    if ours != theirs:
        raise ValueError("`a` and `b` don't have the same paths: expected also "
                         f"{sorted(ours - theirs, key=str)} in b, got {sorted(theirs - ours, key=str)} besides")


def _check_callable(who, func):
    if not callable(func):
        raise TypeError(f"{who}: func must be callable, got {func!r}")


def map_structure(func, *structures, none_is_leaf=True):
    """The same structure with ``func`` of the leaves. ``none_is_leaf=False``: None stays None."""
    _check_callable("map_structure", func)
    if not structures:
        raise ValueError("map_structure: needs at least one structure, got none")
    return _mapped(func, structures, none_is_leaf)


def _mapped(func, structures, none_is_leaf):
    first = structures[0]
    for other in structures[1:]:
        _alike(first, other)
    if is_nested(first):
        return _again(first, [_mapped(func, ones, none_is_leaf) for ones in _side_by_side(structures)])
    if not none_is_leaf and all(one is None for one in structures):
        return None
    return func(*structures)


def map_structure_up_to(shallow_structure, func, *structures):
    """The same structure as the shallow one, with ``func`` of what the others have where it has leaves."""
    _check_callable("map_structure_up_to", func)
    if not structures:
        raise ValueError("map_structure_up_to: needs at least one structure, got none")
    if not is_nested(shallow_structure):
        return func(*structures)
    for other in structures:
        _alike(shallow_structure, other)
    return _again(shallow_structure, [map_structure_up_to(shallow, func, *others)
                                      for shallow, *others in _side_by_side([shallow_structure, *structures])])


def traverse(func, structure, top_down=True):
    """Calls ``func`` with the structure and all its parts. Where it gives None, they stay and their parts are visited;
    what else it gives takes their place, ``MAP_TO_NONE`` being None. From the outside inwards, or the other way."""
    _check_callable("traverse", func)

    def below():
        if not is_nested(structure):
            return structure
        return _again(structure, [traverse(func, one, top_down) for one in _parts(structure)[1]])
    if top_down:
        out = func(structure)
        if out is None:
            return below()
    else:
        kept = below()
        out = func(kept)
        if out is None:
            return kept
    return None if out is MAP_TO_NONE else out


def lists_to_tuples(structure):
    """The same structure with tuples in place of lists."""
    return traverse(lambda one: tuple(one) if isinstance(one, list) else None, structure, top_down=False)


def map_shape_structure(func, structure):
    """The same structure with ``func`` of each shape in it, a tuple or list of numbers and None, and of what else is no
    structure."""
    _check_callable("map_shape_structure", func)
    if _is_shape(structure) or not is_nested(structure):
        return func(structure)
    return _again(structure, [map_shape_structure(func, one) for one in _parts(structure)[1]])


def _is_shape(x):
    return isinstance(x, (list, tuple)) and all(size is None or isinstance(size, int) for size in x)


def pack_sequence_as(structure, flat_sequence):
    """The structure with these leaves, in the order of ``flatten``."""
    try:
        leaves = list(flat_sequence)
    except TypeError:
        raise TypeError(f"pack_sequence_as: flat_sequence must be iterable, got {flat_sequence!r}") from None
    wanted = len(flatten(structure))
    if len(leaves) != wanted:
        raise ValueError(f"pack_sequence_as: the structure has {wanted} leaves, expected: {wanted}, got {len(leaves)}")
    leaves = iter(leaves)
    return map_structure(lambda _: next(leaves), structure)


__getattr__ = _absent.getattr_of("tree")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
