"""keras.saving: files of models, and the names of user-written classes in them."""
import os

from . import _absent, _core, _kinds
from ._kinds import custom_object_scope as CustomObjectScope
from ._kinds import custom_object_scope, deserialize, serialize

deserialize_keras_object, serialize_keras_object = deserialize, serialize


def register_keras_serializable(package="Custom", name=None):
    """Decorator: files know the class or function as "package>name"."""
    def decorate(thing):
        _kinds.register(package, name)(thing)
        _register_with_engine(f"{package}>{name or thing.__name__}", thing)
        return thing
    return decorate


def get_registered_name(obj):
    return _kinds._names.get(obj, getattr(obj, "__name__", obj))


def get_registered_object(name, custom_objects=None, module_objects=None):
    return (custom_objects or {}).get(name) or _kinds.find_custom(name)


def get_custom_objects():
    return _kinds._custom


_loading = []


def _register_with_engine(full, thing):
    kind = getattr(thing, "_kind", None)
    if not kind:
        if not isinstance(thing, type):  # a function: an activation, or a loss
            package, _, name = full.rpartition(">")
            _core.register_activation(name, thing, package)
            _register_loss(full, thing)
        return

    def make(config):
        made = thing.from_config({k: v for k, v in config.items() if not (k == "dtype" and isinstance(v, dict))})
        _loading.append(made)
        return made._impl
    for name in {full, full.split(">")[1], "Custom>" + thing.__name__}:
        if not _core.is_class(kind, name):
            _core.register_class(kind, name, make)


def _register_loss(full, function):
    def make(config):
        from . import losses
        made = losses.LossFunctionWrapper(function)
        _loading.append(made)
        return made._impl
    for name in (full, full.rpartition(">")[2]):
        _core.register_class("keras.losses", name, make)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """The model in a ``.keras`` file, with its optimizer and its state."""
    from . import models
    path = os.fspath(filepath)
    for name, thing in (custom_objects or {}).items():
        _register_with_engine("Custom>" + name, thing)
    before = len(_loading)
    model = models.wrap_model(_core.load_model(path, compile))
    model.__dict__["_keep"] = _loading[before:]
    del _loading[before:]
    return model


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    path = os.fspath(filepath)
    if not path.endswith(".keras"):
        raise ValueError(f"save: the path must end in '.keras', got '{path}'"
                         + ("; the legacy HDF5 format is not written" if path.endswith((".h5", ".hdf5")) else ""))
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"save: '{path}' exists and overwrite is False")
    _core.save(model._impl, path)


def save_weights(model, filepath, overwrite=True, **kwargs):
    model.save_weights(filepath)


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    model.load_weights(filepath)


__getattr__ = _absent.getattr_of("saving")
