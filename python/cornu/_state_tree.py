"""Model.get_state_tree and set_state_tree: the values of variables by their paths."""
from . import _core

_FORMATS = {"backend_tensor": lambda v: v.value, "numpy_array": _core.to_numpy}


def _groups(model):
    optimizer = model.optimizer
    if optimizer is not None and not optimizer.built and model.built:
        optimizer.build(model.trainable_variables)
    return {"trainable_variables": model.trainable_variables,
            "non_trainable_variables": model.non_trainable_variables,
            "optimizer_variables": [] if optimizer is None else list(optimizer.variables),
            "metrics_variables": model.metrics_variables}


def of(model, value_format):
    """Nested dictionaries of the values of a model's variables."""
    if value_format not in _FORMATS:
        raise ValueError("Invalid `value_format` argument of get_state_tree. Expected one of "
                         f"{sorted(_FORMATS)}, got {value_format!r}")
    return {name: _nested(model, variables, _FORMATS[value_format]) for name, variables in _groups(model).items()}


def _nested(model, variables, value):
    out = {}
    for v in variables:
        *folders, last = v.path.split("/")
        at = out
        for folder in folders:
            at = at.setdefault(folder, {})
        if last in at:
            raise ValueError(f"{type(model).__name__} '{model.name}': The following variable path is found twice in "
                             f"the model: '{v.path}'. get_state_tree expects paths of their own, so give the layers "
                             "names of their own")
        at[last] = value(v)
    return out


def assign(model, state):
    """Assigns the values in nested dictionaries to the variables at these paths."""
    groups = _groups(model)
    for name, values in state.items():
        if name not in groups:
            raise ValueError(f"set_state_tree: expected the keys {list(groups)}, got {name!r}")
        by_path = {v.path: v for v in groups[name]}
        found = dict(_flat(values, ""))
        for path in found.keys() - by_path.keys():
            raise ValueError(f"set_state_tree: {name} has no variable at the path '{path}', only {list(by_path)}")
        for path, value in found.items():
            by_path[path].assign(value)


def _flat(values, before):
    for key, value in values.items():
        path = f"{before}/{key}" if before else key
        if isinstance(value, dict):
            yield from _flat(value, path)
        else:
            yield path, value
