"""The part of a layer that tells shapes without being called on values."""
from . import _calls, _core, tree
from ._keras_tensor import KerasTensor


def _is_size(x):
    return x is None or isinstance(x, int)


class WithShapes:
    """Of layers and models."""
    def compute_output_shape(self, *args, **kwargs):
        """The shape of what the layer gives for inputs of a shape, batch axis first and None for sizes that are not
        known; structures of shapes likewise. The engine's layers are not built by it."""
        shapes = [*args, *kwargs.values()]
        dtype = self.dtype if str(self.dtype).startswith("float") else "float32"

        def given(shape):
            return KerasTensor(tuple(shape), dtype, name="input")

        names = [name for name, tensors, *_ in self._impl.call_parameters if tensors]
        if len(shapes) > 1 and names:
            named = {**dict(zip(names, args)), **{name.removesuffix("_shape"): shape for name, shape in kwargs.items()}}
            inputs = {name: given(shape) for name, shape in named.items() if shape is not None}
            return tree.map_structure(lambda x: tuple(x.shape), self._traced_spec((), inputs))
        if len(shapes) != 1:
            raise TypeError(f"{type(self).__name__}.compute_output_shape takes the shapes of the inputs, as one or as "
                            f"a structure, got {len(shapes)} arguments")
        if self._has_no_call():
            raise NotImplementedError(
                f"{type(self).__name__} '{self.name}' does not have a `compute_output_shape` method implemented. "
                "Define compute_output_shape(self, input_shape), or call")
        inputs = tree.map_shape_structure(given, shapes[0])
        return tree.map_structure(lambda x: tuple(x.shape), self._traced_spec((inputs,), {}))

    def _has_no_call(self):
        from .layers import Layer
        return self._engine_name is None and self.__dict__.get("_base") is None and type(self).call is Layer.call

    def compute_output_spec(self, *args, **kwargs):
        """Symbolic tensors like those that a call gives for symbolic ones; of ``compute_output_shape`` where a class
        defines that."""
        if type(self).compute_output_shape is not WithShapes.compute_output_shape:
            return self._spec_by_shape(args, kwargs)
        return self._traced_spec(args, kwargs)

    def _traced_spec(self, args, kwargs):
        training = _calls.said(kwargs.pop("training", None))
        mask = kwargs.pop("mask", None)
        if len(args) == 1 and not kwargs:
            return _core.output_spec(self._impl, args[0], training, mask, None)
        if self._impl.call_parameters and not hasattr(self._impl, "base_call"):
            inputs, values = _calls.by_name(self, args, kwargs)
            return _core.output_spec(self._impl, inputs, training, mask, None, values)
        if mask is not None:
            kwargs["mask"] = mask
        arguments = _calls.Arguments(self, args, kwargs)
        self.__dict__["_pending"] = arguments  # for build
        try:
            return _core.output_spec(self._impl, arguments.tensors, training, None, arguments)
        finally:
            self.__dict__.pop("_pending", None)

    def _spec_by_shape(self, args, kwargs):
        def shape_of(x):
            return tuple(x.shape) if hasattr(x, "shape") else None
        named = _calls.named_arguments(self, args, kwargs)
        shapes = {name: tree.map_structure(shape_of, x) for name, x in named.items()
                  if any(hasattr(one, "shape") for one in tree.flatten(x))}
        given, named = _calls.shape_arguments(self, "compute_output_shape", shapes)
        shape = self.compute_output_shape(*given, **named)
        if isinstance(shape, list) and shape and all(map(_is_size, shape)):
            shape = tuple(shape)
        if not isinstance(shape, (list, tuple, dict)):
            try:
                shape = tuple(shape)
            except TypeError:
                raise ValueError(f"Method `compute_output_shape()` of layer {type(self).__name__} must give a shape, a "
                                 f"tuple of sizes, got {shape!r}") from None
        return tree.map_shape_structure(lambda s: KerasTensor(tuple(s), self.compute_dtype, name="output"), shape)
