"""What holds during a call of a layer: whether it trains; and what a user's build and call are wrapped in."""
import functools
import threading

class _Context(threading.local):
    training = False


#: Of this thread: whether the call that is going on trains.
context = _Context()


def training():
    """Whether the call that is going on trains."""
    return context.training


class TrainingFlag:
    """A ``with`` block whose calls train, or do not."""
    def __init__(self, on):
        self._on = on

    def __enter__(self):
        self._before = training()
        context.training = self._on

    def __exit__(self, *_):
        context.training = self._before


@functools.lru_cache(maxsize=None)
def takes_training(cls):
    """Whether a class's call has an argument ``training``."""
    code = getattr(getattr(cls.call, "__wrapped__", cls.call), "__code__", None)
    if code is None:
        return False
    named = code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]
    takes_any = bool(code.co_flags & 0x08)  # **kwargs
    return "training" in named or takes_any


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
        self.__dict__["_building"] = True
        try:
            self.build(what)
        finally:
            self.__dict__["_building"] = False


def _asking(build):
    @functools.wraps(build)
    def wrapper(self, what=None, *args, **kwargs):
        if self.__dict__.get("_building") or self._impl is None:
            return build(self, what, *args, **kwargs)
        self._ask_build(what)
        return None
    return wrapper


def is_ours(cls):
    """Whether a class comes with Cornu; the others are users'."""
    return cls.__module__.partition(".")[0] == "cornu"
