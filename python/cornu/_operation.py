"""keras.Operation and keras.Function: functions of tensors that graphs are made of."""
from . import _calls, _core, _kinds, tree
from ._keras_tensor import KerasTensor, symbolic


class Operation:
    """A function of tensors: ``call``. On symbolic tensors (KerasTensor) a call is noted, to be done by a Function or
    Model of them. Layers are operations with weights."""
    _impl = None
    _kind = "keras.layers"

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        if not _calls.is_ours(cls):  # for a config of a class of one's own that writes none
            self.__dict__["_made_with"] = args, kwargs
        return self

    def __init__(self, name=None):
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"{type(self).__name__}: name must be a string and cannot contain character `/`. Expected "
                             f"such a name, or None, got {name!r}")
        impl = self._impl = _core.ScriptedLayer(self, None)
        impl.is_operation, impl.autocast = True, False
        impl.name = name or _core.unique_name(type(self).__name__)
        impl.registered_name = self._registered_name()
        _kinds._objects[impl.identity] = self

    def _registered_name(self):
        return _kinds.registered_name_of(type(self))

    def _is_builtin(self):
        return False

    # ---- what the engine asks

    def _engine_build(self, shapes):
        pass

    def _engine_call(self, inputs, training, masks, arguments):
        args, kwargs = arguments.fill(inputs)
        return self.call(*args, **kwargs)

    def _engine_mask(self, inputs, masks):
        return None

    # ---- what users define and call

    def call(self, *args, **kwargs):
        """The operation's function."""
        raise NotImplementedError(f"{type(self).__name__} does not have a `call` method implemented.")

    def __call__(self, *args, **kwargs):
        if self._impl is None:
            raise RuntimeError(f"{type(self).__name__}: call super().__init__() at the start of __init__")
        arguments = _calls.Arguments(self, args, kwargs)
        if symbolic(arguments.tensors) and not _core.tracing():
            return self._impl(arguments.tensors, None, None, arguments)
        return self.call(*args, **kwargs)

    def symbolic_call(self, *args, **kwargs):
        """The call on symbolic tensors, which is noted."""
        return self(*args, **kwargs)

    def compute_output_spec(self, *args, **kwargs):
        """Symbolic tensors like those that the call gives for symbolic ones."""
        arguments = _calls.Arguments(self, args, kwargs)
        return _core.output_spec(self._impl, arguments.tensors, None, None, arguments)

    # ---- facts

    @property
    def name(self):
        return self._impl.name

    @property
    def _inbound_nodes(self):
        """(inputs, outputs) of each call that was noted."""
        return [self._impl.record_at(i) for i in range(self._impl.calls_noted)]

    @property
    def input(self):
        """What it was called on: a symbolic tensor, or a list of them."""
        return self._first_call(0)

    @property
    def output(self):
        """What that gave."""
        return self._first_call(1)

    def _first_call(self, which):
        record = self._impl.record_at(0)
        if record is None:
            what = ("input", "output")[which]
            raise AttributeError(f"{type(self).__name__} '{self.name}': was called on no symbolic tensor, so it has no "
                                 f"{what}")
        found = tree.flatten(record[which])
        return found[0] if len(found) == 1 else found

    def get_config(self):
        """What makes it anew: its name, and of a class that does not write its own the arguments it was made with, if
        they are numbers and texts."""
        if type(self).get_config is not Operation.get_config:
            return {"name": self.name}
        import inspect
        parameters = inspect.signature(type(self).__init__).parameters.values()
        named = any(p.name == "name" or p.kind is p.VAR_KEYWORD for p in parameters)
        return {**_kinds._forms.auto_config(self), **({"name": self.name} if named else {})}

    @classmethod
    def from_config(cls, config):
        """An operation of what ``get_config`` gave."""
        return cls(**config)

    def __repr__(self):
        return f"<Operation name={self.name}>"


class Noted:
    """An operation of the engine in a graph, as ``x * 2``."""
    def __init__(self, impl):
        self._impl = impl
        self.name = impl.name

    def __call__(self, inputs):
        return self._impl(inputs, None)

    def get_config(self):
        return self._impl.get_config()

    def __repr__(self):
        return f"<{self._impl.class_name} name={self.name}>"


class Function(Operation):
    """What lies between symbolic inputs and outputs, as one operation on arrays or other symbolic tensors."""
    def __init__(self, inputs, outputs, name=None):
        for what, given in (("inputs", inputs), ("outputs", outputs)):
            if not tree.flatten(given):
                raise ValueError(f"Function: `{what}` argument cannot be empty; expected symbolic tensors, got "
                                 f"{given!r}")
            for x in tree.flatten(given):
                if not isinstance(x, KerasTensor):
                    raise ValueError(f"Function: `{what}` must be symbolic tensors, KerasTensor, got "
                                     f"{type(x).__name__}")
        self._inputs_struct, self._outputs_struct = inputs, outputs
        try:
            self._impl = _core.FunctionalImpl(inputs, outputs, name or _core.unique_name("Function"))
        except RuntimeError as e:
            raise ValueError(str(e)) from None
        self._given, self._keep = {}, []

    @property
    def inputs(self):
        return tree.flatten(self._inputs_struct)

    @property
    def outputs(self):
        return tree.flatten(self._outputs_struct)

    @property
    def operations(self):
        """The layers and operations that it consists of, in the order in which they are done."""
        return [Noted(impl) if impl.is_operation and _kinds._objects.get(impl.identity) is None
                else _kinds.wrap(impl, "keras.layers") for impl in self._impl.operations()]

    def call(self, inputs):
        self._check(inputs)
        return self._impl(inputs, None)

    def __call__(self, inputs):
        return self.call(inputs)

    def _check(self, inputs):
        """ValueError for what does not fit the inputs that it was made with."""
        try:
            tree.assert_same_structure(self._inputs_struct, inputs)
        except ValueError as e:
            raise ValueError(f"Function '{self.name}': was called with an invalid input structure: {e}") from None
        for x, expected in zip(tree.flatten(inputs), self.inputs):
            shape = tuple(x.shape)
            fits = len(shape) == len(expected.shape) and all(
                a is None or b is None or a == b for a, b in zip(shape, expected.shape))
            if not fits:
                raise ValueError(f"Function '{self.name}': was called with incompatible inputs: expected shape "
                                 f"{expected.shape} for '{expected.name}', got {shape}")

    def compute_output_spec(self, inputs):
        self._check(inputs)
        return _core.output_spec(self._impl, inputs, None, None, None)

    def compute_output_shape(self, input_shape):
        """The shapes of what it gives for inputs of these shapes."""
        types = iter([x.dtype for x in self.inputs])
        given = tree.map_shape_structure(lambda shape: KerasTensor(shape, next(types)), input_shape)
        return tree.map_structure(lambda x: x.shape, self.compute_output_spec(given))
