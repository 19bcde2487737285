"""What the attributes of layers and models hold: layers and metrics, also in lists and dictionaries."""
import collections
import functools
import weakref

from . import _generate


def objects_in(value, cls, around=()):
    """The objects of a class in a value, in order. ``around`` are the collections that it is in: a list that holds
    itself is gone through once."""
    if isinstance(value, cls):
        yield value
    elif isinstance(value, (list, tuple, set, dict)) and not any(one is value for one in around):
        for one in value.values() if isinstance(value, dict) else value:
            yield from objects_in(one, cls, (*around, value))


class Changed:
    """Tells a layer that what is in one of its attributes changed."""
    def __init__(self, layer, name):
        self._layer, self._name = weakref.ref(layer), name

    def __call__(self):
        layer = self._layer()
        if layer is not None:
            layer._track(self._name, layer.__dict__.get(self._name))


def _tracked_class(base, changes):
    """A collection in an attribute of a layer, which learns of what is put into it later. Made by hand it tells
    nobody."""
    def noticed(change):
        @functools.wraps(change)
        def method(self, *args, **kwargs):
            out = change(self, *args, **kwargs)
            self._changed()
            return out
        return method

    def init(self, values=(), changed=lambda: None):
        self._changed = changed
        base.__init__(self, values)

    plain = base.__name__[0].upper() + base.__name__[1:]
    body = {"__init__": init, "__reduce__": lambda self: (base, (base(self),)), "__module__": __name__}
    body.update((name, noticed(getattr(base, name))) for name in changes.split())
    return type("Tracked" + plain, (base,), body)


_OF_DICT = "__setitem__ update setdefault pop clear __delitem__ popitem"
TrackedList = _tracked_class(list, "append extend insert __setitem__ __iadd__ remove pop clear __delitem__")
TrackedDict = _tracked_class(dict, _OF_DICT)
TrackedOrderedDict = _tracked_class(collections.OrderedDict, _OF_DICT)
TrackedSet = _tracked_class(set, "add update remove discard pop clear __ior__ __isub__ __iand__ __ixor__")


def tracked(value, changed):
    """Lists, dictionaries and sets as ones that call ``changed`` when something is put into them."""
    cls = type(value)
    if cls is list:
        return TrackedList([tracked(one, changed) for one in value], changed)
    if cls is tuple:
        return tuple(tracked(one, changed) for one in value)
    if cls is dict or cls is collections.OrderedDict:
        made = {k: tracked(one, changed) for k, one in value.items()}
        return (TrackedDict if cls is dict else TrackedOrderedDict)(made, changed)
    return TrackedSet(value, changed) if cls is set else value


def once_each(objects):
    """Without repetitions."""
    return list({id(one): one for one in objects}.values())


def numbered(layers):
    """"dense", "dense_1", ... by class."""
    counts = {}
    for layer in layers:
        base = _generate._snake(type(layer).__name__)
        n = counts[base] = counts.get(base, -1) + 1
        yield f"{base}_{n}" if n else base


def file_paths(tracked, cls):
    """Where Keras' files keep the layers in attributes, by id: by name, those in lists by class and number."""
    paths = {}
    for name in sorted(tracked):
        value = tracked[name]
        if isinstance(value, cls):
            paths.setdefault(id(value), name)
            continue
        inside = list(objects_in(value, cls))
        for layer, number in zip(inside, numbered(inside)):
            paths.setdefault(id(layer), f"{name}/{number}")
    return paths
