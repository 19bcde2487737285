"""What holds during a call of a layer: whether it trains; and what a user's build and call are wrapped in."""
import functools
import threading

from . import _core, tree


class _Context(threading.local):
    training = False


#: Of this thread: whether the call that is going on trains.
context = _Context()


def training():
    """Whether the call that is going on trains."""
    return _core.training() if _core.in_layer() else context.training


def said(given):
    """``training`` as the engine is told it: what a call says, or what holds outside of all layers; None where it is
    that of the layer around."""
    if given is not None:
        return bool(given)
    return context.training if context.training and not _core.in_layer() else None


class TrainingFlag:
    """A ``with`` block whose calls train, or do not."""
    def __init__(self, on):
        self._on = on

    def __enter__(self):
        self._before = context.training
        context.training = self._on

    def __exit__(self, *_):
        context.training = self._before


@functools.lru_cache(maxsize=None)
def _named(cls):
    """The names of the arguments of a class's call, and whether it takes any other."""
    code = getattr(getattr(cls.call, "__wrapped__", cls.call), "__code__", None)
    if code is None:
        return (), False
    return code.co_varnames[1:code.co_argcount + code.co_kwonlyargcount], bool(code.co_flags & 0x08)  # **kwargs


@functools.lru_cache(maxsize=None)
def needed_arguments(cls):
    """The names of the arguments of a class's call that have no default."""
    code = getattr(getattr(cls.call, "__wrapped__", cls.call), "__code__", None)
    if code is None:
        return ()
    names = code.co_varnames[1:code.co_argcount]
    call = getattr(cls.call, "__wrapped__", cls.call)
    return names[:len(names) - len(call.__defaults__ or ())]


@functools.lru_cache(maxsize=None)
def takes(function, name):
    """Whether a function has an argument of that name, or takes any."""
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    return code is None or bool(code.co_flags & 0x08) or name in code.co_varnames[:code.co_argcount
                                                                                   + code.co_kwonlyargcount]


def takes_training(cls):
    """Whether a class's call has an argument ``training``."""
    names, any_other = _named(cls)
    return any_other or "training" in names


def takes_mask(cls):
    return "mask" in _named(cls)[0]


@functools.lru_cache(maxsize=None)
def _mask_arguments(cls):
    """(argument, its mask's argument) of a class's call, as (x, x_mask)."""
    names = _named(cls)[0]
    return tuple((name, name + "_mask") for name in names if name + "_mask" in names)


def masks_of_arguments(cls, args, kwargs):
    """(value, name of its mask's argument) of each argument of a call whose mask ``call`` takes and is not given."""
    pairs = _mask_arguments(cls)
    if not pairs:
        return []
    given = {**dict(zip(_named(cls)[0], args)), **kwargs}
    return [(given[name], mask) for name, mask in pairs if given.get(name) is not None and given.get(mask) is None]


def named_arguments(layer, args, kwargs):
    """The arguments of a call by the names that ``call`` has for them."""
    return {**dict(zip(_named(type(layer))[0], args)), **kwargs}


def by_name(layer, args, kwargs):
    """(inputs, plain values) of a call of one of the engine's layers that takes more than ``inputs``."""
    parameters = layer._impl.call_parameters
    who, names = f"{type(layer).__name__} '{layer.name}'", [name for name, *_ in parameters]
    if len(args) > len(names):
        raise TypeError(f"{who}: its call takes {len(names)} arguments, {names}, got {len(args)}")
    given = dict(zip(names, args))
    for name, value in kwargs.items():
        if name in given:
            raise TypeError(f"{who}: its call got several values for '{name}'")
        if name in names:
            given[name] = value
        elif name not in ("training", "mask"):
            raise TypeError(f"{who}: its call takes {names}, training and mask, got '{name}'")
    given = {name: value for name, value in given.items() if value is not None}
    tensors = {name: given[name] for name, takes_tensors, *_ in parameters if takes_tensors and name in given}
    values = {name: value for name, value in given.items() if name not in tensors}
    return tensors[names[0]] if list(tensors) == names[:1] else tensors, values or None


def check_positional(layer, args):
    """Refuses numbers, texts and truth values among the positional arguments."""
    for x in tree.flatten(args[1:]):
        if isinstance(x, (bool, int, float, str)):
            raise ValueError(f"{type(layer).__name__} '{layer.name}': Only input tensors may be passed as positional "
                             f"arguments. Expected a tensor, got {x!r}; give it by keyword")


