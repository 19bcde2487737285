"""What the attributes of layers and models hold: layers and metrics, also in lists and dictionaries."""
import functools
import weakref

from . import _generate


def objects_in(value, cls):
    """The objects of a class in a value, in order."""
    if isinstance(value, cls):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from objects_in(one, cls)
    elif isinstance(value, dict):
        for one in value.values():
            yield from objects_in(one, cls)


class Changed:
    """Tells a layer that what is in one of its attributes changed."""
    def __init__(self, layer, name):
        self._layer, self._name = weakref.ref(layer), name

    def __call__(self):
        layer = self._layer()
        if layer is not None:
            layer._track(self._name, layer.__dict__.get(self._name))


def _tracked_class(base, changes):
    """A list or dictionary in an attribute of a layer, which learns of what is put into it later."""
    def noticed(change):
        @functools.wraps(change)
        def method(self, *args, **kwargs):
            out = change(self, *args, **kwargs)
            self._changed()
            return out
        return method

    def init(self, values, changed):
        self._changed = changed
        base.__init__(self, values)

    body = {"__init__": init, "__reduce__": lambda self: (base, (base(self),)), "__module__": __name__}
    body.update((name, noticed(getattr(base, name))) for name in changes.split())
    return type("Tracked" + base.__name__.capitalize(), (base,), body)


TrackedList = _tracked_class(list, "append extend insert __setitem__ __iadd__ remove pop clear __delitem__")
TrackedDict = _tracked_class(dict, "__setitem__ update setdefault pop clear __delitem__ popitem")


def tracked(value, changed):
    """Lists and dictionaries as ones that call ``changed`` when something is put into them."""
    if type(value) is list:
        return TrackedList([tracked(one, changed) for one in value], changed)
    if type(value) is dict:
        return TrackedDict({k: tracked(one, changed) for k, one in value.items()}, changed)
    return value


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
