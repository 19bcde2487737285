"""keras.saving: files of models, and the names of user-written classes in them."""
import contextlib
import os
import threading

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
    return (custom_objects or {}).get(name) or _kinds.find_custom(name) or (module_objects or {}).get(name)


def get_custom_objects():
    return _kinds._custom


_loading = threading.local()  # Python objects of the load that is going on, which the engine holds weakly


def _register_with_engine(full, thing):
    """Makes the engine ask for the class or function when a file names it: what the name means then, so that a class
    that was defined anew, or is given as a custom object, is found."""
    package, _, short = full.rpartition(">")
    kind = getattr(thing, "_kind", None)
    if kind:
        _register_name(kind, {full, short, "Custom>" + short}, lambda config: _meant(full).from_config(config))
    elif not isinstance(thing, type):  # a function may be any of these
        _core.register_activation(short, lambda x: (_kinds.find_custom(full) or thing)(x), package)
        for each, wrap in _FUNCTIONS.items():
            _register_name(each, {full, short}, lambda config, wrap=wrap: wrap(_meant(full)))


def _register_name(kind, names, make):
    def made(config):
        out = make(config)
        _kept().append(out)
        return getattr(out, "_impl", out)
    for name in names.difference(_core.class_names(kind)):
        _core.register_class(kind, name, made)


def _loss_of(function):
    from . import losses
    return losses.LossFunctionWrapper(function)


def _metric_of(function):
    from . import metrics
    return metrics.MeanMetricWrapper(function)


_FUNCTIONS = {"keras.losses": _loss_of, "keras.metrics": _metric_of,
              **{kind: lambda function, kind=kind: _kinds.engine_object(function, kind) for kind in _kinds._WRAPPERS}}


def _meant(name):
    found = _kinds.find_custom(name)
    if found is None:
        raise ValueError(f"the file names '{name}', which is not known here: register it with "
                         "keras.saving.register_keras_serializable or pass custom_objects")
    return found


def _kept():
    return _loading.__dict__.setdefault("objects", [])


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """The model in a ``.keras`` file, with its optimizer and its state."""
    from . import models
    path = os.fspath(filepath)
    if not path.endswith((".keras", ".h5", ".hdf5")):
        raise ValueError(f"load_model: File format not supported: expected a path that ends in '.keras', got '{path}'")
    if not os.path.exists(path):
        raise ValueError(f"load_model: File not found. Please ensure the file is an accessible `.keras` zip file; got "
                         f"'{path}'")
    with engine_knows(custom_objects) as made:
        model = models.wrap_model(_core.load_model(path, compile))
    model.__dict__["_keep"] = made
    return model


@contextlib.contextmanager
def engine_knows(custom_objects):
    """A ``with`` block in which the engine can make classes of one's own, which gives the list of what it made: the
    engine holds those weakly."""
    with custom_object_scope(custom_objects or {}):
        for scope in _kinds._scopes:
            for name, thing in scope.items():
                _register_with_engine(name if ">" in name else "Custom>" + name, thing)
        before, made = len(_kept()), []
        try:
            yield made
        finally:
            made += _kept()[before:]
            del _kept()[before:]


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Writes a ``.keras`` file, which Keras reads too."""
    path = os.fspath(filepath)
    if kwargs.get("save_format") is not None and not (kwargs["save_format"] == "keras" and path.endswith(".keras")):
        raise ValueError("save: The `save_format` argument is deprecated; the path says it, which must end in "
                         f"'.keras', got save_format={kwargs['save_format']!r}")
    if not path.endswith(".keras"):
        raise ValueError(f"save: Invalid filepath extension for saving: the path must end in '.keras', got '{path}'"
                         + ("; the legacy HDF5 format is not written" if path.endswith((".h5", ".hdf5")) else ""))
    if zipped is False:
        raise ValueError("save: models are written as one archive, got zipped=False, which means a folder")
    for name, value in kwargs.items():
        if name not in ("include_optimizer", "save_format") or value not in (True, None, "keras"):
            raise ValueError("save: The following argument(s) are not supported for .keras files, expected none, got "
                             f"{name}={value!r}")
    may_write("save", path, overwrite)
    _core.save(model._impl, path)


def may_write(who, path, overwrite):
    """Refuses a path where something is that must stay."""
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{who}: '{os.fspath(path)}' exists and overwrite is False")


def save_weights(model, filepath, overwrite=True, **kwargs):
    model.save_weights(filepath, overwrite, **kwargs)


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    model.load_weights(filepath, skip_mismatch, **kwargs)


__getattr__ = _absent.getattr_of("saving")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
