"""What the kinds of configurables share in Python: making, getting, serialising, and user-written classes."""
import importlib
import weakref

from . import _core, _generate
from ._calls import is_ours

#: Python objects by the engine object that acts for them.
_objects = weakref.WeakValueDictionary()
#: User-written classes and functions by registered name, and registered names by class or function.
_custom, _names = {}, {}
_scopes = []

_MODULES = {"keras.layers": "layers", "keras.losses": "losses", "keras.metrics": "metrics",
            "keras.optimizers": "optimizers", "keras.optimizers.schedules": "optimizers.schedules",
            "keras.initializers": "initializers", "keras.regularizers": "regularizers",
            "keras.constraints": "constraints"}


def module_of(kind):
    return importlib.import_module("cornu." + _MODULES[kind])


class Configurable:
    """Base of everything that has a Keras config. ``_impl`` is the engine's object."""
    _kind = ""
    _parameters = ()
    _engine_name = None
    _common = False
    _impl = None

    def __init__(self, *args, **kwargs):
        given = _generate.bind(type(self), self._parameters, args, kwargs)
        self._given = given
        self._keep = list(given.values())
        self._make(given)

    def _make(self, given):
        builtin = self._builtin(given)
        self._set_impl(builtin if self._is_builtin() else self._script(builtin))

    def _is_builtin(self):
        """Whether the class is the engine's own, not a subclass that a user wrote."""
        return "_engine_name" in type(self).__dict__ and self._engine_name is not None

    def _builtin(self, given):
        if self._engine_name is None:
            return None
        config = _generate.to_config(self._parameters, given)
        return _core.make(self._kind, {"class_name": self._engine_name, "config": config})

    def _script(self, builtin):
        raise NotImplementedError

    def _set_impl(self, impl):
        self._impl = impl
        if not self._is_builtin():
            impl.registered_name = self._registered_name()
        _objects[impl.identity] = self

    def _registered_name(self):
        return registered_name_of(type(self))

    def get_config(self):
        """The arguments that make the object anew, as files hold them."""
        return _forms.with_own_objects(self._impl.get_config(), self._given) if self._engine_name else {}

    @classmethod
    def from_config(cls, config):
        """An object from what ``get_config`` gave."""
        return cls(**{k: _from_config_value(v) for k, v in config.items()})

    def __reduce__(self):
        """Pickled, and copied, as its config."""
        return _from_pickle, (type(self), self.get_config())

    def __dir__(self):
        """With the arguments, which are attributes."""
        return sorted({*super().__dir__(), *(p.name for p in self._parameters)})

    def __getattr__(self, name):
        if name.startswith("__") or name in ("_impl", "_given"):
            raise AttributeError(name)
        for p in self._parameters:
            if p.name == name:
                return self._argument(p)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def _argument(self, p):
        """An argument as an attribute, as ``layer.units``."""
        given = self.__dict__.get("_given", {})
        value = given[p.name] if p.name in given else p.default
        if p.name in _forms.SETTLED and hasattr(self._impl, "get_config"):
            value = _forms.as_tuples(self._impl.get_config().get(p.name, value))
        if p.kind == "keras.activations":
            from . import activations
            value = activations.get(value)
        elif p.kind in _MODULES and value is not None:
            value = get(p.kind, value)
        elif isinstance(value, list):
            value = tuple(value)
        self.__dict__[p.name] = value
        return value


def structure(given, leaf):
    """The same lists and dictionaries of ``leaf(value)``; None stays None."""
    if isinstance(given, dict):
        return {name: structure(one, leaf) for name, one in given.items()}
    if isinstance(given, (list, tuple)):
        parts = [structure(one, leaf) for one in given]
        return type(given)(*parts) if hasattr(given, "_fields") else tuple(parts) if isinstance(given, tuple) else parts
    return None if given is None else leaf(given)


def check_aggregation(who, aggregation):
    """Refuses what is no way of putting replicas together. There is one replica, so that all ways are the same."""
    if aggregation not in (None, "none", "mean", "sum", "only_first_replica"):
        raise ValueError(f"{who}: aggregation must be None, 'none', 'mean', 'sum' or 'only_first_replica', got "
                         f"{aggregation!r}")


