"""keras.models.clone_model: the same layers anew, with weights of their own."""
from . import _core, _functional, _kinds, tree
from ._calls import is_ours
from ._keras_tensor import KerasTensor
from ._operation import Noted
from ._inputs import Input, InputLayer
from .models import Functional, Sequential


def clone_model(model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs):
    """The same layers with new weights; compiled as the model is. ``clone_function(layer)`` gives the layer that stands
    for one of the model's; with ``recursive``, for those of models inside it too. Of functional models,
    ``call_function(layer, *args, **kwargs)`` calls it in the clone, and ``input_tensors`` are what the clone starts
    from."""
    if kwargs:
        raise ValueError(f"clone_model: unexpected argument '{next(iter(kwargs))}'")
    for name, value in (("clone_function", clone_function), ("call_function", call_function)):
        if value is not None and not callable(value):
            raise ValueError(f"clone_model: {name} must be callable, got {value!r}")
    who = f"{type(model).__name__} '{model.name}'"
    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError("clone_model: `call_function` argument is not supported with Sequential models, whose "
                             f"layers are not called when it is made; expected a functional model, got {who}")
    elif not isinstance(model, Functional):
        for names, given in (("Arguments `clone_function` and `input_tensors` are",
                              clone_function is not None or input_tensors is not None),
                             ("Argument `call_function` is", call_function is not None)):
            if given:
                raise ValueError(f"clone_model: {names} only supported for Sequential models or Functional models, got "
                                 f"{who}")
    with _kinds.custom_object_scope(classes_of(model)):
        own_class = type(model) is not Sequential and clone_function is None and input_tensors is None
        if not isinstance(model, (Sequential, Functional)) or isinstance(model, Sequential) and own_class:
            return _kinds.deserialize(_kinds.serialize(model))
        return _Cloning(clone_function or _anew, call_function, recursive).of_model(model, input_tensors)


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


class _Cloning:
    """``known``: clones by layer, so that what is one in the model is one in the clone."""
    def __init__(self, clone_function, call_function, recursive):
        self._clone, self._call, self._recursive, self._known = clone_function, call_function, recursive, {}

    def of_layer(self, layer):
        number = layer._impl.identity
        if number not in self._known:
            inner = self._recursive and isinstance(layer, (Sequential, Functional))
            self._known[number] = self.of_model(layer, None) if inner else self._clone(layer)
        return self._known[number]

    def of_model(self, model, input_tensors):
        of = self._of_sequential if isinstance(model, Sequential) else self._of_functional
        out = of(model, input_tensors)
        if not model.trainable:
            out._impl.own_trainable = False
        if model.compiled:
            out.compile_from_config(model.get_compile_config())
        return out

    def _of_sequential(self, model, input_tensors):
        model._ensure_built()
        layers = model._all_layers()
        first = [_anew(layers[0])] if len(layers) > len(model.layers) else []
        if input_tensors is not None:
            given = _flat(input_tensors)
            if len(given) != 1 or not isinstance(given[0], KerasTensor):
                raise ValueError("clone_model: Argument `input_tensors` must be a KerasTensor, a single one for a "
                                 f"Sequential model, got {input_tensors!r}")
            first = [_input_of(given[0])]
        return Sequential([*first, *map(self.of_layer, model.layers)], name=model.name)

    def _of_functional(self, model, input_tensors):
        starts = self._starts(model, input_tensors)
        values = dict(zip(tree.flatten(model.input), tree.flatten(starts)))

        def now(x):
            return values.get(x, x) if isinstance(x, KerasTensor) else x
        for impl, inputs, outputs, training, masks, arguments in model.__dict__.get("_base", model._impl).calls():
            given, outputs = tree.map_structure(now, inputs), tree.flatten(outputs)
            if any(x in values for x in outputs):
                continue  # an input
            layer = (Noted(impl) if impl.is_operation and impl.identity not in _kinds._objects
                     else self.of_layer(_kinds.wrap(impl, "keras.layers")))
            args, kwargs = ((given,), {}) if arguments is None else arguments.fill(given)
            if training is not None:
                kwargs["training"] = training
            if masks is not None:
                kwargs["mask"] = tree.map_structure(now, masks)
            y = layer(*args, **kwargs) if self._call is None else self._call(layer, *args, **kwargs)
            values.update(zip(outputs, tree.flatten(y)))
        cls = type(model) if _functional.can_be_made_of_graph(type(model)) else Functional
        return cls(starts, tree.map_structure(now, model.output), name=model.name)

    def _starts(self, model, input_tensors):
        if input_tensors is None:
            return tree.map_structure(lambda x: Input(batch_shape=x.shape, dtype=x.dtype, name=x.name,
                                                      optional=_is_optional(x)), model.input)
        for x in tree.flatten(input_tensors):
            if not isinstance(x, KerasTensor):
                raise ValueError("clone_model: All entries in `input_tensors` must be KerasTensors, got "
                                 f"{type(x).__name__}")
        try:
            tree.assert_same_structure(model.input, input_tensors)
        except ValueError as e:
            raise ValueError(f"clone_model: `input_tensors` must have the same structure as model.input: {e}") from None
        return input_tensors


def _is_optional(x):
    source = _core.layer_of(x)
    return source.class_name == "InputLayer" and source.get_config()["optional"]


def _input_of(x):
    """The Input that gave a symbolic tensor, or one like what a layer gave."""
    source = _core.layer_of(x)
    if source.class_name == "InputLayer":
        return _kinds.wrap(source, "keras.layers")
    return InputLayer(batch_shape=x.shape, dtype=x.dtype)
