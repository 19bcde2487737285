"""Records the signatures of Keras' public API: module -> name -> "(units, activation=None, ...)"; and its names alone,
for the package's errors.

usage: python tools/record_signatures.py tests/golden/signatures.json python/cornu/keras_names.txt   (with Keras installed)
"""
import inspect
import json
import sys
import types

import keras

MODULES = ["", "activations", "backend", "callbacks", "config", "constraints", "datasets", "initializers", "layers",
           "losses", "metrics", "models", "ops", "ops.image", "ops.linalg", "ops.nn", "ops.numpy", "optimizers",
           "optimizers.schedules", "random", "regularizers", "saving", "tree", "utils"]


def signature_of(thing):
    """One line; defaults that are objects print as their names, so that the file does not depend on addresses."""
    def clean(p):
        if p.default is inspect.Parameter.empty or isinstance(p.default, (int, float, str, bool, tuple, type(None))):
            default = p.default
        else:
            default = getattr(p.default, "__name__", type(p.default).__name__)
        return p.replace(annotation=inspect.Parameter.empty, default=default)

    s = inspect.signature(thing)
    return str(s.replace(parameters=[clean(p) for p in s.parameters.values()], return_annotation=inspect.Signature.empty))


def main(path, names_path):
    out = {}
    for name in MODULES:
        module = keras
        for part in filter(None, name.split(".")):
            module = getattr(module, part, None)
        if module is None:
            continue
        rows = {}
        for key in sorted(dir(module)):
            thing = getattr(module, key)
            if key.startswith("_") or isinstance(thing, types.ModuleType) or not callable(thing):
                continue
            try:
                rows[key] = ("class" if inspect.isclass(thing) else "def") + signature_of(thing)
            except (TypeError, ValueError):
                continue
        out["keras." + name if name else "keras"] = rows
    with open(path, "w") as f:
        json.dump(out, f, indent=0, sort_keys=True)
        f.write("\n")
    with open(names_path, "w") as f:
        for module in sorted(out):
            f.write(f"{module}: {' '.join(sorted(out[module]))}\n")


main(*sys.argv[1:])
