"""What the attributes of layers and models hold: layers and metrics, also in lists and dictionaries."""
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
