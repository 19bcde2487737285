"""The part of a layer that its weights are: made, read, set, counted."""
from . import _core, _kinds


class WithWeights:
    """Of layers and models."""
    def add_weight(self, shape=None, initializer=None, dtype=None, trainable=True, autocast=True, regularizer=None,
                   constraint=None, aggregation="none", overwrite_with_gradient=False, name=None):
        """A new variable of this layer. ``autocast`` and ``aggregation`` (of replicas: there is one) change nothing."""
        _kinds.check_aggregation("add_weight", aggregation)
        if overwrite_with_gradient:
            raise ValueError("add_weight: overwrite_with_gradient is of quantized training, which is not supported")
        if isinstance(shape, int):
            shape = (shape,)
        if isinstance(shape, str):
            raise TypeError(f"add_weight: shape must be a tuple, got {shape!r}; give the name by keyword")
        kinds = _kinds.engine_object
        if initializer is None:
            initializer = "glorot_uniform" if dtype is None or "float" in str(dtype) else "zeros"
        self.__dict__.setdefault("_keep", []).extend((initializer, regularizer, constraint))
        return self._impl.add_weight(
            name or "variable", shape or (), kinds(initializer, "keras.initializers"),
            None if regularizer is None else kinds(regularizer, "keras.regularizers"),
            None if constraint is None else kinds(constraint, "keras.constraints"), bool(trainable), dtype)

    def add_loss(self, loss):
        """Adds a scalar to what the model minimises; within call."""
        self._impl.add_loss(loss)

    def _ensure_built(self):
        if "_owner" not in self.__dict__ or self._impl.built:
            return
        owner, base = self._owner
        model = owner()
        if model is not None:
            model._ensure_built()
        elif not base.ready and base.input_shape:  # the model is gone; what it consisted of is not
            base.build(base.input_shape)

    @property
    def weights(self):
        self._ensure_built()
        return self._impl.weights(True, True)

    variables = weights

    @property
    def trainable_weights(self):
        self._ensure_built()
        return self._impl.weights(True, False)

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self):
        self._ensure_built()
        return self._impl.weights(False, True)

    non_trainable_variables = non_trainable_weights

    @property
    def losses(self):
        return self._impl.losses()

    def get_weights(self):
        return [_core.to_numpy(w) for w in self.weights]

    def set_weights(self, weights):
        mine = self.weights
        if len(mine) != len(weights):
            raise ValueError(f"{type(self).__name__} '{self.name}': has {len(mine)} weights, got {len(weights)}")
        values = [_core.convert_to_tensor(w, v.dtype) for v, w in zip(mine, weights)]
        for variable, value in zip(mine, values):
            if tuple(variable.shape) != tuple(value.shape):
                raise ValueError(f"{type(self).__name__} '{self.name}': weight '{variable.path}' has shape "
                                 f"{variable.shape}, got {value.shape}")
        self._assign_weights(mine, values)

    def _assign_weights(self, variables, values):
        for variable, value in zip(variables, values):
            variable.assign(value)

    def count_params(self):
        import math
        if not self.built:
            raise ValueError(f"{type(self).__name__} '{self.name}': count_params needs a built layer; call it, or "
                             "build, first")
        return sum(math.prod(w.shape) for w in self.weights)
