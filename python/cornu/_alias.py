"""Scripts that import keras, or tensorflow for its keras, run on Cornu."""
import importlib
import importlib.abc
import importlib.machinery
import sys

import cornu

_ROOTS = {"keras": "cornu", "tf_keras": "cornu", "tensorflow.keras": "cornu", "tensorflow.python.keras": "cornu",
          "keras.api": "cornu", "tensorflow": "cornu._tensorflow"}


def _target(name):
    for root in sorted(_ROOTS, key=len, reverse=True):
        if name == root or name.startswith(root + "."):
            return _ROOTS[root] + name[len(root):]
    return None


class _Loader(importlib.abc.Loader):
    def __init__(self, target):
        self._target = target

    def create_module(self, spec):
        try:
            return importlib.import_module(self._target)
        except ModuleNotFoundError as e:
            parent, _, last = self._target.rpartition(".")
            found = getattr(importlib.import_module(parent), last, None) if parent else None
            if isinstance(found, type(sys)):
                return found
            raise ModuleNotFoundError(f"Cornu has no module '{spec.name}'", name=spec.name) from e

    def exec_module(self, module):
        pass


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        found = _target(name)
        if found is None:
            return None
        # A package, so that "import keras.layers" is looked for here too.
        return importlib.machinery.ModuleSpec(name, _Loader(found), is_package=True)


def install():
    """From here on ``import keras`` and ``import tensorflow`` give Cornu, with the version of Keras that it follows."""
    cornu.__version__ = cornu.__keras_version__
    if not any(isinstance(f, _Finder) for f in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    for name in [n for n in sys.modules if n == "keras" or n.startswith(("keras.", "tensorflow"))]:
        del sys.modules[name]
