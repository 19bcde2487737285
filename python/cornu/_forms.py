"""What files hold of objects: Keras' {"module", "class_name", "config", "registered_name"}, and objects made of it.

Reached through ``_kinds``, whose ``serialize`` and ``deserialize`` these are.
"""
import threading

from . import _core, _generate, _kinds
from ._calls import is_ours


class UnknownClass(ValueError, TypeError):
    """A form names a class or function that is not known here, or is none; Keras raises one or the other."""


#: Arguments that the engine settles when a layer is made, a number as one for each size; tuples, as Keras has them.
SETTLED = frozenset(("kernel_size", "strides", "dilation_rate", "pool_size", "output_padding", "output_size", "padding",
                     "cropping", "size", "data_format"))


def as_tuples(value):
    """Lists of lists as tuples of tuples."""
    return tuple(as_tuples(one) for one in value) if isinstance(value, (list, tuple)) else value


_PLAIN = (str, int, float, bool, type(None))
#: Of the object that is being written or read: forms and objects of the layers in it, which may be at several places.
_open = threading.local()


class _Sharing:
    """A ``with`` block around the outermost object."""
    def __enter__(self):
        self._outermost = not hasattr(_open, "forms")
        if self._outermost:
            _open.forms, _open.objects = {}, {}

    def __exit__(self, *_):
        if self._outermost:
            del _open.forms, _open.objects


# ---- to forms


def serialize(thing):
    """Keras' form of an object; numbers, texts and collections of them as they are."""
    if isinstance(thing, _PLAIN):
        return thing
    if isinstance(thing, (list, tuple)):
        return (tuple if isinstance(thing, tuple) else list)(serialize(one) for one in thing)
    if isinstance(thing, dict):
        return {key: serialize(one) for key, one in thing.items()}
    special = _special_form(thing)
    if special is not None:
        return special
    if hasattr(thing, "get_config") and not isinstance(thing, type):
        with _Sharing():
            return _object_form(thing)
    return _function_form(thing)


def _special_form(thing):
    if isinstance(thing, bytes):
        return {"class_name": "__bytes__", "config": {"value": thing.decode()}}
    if isinstance(thing, slice):
        parts = {part: serialize(getattr(thing, part)) for part in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": parts}
    if thing is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(thing, (_core.Tensor, _core.Variable)):
        return {"class_name": "__tensor__", "config": {"value": _core.to_numpy(thing).tolist(), "dtype": thing.dtype}}
    if type(thing).__module__ == "numpy":
        if not getattr(thing, "ndim", 0):
            return thing.item()
        return {"class_name": "__numpy__", "config": {"value": thing.tolist(), "dtype": str(thing.dtype)}}
    return None


def _function_form(thing):
    name = getattr(thing, "__name__", None)
    if name is None or not callable(thing):
        raise TypeError(f"cannot write a {type(thing).__name__} to a file: {thing!r}; a class of one's own needs "
                        "get_config")
    if name == "<lambda>":
        raise ValueError("cannot write a lambda to a file, which holds no program code: write it as a function with a "
                         "name (def), and register it with keras.saving.register_keras_serializable")
    return {"module": "builtins", "class_name": "function", "config": _kinds._names.get(thing, name),
            "registered_name": "function"}


def _object_form(thing):
    config = thing.get_config()
    if not isinstance(config, dict):
        raise TypeError(f"{type(thing).__name__}: get_config must return a dictionary, got {type(config).__name__}")
    try:
        config = serialize(config)
    except (TypeError, ValueError) as why:
        name = getattr(thing, "name", None)
        raise type(why)(f"{type(thing).__name__}{f' {name!r}' if name else ''}: {why}") from None
    form = {**_place(type(thing)), "config": config}
    form["registered_name"] = form.pop("registered_name")  # in Keras' order
    if not is_ours(type(thing)):
        check_can_be_made(type(thing), config)
    for what in ("build", "compile"):
        part = getattr(thing, f"get_{what}_config", None)
        part = part() if part else None
        if part is not None:
            form[f"{what}_config"] = serialize(part)
    if getattr(thing, "_kind", None) == "keras.layers":
        first = _open.forms.setdefault(id(thing), (form, len(_open.forms) + 1))
        if first[0] is not form:
            first[0]["shared_object_id"] = form["shared_object_id"] = first[1]
    return form


def _place(cls):
    """Where a class is found again."""
    if cls in _kinds._names or not is_ours(cls):
        module = cls.__module__ if cls.__module__ != "__main__" else None
        return {"module": module, "class_name": cls.__name__, "registered_name": _kinds._names.get(cls, cls.__name__)}
    module = getattr(cls, "_kind", None) or "keras"
    if cls.__module__ == "cornu.models":
        module = "keras"
    module, registered = vars(cls).get("_written_as", (module, None))
    return {"module": module, "class_name": cls.__name__, "registered_name": registered}


def check_can_be_made(cls, config):
    """Refuses what could be written but not read again."""
    if not is_ours(getattr(cls.from_config, "__func__", cls.from_config)):
        return  # which knows itself what it makes of the config
    import inspect
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) and any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    for p in parameters:
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name not in config:
            raise ValueError(f"{cls.__name__}: could not be read from a file again, since its config has no "
                             f"'{p.name}', which __init__ needs; write get_config so that it gives it")
    taken = {p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY}
    over = [] if any(p.kind is p.VAR_KEYWORD for p in parameters) else sorted(config.keys() - taken - set(COMMON))
    if over:
        raise ValueError(f"{cls.__name__}: could not be read from a file again, since its config has '{over[0]}', "
                         "which __init__ does not take; write get_config or from_config")


