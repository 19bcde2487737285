"""Calls of a layer with several tensors, which the engine's own call does not know."""
from . import _calls, _core, _spec, tree


class SeveralTensors:
    """The part of a layer that such calls are."""
    def _call_python(self, args, kwargs, training):
        """A call with several arguments, which the engine's own call does not know: all floating tensors in them
        become the layer's type, and all outputs are penalized, as where there is one."""
        impl = self._impl
        if not hasattr(impl, "enter"):
            if len(args) != 1 or isinstance(args[0], (list, tuple, dict)):
                raise TypeError(f"{type(self).__name__} takes one tensor, got {len(args)} arguments {list(kwargs)}")
            return impl(args[0], *self._call_options((), kwargs))
        if not impl.built:
            self.__dict__["_build_args"] = args
            impl.build_once(getattr(args[0], "shape", ()) if args else ())
        _spec.check(self, args[0] if args else None)
        impl.enter(training)
        try:
            args, kwargs = tree.map_structure(self._converted, [args, kwargs])
            with _calls.TrainingFlag(training):
                out = self.call(*args, **self._accepted(kwargs, training))
            self._penalize(out)
            return out
        finally:
            impl.leave()

    def _converted(self, x):
        """A floating tensor or array of a call in the type of the layer; anything else as it is."""
        if not hasattr(x, "dtype") or not hasattr(x, "shape"):
            return x
        own = self._impl.autocast and str(x.dtype).startswith(("float", "bfloat"))
        if not isinstance(x, (_core.Tensor, _core.Variable)):
            return _core.convert_to_tensor(x, self.dtype if own else None)
        return _core.function("keras.ops", "cast")(x, self.dtype) if own and x.dtype != self.dtype else x

    def _penalize(self, outputs):
        if self._impl.activity_regularizer is not None:
            for one in tree.flatten(outputs):
                if isinstance(one, _core.Tensor):
                    self._impl.penalize(one)