def refuse_surplus(cls, args, kwargs):
    """TypeError for arguments that a class does not take."""
    if args or kwargs:
        name = f"argument '{next(iter(kwargs))}'" if kwargs else f"positional argument {args[0]!r}"
        raise TypeError(f"{cls.__name__}() got an unexpected {name}")


def _from_pickle(cls, config):
    return cls.from_config(config)


def _from_config_value(value):
    if isinstance(value, dict) and "class_name" in value and "config" in value:
        return deserialize(value)
    return value


def wrap(impl, kind):
    """The Python object of an engine object: the one it acts for, or a new one of the generated class."""
    if impl is None:
        return None
    known = _objects.get(impl.identity)
    if known is not None:
        return known
    if isinstance(impl, _core.ModelImpl):
        from . import models
        return models.wrap_model(impl)
    module_of(kind)  # the base class must be there
    cls = _generate.KINDS[kind]
    if _core.is_class(kind, impl.class_name):
        cls = _generate.make_class(kind, impl.class_name)
    self = cls.__new__(cls)
    config = impl.get_config()
    self._given = {k: _forms.dtype_name(v) if k == "dtype" else v for k, v in config.items()}
    self._keep = []
    self._set_impl(impl)
    after = getattr(self, "_wrapped", None)
    if after:
        after()
    return self


def get(kind, identifier):
    """An object from a name, a config, a class or an object, as ``keras.losses.get``."""
    if identifier is None:
        return None
    if isinstance(identifier, str):
        custom = find_custom(identifier)
        if custom is not None:
            return custom() if isinstance(custom, type) else custom
        return wrap(_core.make(kind, identifier), kind)
    if isinstance(identifier, dict):
        return deserialize(identifier, kind=kind)
    if isinstance(identifier, type):
        return identifier()
    return identifier


def engine_object(value, kind):
    """The engine's object for what stands where one of a kind is expected: a name, an object, a function."""
    if isinstance(value, str):
        custom = find_custom(value)
        return value if custom is None else engine_object(custom, kind)
    if isinstance(value, dict):
        return engine_object(deserialize(value, kind=kind), kind)
    if isinstance(value, type):
        value = value()
    impl = getattr(value, "_impl", None)
    if impl is not None:
        return impl
    if kind == "keras.activations":
        from . import activations
        return activations.engine_object(value)
    if callable(value):
        made = getattr(value, "__dict__", {}).get("_cornu_" + kind)
        if made is None:
            made = _WRAPPERS[kind](value)
            made.registered_name = _names.get(value, getattr(value, "__name__", type(value).__name__))
            try:
                value.__dict__["_cornu_" + kind] = made
            except AttributeError:  # a built-in function: kept for the process
                _forever.append(made)
        return made
    raise ValueError(f"{kind}: expected a name, an object or a function, got {value!r}")


_forever = []
_WRAPPERS = {"keras.initializers": _core.ScriptedInitializer, "keras.regularizers": _core.ScriptedRegularizer,
             "keras.constraints": _core.ScriptedConstraint, "keras.optimizers.schedules": _core.ScriptedSchedule}

# ---- registration and files


def register(package="Custom", name=None):
    """Decorator: makes a class or function known to files as "package>Name"."""
    def decorate(thing):
        if isinstance(thing, type) and not hasattr(thing, "get_config"):
            raise ValueError("register_keras_serializable: Cannot register a class that does not have a get_config() "
                             f"method, which files need, got {thing.__name__}")
        full = f"{package}>{name or thing.__name__}"
        _custom[full] = thing
        _names[thing] = full
        return thing
    return decorate


def registered_name_of(thing):
    return _names.get(thing, "Custom>" + thing.__name__)


def find_custom(name):
    for scope in reversed(_scopes):
        if name in scope:
            return scope[name]
        if ">" in name and name.split(">")[1] in scope:
            return scope[name.split(">")[1]]
    return _custom.get(name) or _custom.get("Custom>" + name)


class custom_object_scope:
    """Names for classes and functions that files mention, within a ``with`` block."""
    def __init__(self, *dicts):
        self._dict = {k: v for d in dicts if d for k, v in d.items()}

    def __enter__(self):
        _scopes.append(self._dict)
        return self

    def __exit__(self, *_):
        _scopes.pop()


from . import _forms  # noqa: E402  made of what is above
from ._forms import deserialize, serialize  # noqa: E402