#: What every layer's config has, and __init__ of a class of one's own may not take: it is set afterwards.
COMMON = ("name", "trainable", "dtype")


def not_taken(cls, config):
    """The part of a config that every layer's has and ``__init__`` of this class does not take."""
    import inspect
    parameters = inspect.signature(cls.__init__).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return {}
    return {k: config[k] for k in COMMON if k in config and k not in {p.name for p in parameters}}


def auto_config(layer):
    """The arguments that a layer of one's own was made with, if they are plain; NotImplementedError otherwise."""
    cls = type(layer)
    if getattr(cls.__init__, "__module__", "").partition(".")[0] == "cornu":
        return {}  # it has none of its own; what every layer's config has is written anyway
    args, kwargs = layer.__dict__.get("_made_with", ((), {}))
    import inspect
    signature = inspect.signature(cls.__init__)
    parameters = list(signature.parameters.values())[1:]
    try:
        bound = signature.bind(None, *args, **kwargs)
    except TypeError:
        return {}
    bound.apply_defaults()
    given = dict(list(bound.arguments.items())[1:])
    for p in parameters:
        if p.kind is p.VAR_KEYWORD:
            given.update(given.pop(p.name))
        elif p.kind is p.VAR_POSITIONAL and not given[p.name]:
            del given[p.name]
        elif p.kind in (p.VAR_POSITIONAL, p.POSITIONAL_ONLY):
            raise NotImplementedError(f"{cls.__name__}: '{p.name}' of __init__ has no name in a call, so that no "
                                      "config can give it; write get_config and from_config")
    given.pop("name", None)
    for name, value in given.items():
        if not _is_plain(value):
            raise NotImplementedError(f"{cls.__name__}: was made with '{name}', a {type(value).__name__}, which files "
                                      "do not hold by themselves; write get_config")
    return given


def _is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return all(map(_is_plain, value.values())) if isinstance(value, dict) else isinstance(value, _PLAIN)


# ---- from forms


def deserialize(config, custom_objects=None, safe_mode=True, kind=None):
    """An object from Keras' form. Code in it is refused, whatever ``safe_mode`` says."""
    if custom_objects:
        with _kinds.custom_object_scope(custom_objects):
            return deserialize(config, kind=kind)
    if isinstance(config, (list, tuple)):
        return [deserialize(one) for one in config]
    if isinstance(config, str):
        found = _kinds.find_custom(config)
        return config if found is None else found
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: deserialize(value) for key, value in config.items()} if "class_name" not in config else (
            deserialize({**config, "config": {}}, kind=kind))
    special = _SPECIAL.get(config["class_name"])
    if special:
        return special(config["config"])
    with _Sharing():
        number = config.get("shared_object_id")
        if number is not None and number in _open.objects:
            return _open.objects[number]
        made = _made(config, kind)
        if number is not None:
            _open.objects[number] = made
        return made


def _refuse_code(_):
    raise ValueError("the file holds program code (a lambda), which is never run; write it as a function with a name "
                     "and register it with keras.saving.register_keras_serializable")


def _array(config):
    import numpy
    return numpy.array(config["value"], config["dtype"])


_SPECIAL = {"__lambda__": _refuse_code, "__numpy__": _array,
            "__tensor__": lambda c: _core.convert_to_tensor(c["value"], c["dtype"]),
            "__bytes__": lambda c: c["value"].encode(), "__ellipsis__": lambda _: Ellipsis,
            "__slice__": lambda c: slice(*(deserialize(c[part]) for part in ("start", "stop", "step")))}


