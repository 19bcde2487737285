"""keras.layers: Layer, and the engine's layers, made on first use."""
from . import _calls, _core, _generate, _kinds, _spec, _tracking, tree
from ._kinds import _forms, deserialize, serialize
from ._layer_config import WithConfig
from ._layer_shapes import WithShapes
from ._layer_types import WithTypes
from ._layer_weights import WithWeights
from ._operation import Operation

#: Attributes that are no attributes of the user's.
_INTERNAL = ("_impl", "_given", "_keep", "_hint", "_tracked", "_stack", "_history", "_made_with", "input_spec",
             "_compile_config", "_compiled_with", "_metrics_of_compile")


class Layer(_calls.BuiltByEngine, WithShapes, WithTypes, WithWeights, WithConfig, _kinds.Configurable, Operation):
    """A function of tensors with weights. Subclasses define ``call`` and, for weights, ``build``.

    Args: ``name``, ``trainable``, ``dtype`` (policy), ``activity_regularizer``; all by keyword.
    """
    _kind = "keras.layers"
    _common = True
    _hint = None
    #: What the layer expects of its inputs: an InputSpec, or a list of them for several inputs.
    input_spec = None

    def __init__(self, *args, activity_regularizer=None, trainable=True, dtype=None, name=None, autocast=True,
                 input_shape=None, input_dim=None, batch_input_shape=None, **kwargs):
        if input_dim is not None and any(p.name == "input_dim" for p in self._parameters):
            kwargs["input_dim"], input_dim = input_dim, None
        if input_dim is not None:
            input_shape = (input_dim,)
        if batch_input_shape is not None:
            if batch_input_shape[0] is not None:
                raise ValueError(f"{type(self).__name__}: batch_input_shape must begin with None, got "
                                 f"{tuple(batch_input_shape)}; Input(batch_shape=...) states a batch size")
            input_shape = tuple(batch_input_shape)[1:]
        if input_shape is not None:
            self._hint = tuple(input_shape) if isinstance(input_shape, (tuple, list)) else (input_shape,)
        if not isinstance(trainable, bool):
            raise ValueError(f"{type(self).__name__}: expected `trainable` to be a boolean, got {trainable!r}")
        dtype = _forms.dtype_name(dtype)
        common = {k: v for k, v in (("dtype", dtype), ("name", name)) if v is not None}
        if not trainable:
            common["trainable"] = False
        if self._engine_name is not None:
            if activity_regularizer is not None:
                self._must_take("activity_regularizer", "; put an ActivityRegularization layer after it")
                common["activity_regularizer"] = activity_regularizer
            weights = kwargs.pop("weights", None) if self._engine_name == "Embedding" else None
            super().__init__(*args, **kwargs, **common)
            if not autocast:  # else what the engine says of the class
                self._impl.autocast = False
            if weights is not None:
                self.build((None,))
                self.set_weights(weights if isinstance(weights, list) and len(weights) == 1 else [weights])
            return
        if args or kwargs:
            unknown = next(iter(kwargs), None)
            raise TypeError(f"{type(self).__name__}.__init__() got an unexpected argument"
                            + (f" '{unknown}'" if unknown else f": {args[0]!r}"))
        self._given = common
        self._keep = []
        self._make(common)
        self._impl.autocast = bool(autocast)
        if activity_regularizer is not None:
            self._activity_regularizer = _kinds.get("keras.regularizers", activity_regularizer)
            self._impl.activity_regularizer = _kinds.engine_object(self._activity_regularizer, "keras.regularizers")

    def _must_take(self, name, instead=""):
        if not any(p.name == name for p in self._parameters):
            raise ValueError(f"{type(self).__name__}: {self._engine_name} takes no {name}{instead}")

    # ---- the engine's object

    def _builtin(self, given):
        if self._engine_name is not None and not self._is_builtin() and not given.get("name"):
            given = {**given, "name": _core.unique_name(type(self).__name__)}
        return super()._builtin(given)

    def _script(self, builtin):
        impl = _core.ScriptedLayer(self, builtin)
        if builtin is None:
            self._name_impl(impl)
        return impl

    def _name_impl(self, impl):
        given = self._given
        impl.name = given.get("name") or _core.unique_name(type(self).__name__)
        impl.own_trainable = given.get("trainable", True)
        dtype = given.get("dtype")
        impl.set_dtype(_core.dtype_policy() if dtype is None else dtype)

    def _set_impl(self, impl):
        super()._set_impl(impl)
        if impl.supports_masking:
            self.__dict__.setdefault("supports_masking", True)
        self._sync_children()
        if hasattr(impl, "track"):  # what was set before the engine's object was there
            for variable in _tracking.objects_in({k: v for k, v in vars(self).items() if k not in _INTERNAL},
                                                 _core.Variable):
                impl.track(variable)

    def _sync_children(self):
        impl = self.__dict__.get("_impl")
        if impl is None or not hasattr(impl, "set_children"):
            return
        tracked = self.__dict__.get("_tracked", {})
        children = [layer for layer in self._sublayers() if layer._impl is not None]
        paths = self._file_paths(tracked, children)
        impl.set_children([layer._impl for layer in children], [paths[id(layer)] for layer in children])

    def _sublayers(self):
        return _tracking.once_each(_tracking.objects_in(self.__dict__.get("_tracked", {}), Layer))

    def _inside(self):
        """The layers that this one consists of."""
        return self._sublayers()

    def _flatten(self):
        """All layers inside, at any depth."""
        for layer in self._inside():
            yield layer
            yield from layer._flatten()

    @property
    def _layers(self):
        """The layers that this one consists of."""
        return list(self._inside())

    def _flatten_layers(self, include_self=True, recursive=True):
        """All layers, each before those inside it."""
        inside = list(self._flatten()) if recursive else self._layers
        return [self, *inside] if include_self else inside

    def _file_paths(self, tracked, children):
        return _tracking.file_paths(tracked, Layer)

    def _own_metrics(self):
        """Metrics in attributes, and those of the layers inside."""
        from .metrics import Metric
        found = [*_tracking.objects_in({k: v for k, v in vars(self).items() if k not in _INTERNAL}, Metric)]
        for layer in self._inside():
            found += [] if hasattr(layer, "train_step") else layer._own_metrics()  # a model trains by itself
        return _tracking.once_each(found)

    @property
    def metrics(self):
        return self._own_metrics()

    def __setattr__(self, name, value):
        cls = type(self)
        if isinstance(getattr(cls, name, None), property) or name.startswith("__") or name in _INTERNAL:
            return object.__setattr__(self, name, value)
        value = _tracking.tracked(value, _tracking.Changed(self, name))
        object.__setattr__(self, name, value)
        self._track(name, value)

    def _track(self, name, value):
        """Makes the layers in an attribute this one's, and its variables weights."""
        tracked = self.__dict__.setdefault("_tracked", {})
        if next(_tracking.objects_in(value, Layer), None) is not None:
            tracked[name] = value
            self._sync_children()
        elif name in tracked:
            del tracked[name]
            self._sync_children()
        impl = self.__dict__.get("_impl")
        if hasattr(impl, "track"):
            for variable in _tracking.objects_in(value, _core.Variable):
                impl.track(variable)

    # ---- what users override

    def build(self, input_shape):
        """Creates the weights; once, before the first call."""
        impl = self._impl
        if hasattr(impl, "base_build") and self.__dict__.get("_building"):
            impl.base_build(input_shape)
        else:
            impl.build_once(input_shape)

    def call(self, inputs=None, *args, **kwargs):
        """The layer's function of tensors."""
        if self._engine_name is None and self.__dict__.get("_base") is None:
            raise NotImplementedError(f"{type(self).__name__} '{self.name}' does not have a `call` method implemented.")
        impl, values = self._impl, None
        if impl.call_parameters:
            inputs, values = _calls.by_name(self, () if inputs is None else (inputs, *args), kwargs)
            args, kwargs = (), {name: kwargs[name] for name in ("training", "mask") if name in kwargs}
        training, mask = self._call_options(args, kwargs)
        if hasattr(impl, "base_call"):
            return impl.base_call(inputs, training, mask, values)
        return impl(inputs, training, mask, None, values)

    def _call_options(self, args, kwargs):
        """(training, mask) of a call of the engine's layer, which takes nothing else."""
        other = [f"a value of shape {tuple(a.shape)}" if hasattr(a, "shape") else repr(a) for a in args]
        other += [name for name in kwargs if name not in ("training", "mask")]
        if other:
            raise TypeError(f"{type(self).__name__} '{self.name}': a call takes one tensor, training and mask, got "
                            f"{other[0]} besides")
        training = kwargs.get("training")
        return _calls.training() if training is None else bool(training), kwargs.get("mask")

    def adapt(self, data, batch_size=None, steps=None):
        """Learns from data before training, as Normalization its means and variances."""
        from . import _data
        batch_size = _data.whole_number("adapt", "batch_size", batch_size)
        steps = _data.whole_number("adapt", "steps", steps)
        x = _data.triple(data, None, None, steps)[0]
        if steps is not None and not _data.is_stream(data):
            x = x[:steps * (batch_size or 32)]
        self._impl.adapt(x)

    # ---- calling

    def __call__(self, *args, **kwargs):
        impl = self._impl
        if impl is None:
            raise RuntimeError(f"{type(self).__name__}: call super().__init__() at the start of __init__")
        training, mask = _calls.said(kwargs.pop("training", None)), kwargs.pop("mask", None)
        if len(args) == 1 and not kwargs:
            return impl(args[0], training, mask)
        if not args and len(kwargs) == 1 and "inputs" in kwargs and self._is_builtin():
            return impl(kwargs["inputs"], training, mask)
        _calls.check_positional(self, args)
        if not hasattr(impl, "base_call"):
            if impl.call_parameters:
                inputs, values = _calls.by_name(self, args, kwargs)
                return impl(inputs, training, mask, None, values)
            self._call_options(args[1:], kwargs)
        if mask is not None:
            kwargs["mask"] = mask
        arguments = _calls.Arguments(self, args, kwargs)
        if impl.built:
            return impl(arguments.tensors, training, None, arguments)
        self.__dict__["_pending"] = arguments  # for build
        try:
            return impl(arguments.tensors, training, None, arguments)
        finally:
            self.__dict__.pop("_pending", None)

    def _accepted(self, args, kwargs, training, masks):
        """The arguments of ``call``, with those that the engine knows."""
        cls = type(self)
        if "training" not in kwargs and _calls.takes_training(cls):
            kwargs = {**kwargs, "training": training}
        if masks is not None and "mask" not in kwargs and _calls.takes_mask(cls):
            kwargs = {**kwargs, "mask": masks}
        for value, name in _calls.masks_of_arguments(cls, args, kwargs):
            found = _masks_in(value)
            if any(mask is not None for mask in tree.flatten(found)):
                kwargs = {**kwargs, name: found}
        return kwargs

    def _ask_build(self, input_shape):
        if not self._impl.built:
            self._impl.build_once(input_shape)

    def _engine_call(self, inputs, training, masks, arguments):
        args, kwargs = ([inputs], {}) if arguments is None else arguments.fill(inputs)
        if self.input_spec is not None:
            _spec.check(self, args[0] if args else None)
        first = None
        if masks is not None and arguments is not None:  # that of the first argument, as Keras hands it on
            first = args[0] if args else next(iter(kwargs.values()), None)
            masks = _masks_in(first)
        out = self.call(*args, **self._accepted(args, kwargs, training, masks))
        if first is not None:
            self.__dict__["_masks_of_call"] = first, out
        return out

    def _engine_mask(self, inputs, masks):
        several = self.__dict__.pop("_masks_of_call", None)
        if several is not None:  # several arguments: the mask of the first is the output's
            first, out = several
            found = tree.flatten(self._own_mask(first, _masks_in(first)))
            places = tree.flatten(out)
            return tree.pack_sequence_as(out, [*found, *[None] * len(places)][:len(places)])
        return self._own_mask(inputs, masks)

    def _own_mask(self, inputs, masks):
        if type(self).compute_mask is not Layer.compute_mask or self.supports_masking:
            return self.compute_mask(inputs, masks)
        return None

    def compute_mask(self, inputs, previous_mask=None, mask=None):
        """The mask of the output; without one of a class's own, that of the input, where ``supports_masking``. ``mask``
        is another name of ``previous_mask``, which some of Keras' classes have."""
        previous_mask = mask if previous_mask is None else previous_mask
        impl = self._impl
        if hasattr(impl, "base_mask"):
            return impl.base_mask(inputs, previous_mask) if self._engine_name else previous_mask
        return impl.compute_mask(inputs, previous_mask)

    #: Whether the mask of the input is that of the output too.
    supports_masking = False

    # ---- facts

    @property
    def name(self):
        return self._impl.name

    @property
    def path(self):
        """Its name behind those of the layers in which it was built."""
        return self._impl.path

    @property
    def trainable(self):
        return self._impl.trainable

    @trainable.setter
    def trainable(self, on):
        self._impl.trainable = bool(on)

    @property
    def built(self):
        self._ensure_built()
        return self._impl.built or self._is_builtin() and self._impl.built_at_init

    @built.setter
    def built(self, _):  # Keras' layers set it at the end of build
        pass

    @property
    def input(self):
        """What it was called on in a functional model; the first time, if it was several times."""
        return self._symbolic("input")

    @property
    def output(self):
        """What that call gave."""
        return self._symbolic("output")

    def _symbolic(self, what):
        owner = self._owner[0]() if "_owner" in self.__dict__ else None
        if owner is not None and not self._impl.calls_noted:
            getattr(owner, "inputs", None)  # a Sequential, which then calls its layers, if it starts with Input
        if self._impl.calls_noted > 1:
            return self._impl.record_at(0)[what == "output"]
        try:
            return getattr(self._impl, what)()
        except RuntimeError as e:
            raise AttributeError(str(e)) from None

    def __getattr__(self, name):
        if not name.startswith("_"):
            impl = self.__dict__.get("_impl")
            if impl is not None:
                self._ensure_built()
                for w in impl.own_weights():
                    if w.name == name:
                        return w
        return super().__getattr__(name)

    def __dir__(self):
        """With the weights, by name."""
        weights = self._impl.own_weights() if self._impl is not None else ()
        return sorted({*super().__dir__(), *(w.name for w in weights)})

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _masks_in(x):
    """The mask of a tensor, or those of several in their structure."""
    return tree.map_structure(lambda one: getattr(one, "_keras_mask", None), x)


_generate.kind("keras.layers", Layer)
from ._inputs import Input, InputLayer, InputSpec  # noqa: E402  they are made of Layer

_generate._made[("keras.layers", "InputLayer")] = InputLayer
_class = _generate.module_getattr("keras.layers")


def __getattr__(name):
    if name in ("Lambda", "Wrapper"):
        from . import _wrappers
        globals()[name] = getattr(_wrappers, name)
        return globals()[name]
    from . import _merging
    made = _merging.function(name)
    return _class(name) if made is None else made

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
