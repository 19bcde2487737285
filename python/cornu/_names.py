"""keras.name_scope: names of which variables and layers made within a block know."""
import threading

from . import _core


class _Scopes(threading.local):
    def __init__(self):
        self.stack = []


_scopes = _Scopes()


class name_scope:
    """A ``with`` block whose name comes before those of the variables made in it. One that is opened again in itself by
    the same ``caller`` counts once; ``override_parent``, a path, stands for the scopes around it."""
    def __init__(self, name, caller=None, deduplicate=True, override_parent=None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError("name_scope: `name` must be a string and cannot contain character `/`. Expected such a "
                             f"name, got {name!r}")
        if override_parent is None and deduplicate and getattr(caller, "_parent_path", None) is not None:
            override_parent = caller._parent_path
        self.name, self.caller, self.deduplicate, self.override_parent = name, caller, deduplicate, override_parent
        self._entered = False

    def __enter__(self):
        stack = _scopes.stack
        again = (self.deduplicate and stack and self.caller is not None and stack[-1].caller is self.caller
                 and stack[-1].name == self.name)
        if not again:
            stack.append(self)
            self._entered = True
            _core.set_path_scope(current_path())
        return self

    def __exit__(self, *_):
        if self._entered and _scopes.stack:
            _scopes.stack.pop()
            _core.set_path_scope(current_path())
        self._entered = False


def current_path():
    """The names of the blocks around, "outer/inner"; empty outside of all."""
    parts = []
    for scope in reversed(_scopes.stack):
        parts.insert(0, scope.name)
        if scope.override_parent is not None:
            parts[:0] = [part for part in scope.override_parent.split("/") if part]
            break
    return "/".join(parts)
