"""Keras' API over Cornu's engine: ``import cornu as keras``.

Everything is made on first use (PEP 562), so that importing costs milliseconds.
"""
import importlib

__version__ = "0.1.0"
#: The Keras release whose API, defaults and numbers this package follows.
__keras_version__ = "3.15.1"

_MODULES = ("activations", "backend", "callbacks", "config", "constraints", "datasets", "dtype_policies",
            "initializers", "layers", "losses", "metrics", "mixed_precision", "models", "ops", "optimizers", "random",
            "regularizers", "saving", "tree", "utils")
_HOMES = {"Model": "models", "Sequential": "models", "Layer": "layers", "Input": "layers", "InputSpec": "layers",
          "Variable": "_core", "KerasTensor": "_keras_tensor", "Operation": "_operation", "Function": "_operation",
          "StatelessScope": "_stateless", "name_scope": "_names", "Loss": "losses", "Metric": "metrics",
          "Optimizer": "optimizers", "Initializer": "initializers", "Regularizer": "regularizers",
          "Constraint": "constraints", "Callback": "callbacks", "DTypePolicy": "dtype_policies",
          "FloatDTypePolicy": "dtype_policies", "RematScope": "_remat", "remat": "_remat"}


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module("." + name, __name__)
    if name in _HOMES:
        home = importlib.import_module("." + _HOMES[name], __name__)
        value = getattr(home, name)
        globals()[name] = value
        return value
    if name == "__all__":
        return [shown for shown in __dir__() if not shown.startswith("_")]
    if name in ("version", "__internal__"):
        return lambda: __keras_version__
    if name.startswith("_"):
        raise AttributeError(f"module 'cornu' has no attribute '{name}'")
    from . import _absent
    raise _absent.error("", name)


def __dir__():
    return sorted({*_MODULES, *_HOMES, "version", "__version__", "__keras_version__"})
