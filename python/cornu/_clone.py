"""keras.models.clone_model: the same layers anew, with weights of their own."""
from . import _kinds
from ._calls import is_ours
from .models import Sequential


def clone_model(model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs):
    """The same layers with new weights; compiled as the model is. ``clone_function(layer)`` gives the layer that stands
    for one of the model's; with ``recursive``, for those of models inside it too."""
    if kwargs:
        raise ValueError(f"clone_model: unexpected argument '{next(iter(kwargs))}'")
    for name, value in (("input_tensors", input_tensors), ("call_function", call_function)):
        if value is not None:
            raise ValueError(f"clone_model: {name} is for functional models, which are not supported yet")
    with _kinds.custom_object_scope(classes_of(model)):
        if not isinstance(model, Sequential) or type(model) is not Sequential and clone_function is None:
            if clone_function is not None:
                raise ValueError(f"clone_model: clone_function is for Sequential models, got {type(model).__name__} "
                                 f"'{model.name}'")
            return _kinds.deserialize(_kinds.serialize(model))
        return _clone(model, clone_function or _anew, recursive, {})


def classes_of(model):
    """The classes of one's own that a model is made of, by the names that its form gives them."""
    parts = [model, *model._flatten()] if hasattr(model, "_flatten") else [model]
    parts += [part for compiled in model.__dict__.get("_compiled_with", ()) for part in _flat(compiled)]
    parts += [getattr(part, name, None) for part in parts for name in ("fn", "_fn")]
    parts += [value for part in parts for value in getattr(part, "_given", {}).values()]
    things = [part if hasattr(part, "__name__") else type(part) for part in parts if part is not None]
    return {_kinds._names.get(thing, thing.__name__): thing for thing in things
            if hasattr(thing, "__module__") and not is_ours(thing) and thing.__module__ != "builtins"}


def _flat(value):
    return value if isinstance(value, (list, tuple)) else [value]


def _anew(layer):
    return type(layer).from_config(layer.get_config())


def _clone(model, clone_function, recursive, known):
    """``known``: clones by layer, so that what is one in the model is one in the clone."""
    def of(layer):
        if id(layer) not in known:
            inner = recursive and isinstance(layer, Sequential)
            known[id(layer)] = _clone(layer, clone_function, True, known) if inner else clone_function(layer)
        return known[id(layer)]

    model._ensure_built()
    layers = [_kinds.wrap(impl, "keras.layers") for impl in model._base.children()]
    has_input = len(layers) > len(model.layers)
    out = Sequential([*([_anew(layers[0])] if has_input else []), *map(of, model.layers)], name=model.name)
    if not model.trainable:
        out._impl.own_trainable = False
    if model.compiled:
        out.compile_from_config(model.get_compile_config())
    return out
