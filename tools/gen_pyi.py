"""Writes the type stubs of the Python package from the engine's registry and the modules themselves.

usage: PYTHONPATH=build/python python tools/gen_pyi.py [--check]     into python/cornu; --check only compares
"""

import ast
import importlib
import inspect
import pathlib
import re
import sys

from cornu import _core, _generate

PACKAGE = pathlib.Path(__file__).resolve().parent.parent / "python" / "cornu"
CLASSES = ["layers", "losses", "metrics", "optimizers", "optimizers.schedules", "initializers", "regularizers",
           "constraints"]
FUNCTIONS = ["ops", "activations"]
#: What each module defines itself: as it is now, before anything is made on first use.
DEFINED = {path: dict(vars(importlib.import_module("cornu." + path))) for path in [*CLASSES, *FUNCTIONS, "callbacks"]}
FIRST = "# Made by tools/gen_pyi.py from the engine's registry; run it after a change.\n"


def type_of(p):
    """Of an argument of a generated class, from its default: loose where Keras takes several kinds of values."""
    if p.kind or p.name in ("axis", "learning_rate", "thresholds"):
        return "Any"
    for known in (bool, int, float):
        if isinstance(p.default, known):
            return known.__name__
    return "str | None" if isinstance(p.default, str) else "Any"


def literal(value):
    return repr(value) if isinstance(value, (bool, int, float, str, tuple, type(None))) else "..."


def parameters_text(signature, types=()):
    """"units: int, activation: Any = None, **kwargs: Any"."""
    types = dict(types)
    parts, keyword_only = [], False
    for p in signature.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not keyword_only:
            if not any(x.startswith("*") for x in parts):
                parts.append("*")
            keyword_only = True
        name = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "") + p.name
        if p.name in ("self", "cls"):
            parts.append(name)
        elif p.default is p.empty:
            parts.append(f"{name}: {types.get(p.name, 'Any')}")
        else:
            kind = types.get(p.name, "Any")
            if p.default is None and kind != "Any" and "None" not in kind:
                kind += " | None"
            parts.append(f"{name}: {kind} = {literal(p.default)}")
    return ", ".join(parts)


def generated_class(cls, base):
    """A class of the registry: its constructor, and its arguments as attributes."""
    types = [(p.name, type_of(p)) for p in cls._parameters]
    signature = inspect.signature(cls)
    own = parameters_text(signature, types)
    yield f"class {cls.__name__}({base}):"
    for p in cls._parameters:
        if p.name in signature.parameters and not hasattr(cls, p.name):
            yield f"    {p.name}: {dict(types)[p.name]}"
    yield f"    def __init__(self{', ' if own else ''}{own}) -> None: ..."


def module_path(name, of):
    """"cornu._kinds" as an import statement in the module `of` has it."""
    dots = "." * (of.__name__.count(".") + (1 if "__path__" in vars(of) else 0))
    return dots + name.partition(".")[2]


def written_class(cls, module):
    """A class of a module's own: methods and properties."""
    bases = [b.__name__ for b in cls.__bases__ if b is not object]
    for b in cls.__bases__:
        if b.__module__ not in ("builtins", module.__name__):
            yield f"from {module_path(b.__module__, module)} import {b.__name__}"
    yield f"class {cls.__name__}({', '.join(bases)}):" if bases else f"class {cls.__name__}:"
    lines = []
    for name, value in vars(cls).items():
        if name.startswith("_") and name not in ("__init__", "__call__", "__getattr__"):
            continue
        if isinstance(value, property):
            lines += ["    @property", f"    def {name}(self) -> Any: ..."]
            if value.fset:
                lines += [f"    @{name}.setter", f"    def {name}(self, value: Any) -> None: ..."]
        elif isinstance(value, (classmethod, staticmethod)):
            kind = type(value).__name__
            lines += [f"    @{kind}",
                      f"    def {name}({parameters_text(inspect.signature(value.__func__))}) -> Any: ..."]
        elif inspect.isfunction(value):
            returns = "None" if name == "__init__" else "Any"
            lines.append(f"    def {name}({parameters_text(inspect.signature(value))}) -> {returns}: ...")
        else:
            lines.append(f"    {name}: Any")
    yield from lines or ["    ..."]


def written(path):
    """What a module defines or hands on itself, by name."""
    module = importlib.import_module("cornu." + path)
    for name, value in sorted(DEFINED[path].items()):
        if name.startswith("_") or inspect.ismodule(value):
            continue
        home = getattr(value, "__module__", None)
        if inspect.isclass(value) and home != module.__name__:
            yield f"from {module_path(home, module)} import {value.__name__} as {name}"
        elif inspect.isclass(value):
            yield from written_class(value, module)
        elif callable(value):
            try:
                yield f"def {name}({parameters_text(inspect.signature(value))}) -> Any: ..."
            except ValueError:
                yield f"{name}: Any"