def shape_arguments(layer, method, shapes):
    """(args, kwargs) for a method that takes shapes: that of the first argument of the call, or, by the names x_shape,
    those of several. ValueError for names that are of none."""
    code = getattr(getattr(getattr(layer, method), "__wrapped__", getattr(layer, method)), "__code__", None)
    wanted = code.co_varnames[1:code.co_argcount] if code is not None else ()
    if len(wanted) < 2:
        return (next(iter(shapes.values()), None),), {}
    who, known = f"{type(layer).__name__} '{layer.name}'", _named(type(layer))
    for name in wanted:
        if not name.endswith("_shape"):
            raise ValueError(f"{who}: `{method}()` has the argument `{name}`, which does not end in `_shape`. Expected "
                             "one argument, or the names of the arguments of `call()` with `_shape` behind them")
        if name[:-len("_shape")] not in known[0] and not known[1]:
            raise ValueError(f"{who}: `{method}()` has the argument `{name}`, but `call()` does not have argument "
                             f"`{name[:-len('_shape')]}`. Expected names of {list(known[0])} with `_shape` behind them")
    optional = set(wanted[len(wanted) - len(getattr(layer, method).__defaults__ or ()):])
    by_name = {name: shapes.get(name[:-len("_shape")]) for name in wanted}
    return (), {name: shape for name, shape in by_name.items() if shape is not None or name not in optional}


class Arguments:
    """How the tensors of a call stand among its arguments: the engine has them in one list."""
    def __init__(self, layer, args, kwargs):
        self.tensors = []
        self._args, self._kwargs = tree.map_structure(self._taken, [list(args), kwargs])
        names = _named(type(layer))[0]
        self._names = [*names[:len(args)], *kwargs]

    def _taken(self, x):
        if isinstance(x, (_core.Tensor, _core.Variable)) or hasattr(x, "__array__") and hasattr(x, "shape"):
            self.tensors.append(x)
            return _Place(len(self.tensors) - 1)
        return x

    def fill(self, tensors):
        """(args, kwargs) with these tensors in their places."""
        return tree.map_structure(lambda x: tensors[x.at] if isinstance(x, _Place) else x, [self._args, self._kwargs])

    def shapes(self, shapes):
        """What build is given: the shape, or structure of shapes, of each argument that has one, by its name."""
        parts = tree.map_structure(lambda x: shapes[x.at] if isinstance(x, _Place) else None,
                                   [*self._args, *self._kwargs.values()])
        return {name: part for name, part in zip(self._names, parts)
                if any(one is not None for one in tree.flatten(part))}


class _Place:
    def __init__(self, at):
        self.at = at


def written(arguments, tensors):
    """What files hold of the arguments of a call, among which these forms of tensors stand."""
    from ._kinds import serialize

    def form(x):
        return x.form if isinstance(x, _Form) else serialize(x)
    args, kwargs = arguments.fill([_Form(one) for one in tensors])
    return {"args": tree.map_structure(form, args), "kwargs": tree.map_structure(form, kwargs)}


class _Form:
    """A tensor's form, which is no structure of arguments."""
    def __init__(self, form):
        self.form = form


def call_as_written(impl, args, kwargs, tensors):
    """Calls a layer with what ``written`` gave, a place standing for each tensor."""
    from ._kinds import _objects, deserialize

    def read(x):
        if isinstance(x, dict) and x.get("class_name") == "__place__":
            return tensors[x["config"]]
        if isinstance(x, list):
            return [read(one) for one in x]
        if isinstance(x, dict) and "class_name" not in x:
            return {key: read(one) for key, one in x.items()}
        return deserialize(x) if isinstance(x, dict) else x
    return _objects[impl.identity](*read(args), **read(kwargs))


class BuiltByEngine:
    """The engine runs a user's build, once, also where it is called by hand, as by the build of a layer around it."""
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__ and not is_ours(cls):
            cls.build = _asking(cls.build)

    def _ask_build(self, what):
        """Has the engine run ``build`` if it has not yet; what it is for is a shape, or variables."""
        raise NotImplementedError

    def _engine_build(self, what):
        pending = self.__dict__.pop("_pending", None)
        self.__dict__["_building"] = True
        try:
            if pending is None:
                self.build(what)
            else:
                self._build_for(pending.shapes(what))
        finally:
            self.__dict__["_building"] = False

    def _build_for(self, shapes):
        """As Keras: ``build(input_shape)`` gets the shape of the first argument, ``build(a_shape, b_shape)`` those of
        the arguments a and b. The engine's own gets them all."""
        known = {name for name, tensors, *_ in getattr(self._impl, "call_parameters", ()) if tensors}
        if known and len(shapes) > 1 and known >= shapes.keys() and type(self).build.__module__.startswith("cornu"):
            return self.build(shapes)
        args, kwargs = shape_arguments(self, "build", shapes)
        self.build(*args, **kwargs)


def _asking(build):
    @functools.wraps(build)
    def wrapper(self, *args, **kwargs):
        if self.__dict__.get("_building") or self._impl is None:
            return build(self, *args, **kwargs)
        given = [*args, *kwargs.values()]
        self._ask_build(given[0] if len(given) == 1 else given or None)
        return None
    return wrapper


def is_ours(cls):
    """Whether a class comes with Cornu; the others are users'."""
    return cls.__module__.partition(".")[0] == "cornu"
