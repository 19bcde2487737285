"""Python classes for the engine's classes, made on first use from what the engine's registry says of them."""
import sys

from . import _absent, _core

#: Module of Keras -> (Python module, base class); filled by the modules themselves.
KINDS = {}
#: Classes by (module, name) of Keras.
_made = {}

#: Classes that are written out, and enter themselves there, by the module that has them.
_BY_HAND = {("keras.optimizers", "MultiOptimizer"): "cornu.optimizers._multi"}


def kind(module, base):
    KINDS[module] = base


def class_names(module):
    """The names of the engine's classes in a module of Keras."""
    return [n for n in _core.class_names(module) if n[0].isupper() and _core.is_class(module, n)]


def module_getattr(module):
    """The ``__getattr__`` of a module whose classes come from the registry."""
    def get(name):
        if not name.startswith("_") and _core.is_class(module, name):
            return make_class(module, name)
        if module == "keras.layers" and _core.class_name(module, name) != name:  # another name: Convolution2D
            return make_class(module, _core.class_name(module, name))
        if name.startswith("_"):
            raise AttributeError(name)
        raise _absent.error(module.partition(".")[2], name)
    return get


def make_class(module, name):
    """The Python class of an engine class: subclass it, inspect it, pickle its config."""
    known = _made.get((module, name))
    if known is not None:
        return known
    if (module, name) in _BY_HAND:
        import importlib
        importlib.import_module(_BY_HAND[module, name])
        return _made[module, name]
    base = KINDS[module]
    members = {
        "__module__": "cornu." + module.partition(".")[2],
        "__qualname__": name,
        "__doc__": None,
        "_parameters": tuple(_arguments(module, name, _core.parameters(module, name))),
        "_engine_name": name,
    }
    cls = _made[(module, name)] = type(base)(name, (base,), members)
    cls.__signature__ = Signature()
    cls.__doc__ = _Doc(module, name)
    return cls


class Signature:
    """What ``inspect.signature`` shows, made when somebody looks: inspect takes longer to import than all of this."""
    def __get__(self, instance, owner):
        for cls in owner.__mro__:
            if "__signature__" in vars(cls):
                break
            if "__init__" in vars(cls):  # a subclass with arguments of its own
                import inspect
                own = inspect.signature(cls.__init__)
                return own.replace(parameters=list(own.parameters.values())[1:])
        return signature_of(owner._parameters, owner._common, _ALSO_SHOWN.get(getattr(owner, "_kind", ""), ()))


class _Doc:
    """A docstring that is read when somebody looks."""
    def __init__(self, module, name):
        self._where = module, name

    def __get__(self, instance, owner):
        from . import _docs
        return _docs.of_class(*self._where, getattr(owner, "__signature__", None))


class Parameter:
    __slots__ = ("name", "default", "required", "kind", "keyword")

    def __init__(self, name, default, required, kind, keyword):
        self.name, self.default, self.required, self.kind, self.keyword = name, default, required, kind, keyword


#: Arguments that every class of a kind takes by keyword.
_COMMON = {"keras.layers": ("name", "trainable", "dtype"), "keras.optimizers": ()}


#: Arguments that Keras takes among **kwargs, though they stand in the config.
_BY_KEYWORD = {("Embedding", "activity_regularizer")}


def _arguments(module, cls, rows):
    common = _COMMON.get(module, ())
    if cls == "Conv3DTranspose":  # Keras has another order there than in one and two dimensions
        at = [row[0] for row in rows].index("output_padding")
        rows = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2:]]
    for name, default, required, kind in rows:
        if kind == "keras.activations" and default == "linear":
            default = None  # as Keras' signatures have it
        if module == "keras.optimizers" and name == "name":
            default = None
        keyword = name in common and name not in _SHOWN.get(cls, ()) or (cls, name) in _BY_KEYWORD
        yield Parameter(name, default, required, kind, keyword)


#: Arguments of every class that Keras names in the signatures of these.
_SHOWN = {**{f"{kind}Pooling{n}D": ("name",) for kind in ("Max", "Average") for n in (1, 2, 3)},
          **{f"SpatialDropout{n}D": ("name", "dtype") for n in (1, 2, 3)}}


