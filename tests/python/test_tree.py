"""keras.tree: which structures there are, the order of their leaves, and what is told where two differ."""
from collections import OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

import cornu as keras
from cornu._tracking import TrackedOrderedDict

tree = keras.tree
Point = namedtuple("Point", "x y")
Place = namedtuple("Place", "x y")
NESTED = {"b": [2, (3, None)], "a": Point(0, 1), "c": deque([4], 9)}


def test_leaves():
    assert tree.flatten(NESTED) == [0, 1, 2, 3, None, 4]
    assert tree.flatten(OrderedDict([("b", 1), ("a", 2)])) == [1, 2]  # it has an order of its own
    assert tree.flatten(defaultdict(list, b=1, a=2)) == [2, 1]
    assert tree.flatten({2: "b", "a": 1}) == ["b", 1]  # keys without an order stay in theirs
    for leaf in 1, "ab", b"ab", {1, 2}, np.ones(2), keras.ops.ones(2), None:
        assert not tree.is_nested(leaf) and tree.flatten(leaf)[0] is leaf
    for structure in (), [], {}, deque(), Point(1, 2), OrderedDict():
        assert tree.is_nested(structure)


def test_same_kind_again():
    made = tree.map_structure(lambda v: v if v is None else v + 1, NESTED)
    assert made == {"b": [3, (4, None)], "a": Point(1, 2), "c": deque([5])} and list(made) == ["b", "a", "c"]
    assert type(made["a"]) is Point and made["c"].maxlen == 9
    assert tree.pack_sequence_as(NESTED, range(6)) == {"a": Point(0, 1), "b": [2, (3, 4)], "c": deque([5])}
    ordered = OrderedDict([("b", 1), ("a", 2)])
    assert list(tree.map_structure(str, ordered).items()) == [("b", "1"), ("a", "2")]
    with_default = tree.map_structure(str, defaultdict(list, a=1))
    assert type(with_default) is defaultdict and with_default.default_factory is list
    assert tree.map_structure(lambda a, b: a + b, {"a": 1}, OrderedDict(a=2)) == {"a": 3}
    assert tree.lists_to_tuples([1, {"a": [2, [3]]}]) == (1, {"a": (2, (3,))})


def test_what_a_layer_holds_is_nested_too():
    layer = keras.layers.Layer()
    layer.listed, layer.named, layer.some, layer.ordered = [1, [2]], {"b": 1, "a": 2}, {3}, OrderedDict(b=1, a=2)
    assert tree.flatten([layer.listed, layer.named, layer.some, layer.ordered]) == [1, 2, 2, 1, 3, 1, 2]
    assert type(tree.map_structure(str, layer.listed)) is type(layer.listed)
    with pytest.raises(ValueError, match="expected list of 2, got TrackedList of 2"):
        tree.assert_same_structure([1, [2]], layer.listed)


def test_paths():
    assert tree.flatten_with_path(NESTED) == [(("a", 0), 0), (("a", 1), 1), (("b", 0), 2), (("b", 1, 0), 3),
                                              (("b", 1, 1), None), (("c", 0), 4)]
    assert tree.flatten_with_path(5) == [((), 5)] and tree.flatten_with_path([]) == []
    tree.assert_same_paths([1, (2, 3)], ((4), [5, 6]))
    with pytest.raises(ValueError, match=r"same paths: expected also \[\('b',\)\] in b, got \[\('c',\)\] besides"):
        tree.assert_same_paths({"a": 1, "b": 2}, {"a": 1, "c": 2})


def test_up_to():
    assert tree.map_structure_up_to(["x", ("y",)], lambda name, v: (name, v), ["x", ("y",)], [[1, 2], ({"a": 3},)]) == [
        ("x", [1, 2]), (("y", {"a": 3}),)]
    with pytest.raises(ValueError, match="expected list of 2, got int"):
        tree.map_structure_up_to([1, [2, 3]], lambda v: v, [1, 2])
    with pytest.raises(ValueError, match="at least one structure"):
        tree.map_structure_up_to([1], len)


def test_traverse():
    seen = []

    def visit(x):
        seen.append(x)
        return None if tree.is_nested(x) else x * 10
    assert tree.traverse(visit, [1, (2,)]) == [10, (20,)] and seen == [[1, (2,)], 1, (2,), 2]
    seen.clear()
    assert tree.traverse(visit, [1, (2,)], top_down=False) == [10, (20,)] and seen == [1, 2, (20,), [10, (20,)]]
    assert tree.traverse(lambda x: "all" if isinstance(x, tuple) else None, [1, (2,)]) == [1, "all"]
    assert tree.traverse(lambda x: tree.MAP_TO_NONE if x == 2 else None, [1, 2]) == [1, None]
    with pytest.raises(TypeError, match="callable"):
        tree.traverse(None, [1])


@pytest.mark.parametrize("a, b, words", [
    ((1,), [1], "expected tuple of 1, got list of 1"), ([], deque(), "expected list of 0, got deque of 0"),
    ((), Point(1, 2), "expected tuple of 0, got namedtuple Point of 2"),
    (Point(1, 2), Place(1, 2), "expected namedtuple Point of 2, got namedtuple Place of 2"),
    ([1, 2], [1], "arity mismatch, the number of parts: expected list of 2, got one of 1"),
    ({"a": 1}, {"b": 1}, r"dictionary key mismatch: expected the keys \['a'\], got \['b'\]"),
    (TrackedOrderedDict({"a": 1, "b": 2}), TrackedOrderedDict({"b": 2, "a": 1}),
     r"expected the keys \['a', 'b'\], got \['b', 'a'\]"),
    ([1], 1, "expected list of 1, got int"), (1, [1], "don't have the same nested structure: expected a leaf, got list of 1"),
])
def test_structures_that_differ(a, b, words):
    for differ in (lambda: tree.assert_same_structure(a, b), lambda: tree.map_structure(lambda *v: v, a, b)):
        with pytest.raises(ValueError, match=words):
            differ()
