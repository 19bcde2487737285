"""What a module shows to ``dir``, to completion and to ``from module import *``: what it has of Keras' names, though
most is made on first use, and what Cornu adds to them."""
import sys

from . import _absent


def complete(module, more=tuple):
    """Gives a module ``__dir__`` and ``__all__``; ``more()`` names what Keras has not."""
    home = sys.modules[module]
    made = home.__dict__.get("__getattr__")

    def names():
        keras = "keras" + module[len("cornu"):]
        return sorted({*more(), *(name for name in _absent.known_names().get(keras, ()) if _has(home, name))})

    def get(name):
        if name == "__all__":
            return names()
        if made is None or name.startswith("__"):
            raise AttributeError(f"module '{module}' has no attribute '{name}'")
        return made(name)

    home.__dir__, home.__getattr__ = names, get


def _has(home, name):
    try:
        getattr(home, name)
    except (AttributeError, ImportError):  # the latter where this is asked for by an import that fails
        return False
    return True