#: Arguments that the base class takes and a config does not hold.
_ALSO_SHOWN = {"keras.losses": ("dtype",)}


def signature_of(parameters, common, also=()):
    """What ``inspect.signature`` shows: Keras' order, names and defaults."""
    import inspect
    P = inspect.Parameter
    out = [P(p.name, P.POSITIONAL_OR_KEYWORD, default=P.empty if p.required else _shown(p))
           for p in parameters if not p.keyword]
    out += [P(name, P.POSITIONAL_OR_KEYWORD, default=None) for name in also]
    if common:
        out.append(P("kwargs", P.VAR_KEYWORD))
    return inspect.Signature(sorted(out, key=lambda p: p.kind))


def _shown(p):
    if p.name == "learning_rate" and isinstance(p.default, float):
        return float(f"{p.default:.7g}")  # as it was before float32 held it
    if p.name in ("dtype", "data_format"):  # settled when the object is made
        return None
    if p.name == "axis" and isinstance(p.default, list) and len(p.default) == 1:
        return p.default[0]
    if isinstance(p.default, dict):  # an initializer by its class, as Keras names it
        return p.default.get("config", {}).get("name") or _snake(p.default["class_name"])
    return _tuples(p.default)


def _tuples(value):
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _snake(name):
    return _core.snake_case(name)


def bind(cls, parameters, args, kwargs):
    """The config that the arguments of a call mean: only what was given."""
    if len(args) > len(parameters):
        raise TypeError(f"{cls.__name__}() takes {len(parameters)} positional arguments, got {len(args)}")
    config = {p.name: value for p, value in zip(parameters, args)}
    known = {p.name for p in parameters}
    for name, value in kwargs.items():
        if name not in known and (cls.__name__, name) in _OLD_NAMES:
            import warnings
            now = _OLD_NAMES[cls.__name__, name]
            warnings.warn(f"{cls.__name__}: the argument '{name}' is " + (f"called '{now}' now" if now else "ignored"))
            if now is None:
                continue
            name = now
        if name in _LATER and name not in known:
            if value is None:  # as by default
                continue
            raise NotImplementedError(f"{cls.__name__}: '{name}' ({_LATER[name]}) is not available yet; leave it out")
        if name in config:
            raise TypeError(f"{cls.__name__}() got multiple values for argument '{name}'")
        if name not in known:
            raise TypeError(f"{cls.__name__}() got an unexpected keyword argument '{name}'{_near(name, known)}")
        config[name] = value
    missing = [p.name for p in parameters if p.required and p.name not in config]
    if missing:
        raise TypeError(f"{cls.__name__}() missing a required argument: '{missing[0]}'")
    return config


#: Arguments that had another name before Keras 3, or are not there any more.
_OLD_NAMES = {("LeakyReLU", "alpha"): "negative_slope", ("SGD", "decay"): None, ("Adam", "decay"): None,
              ("RMSprop", "decay"): None, ("Adagrad", "decay"): None}

#: Arguments of Keras' layers that the engine does not honour yet.
_LATER = {"lora_rank": "low-rank adaptation", "lora_alpha": "low-rank adaptation",
          "quantization_config": "quantized weights"}


def _near(name, known):
    import difflib
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def to_config(parameters, given):
    """Python values as the engine's config: objects of Cornu's and functions become live engine objects."""
    kinds = {p.name: p.kind for p in parameters}
    return {name: engine_value(value, kinds.get(name, "")) for name, value in given.items()}


def engine_value(value, kind=""):
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    impl = getattr(value, "_impl", None)
    if impl is not None:
        return impl
    if kind:
        from . import _kinds
        return _kinds.engine_object(value, kind)
    if isinstance(value, (list, tuple)):
        return [engine_value(v) for v in value]
    if isinstance(value, _core.Configurable):
        return value
    if hasattr(value, "name") and hasattr(value, "compute_dtype"):  # a dtype policy
        from . import _kinds
        return _kinds._forms.dtype_name(value)
    if isinstance(value, type):
        return _core.standardize_dtype(value)
    return value
