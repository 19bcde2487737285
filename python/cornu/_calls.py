"""What holds during a call of a layer: whether it trains; and what a user's build and call are wrapped in."""
import functools
import threading

_context = threading.local()


def training():
    """Whether the call that is going on trains."""
    return getattr(_context, "training", False)


class TrainingFlag:
    """A ``with`` block whose calls train, or do not."""
    def __init__(self, on):
        self._on = on

    def __enter__(self):
        self._before = training()
        _context.training = self._on

    def __exit__(self, *_):
        _context.training = self._before


@functools.lru_cache(maxsize=None)
def takes_training(cls):
    """Whether a class's call has an argument ``training``."""
    code = getattr(getattr(cls.call, "__wrapped__", cls.call), "__code__", None)
    if code is None:
        return False
    named = code.co_varnames[:code.co_argcount + code.co_kwonlyargcount]
    takes_any = bool(code.co_flags & 0x08)  # **kwargs
    return "training" in named or takes_any


def built_once(build):
    """A user's build: run by the engine, also where it is called by hand, as by the build of a layer around it."""
    @functools.wraps(build)
    def wrapper(self, input_shape=None, *args, **kwargs):
        if self.__dict__.get("_building") or self._impl is None:
            return build(self, input_shape, *args, **kwargs)
        if not self._impl.built:
            self._impl.build_once(input_shape)
        return None
    return wrapper
