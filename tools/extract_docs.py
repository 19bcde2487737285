"""Makes the Python package's docstrings from the comments of the public headers.

usage: extract_docs.py include/cornu OUT.json

{"keras.layers.Dense": {"text": "Fully connected layer: ...", "fields": {"units": "Width of the output."}}, ...}: the
`///` above a class is its text, the `///<` behind the fields of the config that its constructor takes are those of its
arguments. Functions of ops.h and activations.h, and those that make callbacks, have a `///` above or a `///<` behind.
"""

import json
import pathlib
import re
import sys

# Where a namespace's classes and functions are in Keras. Layers are in cornu itself, in a folder of their own.
MODULES = {
    "losses": "keras.losses",
    "metrics": "keras.metrics",
    "optimizers": "keras.optimizers",
    "schedules": "keras.optimizers.schedules",
    "initializers": "keras.initializers",
    "regularizers": "keras.regularizers",
    "constraints": "keras.constraints",
    "callbacks": "keras.callbacks",
    "ops": "keras.ops",
    "activations": "keras.activations",
}
#: Classes of other names in C++.
RENAMED = {"keras.layers.ActivationLayer": "keras.layers.Activation", "keras.layers.Input": "keras.layers.InputLayer"}

NAMESPACE = re.compile(r"namespace (?:cornu::)?(\w+) \{")
CLASS = re.compile(r"(?:struct|class) (?:CORNU_API )?(\w+)(?: final)?(?: : [\w:<>, ]+)? \{")
FUNCTION = re.compile(r"CORNU_API [\w:<>]+ (\w+)\((.*)")
FIELD = re.compile(r"^\s+[\w:<>, ]+?\s(\w+\s*(?:=|\{|,|;).*);\s*///< (.*)")


def declared_names(declaration):
    """The names of "a = 1, b{}": what stands before =, { or a comma outside of brackets."""
    depth, part, parts = 0, "", []
    for c in declaration:
        depth += (c in "({<") - (c in ")}>")
        if c == "," and depth == 0:
            parts, part = [*parts, part], ""
        else:
            part += c
    return [re.match(r"\s*(\w+)", p)[1] for p in [*parts, part]]


class Header:
    """What one file says: texts of classes and functions, with the config each of them takes; fields of configs."""

    def __init__(self, path):
        self.texts, self.configs, self.fields = {}, {}, {}
        self.outermost = "keras.layers" if path.parent.name == "layers" else ""
        namespaces, comment, inside, last = [], [], None, []
        for line in path.read_text().splitlines():
            stripped = line.strip()
            if found := NAMESPACE.match(line):
                namespaces.append(found[1])
            elif line.startswith("}") and "// namespace" in line:
                namespaces.pop()
            elif stripped.startswith("///<"):  # the comment of the field above goes on
                for name in last:
                    self.fields[inside][name] += " " + stripped[4:].strip()
                continue
            elif stripped.startswith("///"):
                comment.append(stripped[3:].strip())
                continue
            elif found := CLASS.match(line):
                inside = found[1]
                self.declare(namespaces, inside, comment)
                self.fields.setdefault(inside, {})
            elif found := FUNCTION.match(line):
                behind = found[2].partition("///<")[2].strip()
                self.declare(namespaces, found[1], comment or behind.split(), found[2])
            elif inside and "(" in stripped and (found := re.search(r"(\w+Config)\b", stripped)):
                self.configs.setdefault(self.name(namespaces, inside), found[1])
            elif inside and (found := FIELD.match(line)):
                last = declared_names(found[1])
                self.fields[inside].update(dict.fromkeys(last, found[2].strip()))
            comment = []

    def name(self, namespaces, name):
        space = namespaces[-1] if namespaces else ""
        full = f"{self.outermost if space == 'cornu' else MODULES.get(space, '')}.{name}"
        return RENAMED.get(full, full)

    def declare(self, namespaces, name, comment, arguments=""):
        full = self.name(namespaces, name)
        if comment and not full.startswith("."):
            self.texts.setdefault(full, " ".join(comment))
        if found := re.search(r"(\w+Config)\b", arguments):
            self.configs.setdefault(full, found[1])


def extract(folder):
    """All headers below the folder."""
    out = {}
    for path in sorted(pathlib.Path(folder).rglob("*.h")):
        header = Header(path)
        for name, text in header.texts.items():
            if not name.endswith("Config"):
                out[name] = {"text": text, "fields": header.fields.get(header.configs.get(name), {})}
    return dict(sorted(out.items()))


if __name__ == "__main__":
    made = json.dumps(extract(sys.argv[1]), indent=0) + "\n"
    pathlib.Path(sys.argv[2]).write_text(made, encoding="utf-8")