def classes_stub(path):
    module = importlib.import_module("cornu." + path)
    kind = "keras." + path
    if path + ".schedules" in CLASSES:
        yield "from . import schedules as schedules"
    lines = list(written(path))
    names = [n for n in sorted(_generate.class_names(kind)) if n not in DEFINED[path]]
    for name in names:
        cls = getattr(module, name)
        if inspect.isclass(cls):
            lines += generated_class(cls, _generate.KINDS[kind].__name__)
    for name in sorted(set(_core.class_names(kind)) - set(_generate.class_names(kind))):
        try:  # other names, as a class or a function
            thing = getattr(module, name)
        except (AttributeError, ValueError, TypeError):
            continue
        if not name.isidentifier():
            continue
        if inspect.isclass(thing) and thing.__name__ in names:
            lines.append(f"{name} = {thing.__name__}")
        elif callable(thing):
            lines.append(f"def {name}(y_true: Any, y_pred: Any, **options: Any) -> Any: ...")
    yield from lines


def callbacks_stub():
    module = importlib.import_module("cornu.callbacks")
    lines = list(written("callbacks"))
    for name in _core.callback_names():
        lines += generated_class(getattr(module, name), "Callback")
    return lines


def functions_stub(path):
    lines = list(written(path))
    for name in sorted(_core.function_names("keras." + path)):
        if name not in DEFINED[path]:
            text = parameters_text(inspect.signature(_core.function("keras." + path, name)))
            lines.append(f"def {name}({text}) -> Any: ...")
    return lines


def native_text(function):
    """A signature as nanobind writes it, as Python. Types of other modules (functions, capsules) become Any."""
    text, _, defaults = function.__nb_signature__[0]
    text = re.sub(r"\\(\d+)", lambda m: literal(defaults[int(m[1])]), text)
    text = text.replace("cornu._core.", "").replace("(self, self: object", "(self, owner: object")
    tree = ast.parse(text + ": ...").body[0]
    arguments = tree.args
    places = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    for place, field in [*((a, "annotation") for a in places if a), (tree, "returns")]:
        kind = getattr(place, field)
        if kind and any(isinstance(n, ast.Attribute) or getattr(n, "id", "") == "object" for n in ast.walk(kind)):
            setattr(place, field, ast.Name("Any"))
    return ast.unparse(tree).replace(":\n    ...", "").rstrip(":")


def native_class(cls):
    bases = [b.__name__ for b in cls.__bases__ if b.__module__ == "cornu._core"]
    yield f"class {cls.__name__}({', '.join(bases)}):" if bases else f"class {cls.__name__}:"
    lines = []
    for name, value in sorted(vars(cls).items()):
        if isinstance(value, property):
            lines += ["    @property", f"    def {name}(self) -> Any: ..."]
            if value.fset:
                lines += [f"    @{name}.setter", f"    def {name}(self, value: Any) -> None: ..."]
        elif hasattr(value, "__nb_signature__"):
            text = native_text(value)
            ignore = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
            lines.append(f"    {text}: ...{ignore}")
    yield from lines or ["    ..."]


def native_stub():
    lines = ["class Function:", "    def __call__(self, *args: Any, **kwargs: Any) -> Any: ..."]
    classes = [v for v in vars(_core).values() if inspect.isclass(v) and v is not _core.Function]
    classes.sort(key=lambda c: (len(c.__mro__), c.__name__))  # bases first
    for cls in classes:
        lines += native_class(cls)
    for name, value in sorted(vars(_core).items()):
        if hasattr(value, "__nb_signature__") and not inspect.isclass(value):
            lines.append(native_text(value) + ": ...")
    return lines


def package_stub():
    """The names that cornu itself makes on first use."""
    import cornu

    for name in cornu._MODULES:
        yield f"from . import {name} as {name}"
    for name, home in cornu._HOMES.items():
        yield f"from .{home} import {'Tensor' if name == 'KerasTensor' else name} as {name}"
    yield "__version__: str"
    yield "__keras_version__: str"
    yield "def version() -> str: ..."


def stubs():
    """Text by file."""
    made = {path: list(classes_stub(path)) for path in CLASSES}
    made |= {path: functions_stub(path) for path in FUNCTIONS}
    made |= {"callbacks": callbacks_stub(), "_core": native_stub(), "": list(package_stub())}
    for path, lines in made.items():
        folder = PACKAGE.joinpath(*path.split("."))
        name = f"{path.replace('.', '/')}.pyi" if path and not folder.is_dir() else f"{path}/__init__.pyi".lstrip("/")
        imports = list(dict.fromkeys(line for line in lines if line.startswith("from ")))
        body = [line for line in lines if not line.startswith("from ")]
        if any("Any" in line for line in body):
            imports.insert(0, "from typing import Any")
        text = FIRST + "\n".join([*imports, *body]) + "\n"
        ast.parse(text)
        yield name, text


def main():
    made = list(stubs())
    stale = [name for name, text in made
             if not (PACKAGE / name).exists() or (PACKAGE / name).read_text() != text]
    if "--check" in sys.argv:
        if stale:
            print("stale, run tools/gen_pyi.py:", *stale)
        return bool(stale)
    for name, text in made:
        (PACKAGE / name).write_text(text)
    print("wrote", len(made), "stubs,", len(stale), "of them new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
