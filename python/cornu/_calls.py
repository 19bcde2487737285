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


def takes_training(cls):
    """Whether a class's call has an argument ``training``."""
    names, any_other = _named(cls)
    return any_other or "training" in names


def takes_mask(cls):
    return "mask" in _named(cls)[0]


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
        the arguments a and b."""
        code = getattr(getattr(self.build, "__wrapped__", self.build), "__code__", None)
        wanted = code.co_varnames[1:code.co_argcount] if code is not None else ()
        by_name = {f"{name}_shape": shape for name, shape in shapes.items()}
        if len(wanted) > 1 and all(name in by_name for name in wanted):
            self.build(**{name: by_name[name] for name in wanted})
        else:
            self.build(next(iter(shapes.values()), None))


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
