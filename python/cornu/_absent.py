"""The error of a name that a module does not have: Keras' names that are not there yet are told from misspelt ones."""
import functools
import os
import sys

#: The package's own frames are not the caller's.
_HERE = os.path.dirname(os.path.abspath(__file__))


@functools.lru_cache(maxsize=None)
def known_names():
    """Keras' public names, by module: what ``keras_names.txt`` holds."""
    with open(os.path.join(_HERE, "keras_names.txt"), encoding="utf-8") as f:
        return {module: names.split() for module, _, names in (line.partition(":") for line in f)}


def error(module, name):
    """What to raise for a name that ``keras.<module>`` ("" for keras itself) does not have here."""
    full = f"keras.{module}" if module else "keras"
    if name in known_names().get(full, ()):
        text = f"{full}.{name} is part of Keras, but Cornu does not support it yet"
    else:
        import difflib
        near = difflib.get_close_matches(name, dir(sys.modules[("cornu." + module).rstrip(".")]), 1)
        text = f"module '{full}' has no attribute '{name}'" + (f"; did you mean '{near[0]}'?" if near else "")
    return (ImportError if _imported() else AttributeError)(text)


def getattr_of(module):
    """The ``__getattr__`` of a module that holds all that it has."""
    def get(name):
        raise AttributeError(name) if name.startswith("_") else error(module, name)
    return get


def _imported():
    """Whether the name is that of ``from module import name``: an AttributeError would lose its text there."""
    import opcode
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame is not None and frame.f_lasti >= 0 and (
        frame.f_code.co_code[frame.f_lasti] == opcode.opmap["IMPORT_FROM"])
