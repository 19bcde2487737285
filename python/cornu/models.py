"""keras.models: Model, Sequential, load_model."""
import functools
import os
import sys
import weakref

from . import _absent, _core, _kinds, tree as _tree
from ._calls import context
from ._trainer import Trainer
from ._tracking import numbered
from .layers import Layer
from ._kinds import _forms
from .saving import load_model, may_write, save_model


class Model(Trainer, Layer):
    """A layer with ``fit``. Subclasses define ``call``, or ``train_step`` and ``test_step``."""
    stop_training = property(lambda self: self._impl.stop_training,
                             lambda self, on: setattr(self._impl, "stop_training", bool(on)))

    def __new__(cls, *args, **kwargs):
        """``Model(inputs, outputs)`` is a functional model."""
        if cls is Model and (args or "inputs" in kwargs or "outputs" in kwargs):
            cls = Functional
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args, name=None, trainable=True, dtype=None, inputs=None, outputs=None, **kwargs):
        given = [*args, *(one for one in (inputs, outputs) if one is not None)]
        if given:
            if len(args) == 3 and name is None:
                name = given.pop()
            if len(given) != 2:
                raise ValueError(f"{type(self).__name__}: a functional model needs inputs and outputs, got "
                                 f"{len(given)} of them")
            self.__dict__["_graph"] = given[0], given[1]
        elif self._impl is not None and name is None and dtype is None and not kwargs:
            return  # of a class that is a layer of another kind too, which made it
        super().__init__(name=name, trainable=trainable, dtype=dtype, **kwargs)

    @classmethod
    def _steps_are_the_engines(cls):
        """Whether the class leaves call and the steps of training to the engine."""
        return cls.call is Model.call and all(getattr(cls, step) is getattr(Model, step) for step in _STEPS)

    def _set_impl(self, impl):
        super()._set_impl(impl)
        impl.describe_by(functools.partial(_description, weakref.ref(self)))

    def _make(self, given):
        graph = self.__dict__.pop("_graph", None)
        if graph is not None:
            try:
                base = _core.FunctionalImpl(*graph, given.get("name") or _automatic_name(type(self)))
            except RuntimeError as e:
                raise ValueError(str(e)) from None
            return self._make_around(base)
        impl = _core.ScriptedModel(self, None)
        if self._engine_name is not None:  # a class that is one of the engine's layers too
            impl.mix_in(self._builtin(given))
        self._name_impl(impl)
        self._set_impl(impl)

    def _make_around(self, base):
        """A model that is one of the engine's, as it is, or with methods of a class of one's own."""
        self.__dict__["_base"] = base
        if type(self)._steps_are_the_engines():
            self.__dict__["_fast"] = type(self).__call__ is Model.__call__
            return self._set_impl(base)
        impl = _core.ScriptedModel(self, base)
        impl.name = base.name
        self._set_impl(impl)

    # ---- structure

    @property
    def inputs(self):
        """The symbolic tensors that a functional model starts from, in a list."""
        return _tree.flatten(self._functional("inputs"))

    @property
    def outputs(self):
        return _tree.flatten(self._functional("outputs"))

    @property
    def input(self):
        return self._functional("inputs")

    @property
    def output(self):
        return self._functional("outputs")

    def _functional(self, what):
        base = self.__dict__.get("_base", self._impl)
        if not isinstance(base, _core.FunctionalImpl):
            raise AttributeError(what)
        return getattr(base, what)

    def __getattr__(self, name):
        if name in ("input_shape", "output_shape"):
            raise AttributeError(f"{type(self).__name__} '{self.name}': its {name} is not known before it is built")
        if name in ("inputs", "outputs", "input", "output"):  # what the property said is lost by now
            raise AttributeError(f"{type(self).__name__} '{self.name}': has no symbolic '{name}', since it is no "
                                 "functional model, Model(inputs, outputs), nor a Sequential that starts with Input")
        if name in ("loss", "run_eagerly", "steps_per_execution", "jit_compile") and self._impl.compiled:
            given = self.__dict__.get("_compile_config")  # not of a model from a file
            return _kinds.deserialize(self._impl.compile_config()[name]) if given is None else given[name]
        return super().__getattr__(name)

    @property
    def input_names(self):
        return self.__dict__.get("_base", self._impl).input_names

    @property
    def output_names(self):
        return self.__dict__.get("_base", self._impl).output_names

    def _file_paths(self, tracked, children):
        """Keras goes through a model's attributes by name, `layers` among them, which takes all that come later."""
        paths = super()._file_paths({k: v for k, v in tracked.items() if k < "layers"}, children)
        for layer, number in zip(children, numbered(children)):
            paths.setdefault(id(layer), f"layers/{number}")
        return paths

    @property
    def layers(self):
        return [_kinds.wrap(impl, "keras.layers") for impl in self._impl.layers()]

    @layers.setter
    def layers(self, _):
        raise AttributeError(f"{type(self).__name__} '{self.name}': `Model.layers` attribute is reserved, and is the "
                             "list of the model's layers; use another name")

    def get_state_tree(self, value_format="backend_tensor"):
        """The values of all variables by their paths, in nested dictionaries: of what trains, what does not, the
        optimizer and the metrics. ``value_format``: "backend_tensor" or "numpy_array"."""
        from . import _state_tree
        return _state_tree.of(self, value_format)

    def set_state_tree(self, state_tree):
        """Assigns what ``get_state_tree`` gave, or a part of it."""
        from . import _state_tree
        _state_tree.assign(self, state_tree)

    @property
    def compiled(self):
        return self._impl.compiled

    def __reduce__(self):
        """Pickled, and copied, as a ``.keras`` file."""
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model.keras"
            save_model(self, path)
            with open(path, "rb") as f:
                from ._clone import classes_of
                return _unpickled, (f.read(), classes_of(self))

    def get_layer(self, name=None, index=None):
        found = self.layers
        if (name is None) == (index is None):
            raise ValueError(f"{type(self).__name__} '{self.name}': get_layer takes a name or an index, got "
                             + ("neither" if name is None else f"both {name!r} and {index!r}"))
        if index is not None:
            if not -len(found) <= index < len(found):
                raise ValueError(f"{type(self).__name__} '{self.name}': has {len(found)} layers, got index {index}")
            return found[index]
        for layer in found:
            if layer.name == name:
                return layer
        raise ValueError(f"{type(self).__name__} '{self.name}': has no layer '{name}', only {[l.name for l in found]}")

    def build(self, input_shape=None):
        """Creates the weights for inputs of this shape, batch axis first."""
        if input_shape is None or self._impl.built:
            return
        self._impl.build(tuple(input_shape))

    @property
    def input_shape(self):
        return self._known_shape("input_shape")

    @property
    def output_shape(self):
        self._ensure_built()
        return self._known_shape("output_shape")

    def _known_shape(self, what):
        shape = getattr(self._impl, what)
        if shape is None or isinstance(shape, tuple) and not shape:
            raise AttributeError(f"{type(self).__name__} '{self.name}': its {what} is not known before it is built")
        return shape

    def __call__(self, *args, **kwargs):
        said = kwargs.get("training")
        x = args[0] if len(args) == 1 else None
        if self._fast and not (context.training if said is None else said) and _core.has_one_value(x):
            out = _core.predict_on_batch(self._impl, x)
            if self._checked or not any(loss.symbolic for loss in self._impl.losses()):
                self.__dict__["_checked"] = True
                return out
            self.__dict__["_fast"] = False  # its layers add losses, which have values when they are called one by one
        return super().__call__(*args, **kwargs)

    _fast = _checked = False

    # ---- weights, of one moment where another thread trains

    def get_weights(self):
        self._ensure_built()
        return _core.get_weights(self._impl)

    def _assign_weights(self, variables, values):
        _core.set_weights(self._impl, values)

    # ---- files and text

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False,
                layer_range=None):
        """Prints the table of the layers by ``print_fn``, ``line_length`` characters wide. ``positions`` are the ends
        of the columns, as shares of the line or in characters; ``expand_nested`` gives the layers of models inside rows
        too, ``show_trainable`` adds a column; ``layer_range`` are the names of the first and the last layer shown, or
        regular expressions that they begin with."""
        if layer_range is not None and (len(layer_range) != 2 or not all(isinstance(e, str) for e in layer_range)):
            raise ValueError("summary: layer_range must be a list or tuple of length 2, of names of layers, got "
                             f"{layer_range!r}")
        self._ensure_built()
        text = _core.summary(self._impl, int(line_length or 0), [float(p) for p in positions or ()],
                             bool(expand_nested), bool(show_trainable), list(layer_range or ()))
        (print_fn or print)(text.rstrip("\n"))

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Writes a ``.keras`` file, which Keras reads too."""
        save_model(self, filepath, overwrite, zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Writes a ``.weights.h5`` file."""
        if max_shard_size is not None:
            raise ValueError("save_weights: weights go into one file, got max_shard_size")
        may_write("save_weights", filepath, overwrite)
        self._need_weights("save_weights", "You are saving a model")
        _core.save_weights(self._impl, os.fspath(filepath))

    def load_weights(self, filepath, skip_mismatch=False, objects_to_skip=None, by_name=False):
        """From a ``.weights.h5`` or ``.keras`` file. ``skip_mismatch``: layers whose weights have other shapes in the
        file keep theirs, with a warning."""
        if objects_to_skip is not None:
            raise ValueError("load_weights: objects_to_skip is not supported")
        if by_name:
            raise ValueError("load_weights: weights are found by their place in the model, not by_name, which is of "
                             "the legacy .h5 format")
        self._need_weights("load_weights", "You are loading weights into a model")
        _core.load_weights(self._impl, os.fspath(filepath), bool(skip_mismatch))

    def _need_weights(self, who, what):
        if not self.built:
            raise ValueError(f"{what} that has not yet been built. {who} of {type(self).__name__} '{self.name}': the "
                             "model has no weights yet; start it with Input, or call build")

    def to_json(self, **kwargs):
        """The form of the model as JSON: ``model_from_json`` makes it anew, without its weights."""
        import json
        return json.dumps(_kinds.serialize(self), **kwargs)

    def get_config(self):
        if type(self)._steps_are_the_engines() and isinstance(self._impl, _core.FunctionalImpl):
            return self._impl.get_config()
        return {**self._own_config(Layer, Model), "trainable": self.trainable,
                "dtype": self._impl.policy_form}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model from what ``get_config`` gave; one with a graph in it is made of that."""
        if _functional.is_form_of_one(config) and _functional.can_be_made_of_graph(cls):
            return _functional.made_of_form(cls, config, custom_objects)
        with _kinds.custom_object_scope(custom_objects or {}):
            return super().from_config(config)

    def get_build_config(self):
        shape = self._impl.build_shape if self.built else ()
        return {"input_shape": shape} if shape else None

    def build_from_config(self, config):
        if config and config.get("input_shape"):
            self.build(tuple(config["input_shape"]))


def _description(model):
    """What files hold of a model; None if its Python object is gone."""
    model = model()
    return None if model is None else _kinds.serialize(model)


def _say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def _warn(text):
    sys.stderr.write(text)
    sys.stderr.flush()


#: A notebook's output can be drawn anew too.
_core.set_output(_say, "ipykernel" in sys.modules or bool(getattr(sys.stdout, "isatty", bool)()), _warn)


_STEPS = "train_step", "test_step", "compute_loss", "compute_metrics", "get_metrics_result"


def _automatic_name(cls):
    return _core.unique_name("Functional" if cls is Functional else cls.__name__)


def _unpickled(data, classes):
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.keras"
        with open(path, "wb") as f:
            f.write(data)
        return load_model(path, classes)


def wrap_model(impl):
    """The Python object of a model that the engine made."""
    known = _kinds._objects.get(impl.identity)
    if known is not None:
        return known
    cls = (Sequential if isinstance(impl, _core.SequentialImpl)
           else Functional if isinstance(impl, _core.FunctionalImpl) else Model)
    self = cls.__new__(cls)
    self.__dict__["_given"], self.__dict__["_keep"] = {}, []
    self._set_impl(impl)
    if cls is not Model:
        self._wrapped()
    return self


def model_from_config_form(config):
    if config["class_name"] in ("Functional", "Model"):
        return Functional.from_config(config["config"])
    if config["class_name"] != "Sequential":
        raise ValueError(f"models of class '{config['class_name']}' are not supported yet")
    return Sequential.from_config(config["config"])


def model_from_json(json_string, custom_objects=None):
    """The model of a text that ``to_json`` gave."""
    import json
    return _kinds.deserialize(json.loads(json_string), custom_objects)


from . import _functional  # noqa: E402  Models
from ._sequential import Sequential  # noqa: E402
from ._functional import Functional  # noqa: E402
from ._clone import clone_model  # noqa: E402  it is made of these

__getattr__ = _absent.getattr_of("models")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
