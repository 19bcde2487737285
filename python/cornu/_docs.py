"""Docstrings of the engine's classes, from the text that the C++ headers have."""
import functools
import inspect
import json
import os


@functools.lru_cache(maxsize=None)
def _texts():
    path = os.path.join(os.path.dirname(__file__), "_docs.json")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def of_class(module, name, signature):
    entry = _texts().get(f"{module}.{name}")
    head = f"{name}{signature}" if signature is not None else name
    if entry is None:
        return head
    lines = [entry["text"], "", head]
    if entry["fields"]:
        lines += ["", "Args:"] + [f"    {field}: {text}" for field, text in entry["fields"].items()]
    return "\n".join(lines)


def of_function(name, signature):
    """Of a function of keras.ops or keras.activations; where both have it, they are the same."""
    texts = _texts()
    entry = texts.get(f"keras.ops.{name}") or texts.get(f"keras.activations.{name}")
    return name + signature if entry is None else f"{entry['text']}\n\n{name}{signature}"


def signature_of_function(name, signature):
    """For inspect.signature; the text is the engine's own."""
    return inspect.signature(eval(f"lambda {signature[1:-1]}: None"))