def _made(config, kind):
    name, inner = config["class_name"], config["config"]
    module, registered = config.get("module"), config.get("registered_name")
    if name == "function":
        if not isinstance(inner, str):
            raise UnknownClass(f"Expected 'config' to be a non-null str, a function's name, got {type(inner).__name__} "
                               f"{inner!r}")
        return _function(inner, registered, kind)
    if inner is not None and not isinstance(inner, dict):
        raise UnknownClass(f"Expected 'config' to be a dict, that of a '{name}', got {type(inner).__name__} {inner!r}")
    of_keras = isinstance(module, str) and (module == "keras" or module.startswith("keras."))
    custom = _kinds.find_custom(registered) if registered else None
    if custom is None and not of_keras and not (registered and ">" in registered):
        custom = _kinds.find_custom(name)
    inner = {} if inner is None else inner
    if custom is None and of_keras and registered not in (None, "", name):
        raise UnknownClass(f"'{module}.{name}' resolved to a Keras built-in, and yet has the registered name "
                           f"'{registered}', which is not known here")
    if custom is not None:
        made = custom.from_config(inner) if hasattr(custom, "from_config") else custom
    else:
        made = _of_keras(config, module if of_keras else kind if module is None and not registered else None, inner)
    build, compiled = config.get("build_config"), config.get("compile_config")
    if build and hasattr(made, "build_from_config") and not made.built:
        made.build_from_config(build)
    if compiled and hasattr(made, "compile_from_config"):
        made.compile_from_config(compiled)
    return made


def _of_keras(config, module, inner):
    name = config["class_name"]
    if module in ("keras", "keras.dtype_policies") and "DTypePolicy" in name:
        from . import dtype_policies
        return getattr(dtype_policies, name).from_config(inner)
    if module is not None and (module == "keras" or name in ("Sequential", "Functional")):
        from . import models
        return models.model_from_config_form(config)
    if module not in _kinds._MODULES:
        raise UnknownClass(
            f"cannot make '{name}' of module {config.get('module')!r}: there is no such class here; register it with "
            "keras.saving.register_keras_serializable or pass custom_objects")
    _kinds.module_of(module)
    if name == "OptimizerMap" and module == "keras.optimizers":
        from .optimizers import OptimizerMap
        return OptimizerMap.from_config(inner)
    if name == "MeanMetricWrapper":
        from . import metrics
        return metrics.MeanMetricWrapper.from_config(inner)
    if not _core.is_class(module, _core.class_name(module, name)):
        _core.make(module, {"class_name": name, "config": {}})  # which says what is there
    return _generate.make_class(module, _core.class_name(module, name)).from_config(inner)


def _function(name, registered, kind):
    found = _kinds.find_custom(name) or (_kinds.find_custom(registered) if registered else None)
    if found is None:  # a name without its package, as older files have it
        short = [thing for full, thing in _kinds._custom.items()
                 if full.rpartition(">")[2] == name and not isinstance(thing, type)]
        found = short[0] if len(short) == 1 else None
    if found is not None:
        return found
    if kind == "keras.activations":
        from . import activations
        return activations.get(name)
    if kind:
        return _kinds.get(kind, name)
    from . import activations, losses
    for home in (activations, losses):
        try:
            found = getattr(home, name)
        except AttributeError:
            continue
        if registered not in (None, "", "function", name):
            raise UnknownClass(f"the function '{name}' resolved to a Keras built-in, and yet has the registered name "
                               f"'{registered}', which is not known here")
        return found
    raise UnknownClass(f"the function '{name}' is not known here: register it with "
                              "keras.saving.register_keras_serializable or pass custom_objects")


def dtype_name(dtype):
    """What the engine takes for a type or policy: its name; of policies that are more than one, their form."""
    if isinstance(dtype, dict):
        return dtype["config"]["name"] if dtype.get("class_name") == "DTypePolicy" else dtype
    if hasattr(dtype, "compute_dtype") and hasattr(dtype, "get_config"):
        return dtype.name if "name" in dtype.get_config() else serialize(dtype)
    return getattr(dtype, "name", dtype)


def with_own_objects(config, given):
    """The engine's config of an object, with the arguments that are Python's objects as files hold them."""
    for name, value in given.items():
        value = _kinds.find_custom(value) or value if isinstance(value, str) and name != "name" else value
        own = callable(value) and not isinstance(value, (_core.Function, type)) or hasattr(value, "get_config")
        builtin = getattr(value, "_impl", None) is not None and value._is_builtin()
        if name in config and own and (not builtin or value._kind == "keras.layers"):
            config[name] = serialize(value)
    return config
