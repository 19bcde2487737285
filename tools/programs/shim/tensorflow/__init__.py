"""Stands in for TensorFlow where it is not installed: `tensorflow.keras` and all below it are `keras`, and no more."""

import importlib
import importlib.abc
import importlib.util
import sys


class _Alias(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        if fullname == "tensorflow.keras" or fullname.startswith("tensorflow.keras."):
            return importlib.util.spec_from_loader(fullname, self)
        return None

    def create_module(self, spec):
        module = importlib.import_module(spec.name.removeprefix("tensorflow."))
        self.own = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = self.own  # the import system has put the alias's there


sys.meta_path.insert(0, _Alias())
keras = importlib.import_module("tensorflow.keras")


def executing_eagerly():
    """Keras asks this of any module called tensorflow."""
    return True


def __getattr__(name):
    raise AttributeError(f"tensorflow.{name} needs TensorFlow itself; only tensorflow.keras is here")
