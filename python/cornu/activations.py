"""keras.activations: functions of a tensor."""
from . import _absent, _core, _kinds

_engine = {}  # engine objects by function


def get(identifier):
    """An activation from a name, a config or a function; None is linear."""
    if identifier is None:
        return __getattr__("linear")
    if isinstance(identifier, str):
        custom = _kinds.find_custom(identifier)
        if custom is not None:
            return custom
        _core.make_activation(identifier)  # an unknown name is refused with the nearest known one
        return __getattr__(identifier)
    if isinstance(identifier, dict):
        return _kinds.deserialize(identifier, kind="keras.activations")
    if callable(identifier):
        return identifier
    raise ValueError(f"activation: expected a name or a function, got {identifier!r}")


def serialize(activation):
    return getattr(activation, "__name__", activation)


def deserialize(config, custom_objects=None):
    with _kinds.custom_object_scope(custom_objects or {}):
        return get(config)


def engine_object(function):
    """The engine's activation for a function of Python's or of this module."""
    if isinstance(function, _core.Function):
        return function.__name__
    made = _engine.get(function)
    if made is None:
        registered = _kinds._names.get(function)
        made = _core.ScriptedActivation(function, getattr(function, "__name__", type(function).__name__))
        if registered:
            made.registered_name = registered
        _engine[function] = made
    return made


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    made = _core.function("keras.activations", name)
    if made is None:
        raise _absent.error("activations", name)
    globals()[name] = made
    return made

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__, lambda: _core.function_names("keras.activations"))
