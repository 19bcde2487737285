"""The part of a layer that its weights are: made, read, set, counted."""
import sys

from . import _core, _kinds, _tracking, tree

#: Attributes that hold nothing of the user's.
_OWN = ("_impl", "_given", "_keep", "_hint", "_tracked", "_stack", "_history", "_made_with", "_base", "_owner")


class _EngineSeed:
    """The random numbers of one of the engine's layers."""
    def __init__(self, state):
        self.state = state


class _Lock:
    """Whether weights may be added to a built layer."""
    unlocked = False

    def unlock(self):
        self.unlocked = True

    def lock(self, msg=None):
        self.unlocked = False



class WithWeights:
    """Of layers and models."""
    def add_weight(self, *args, shape=None, initializer=None, dtype=None, trainable=True, autocast=True,
                   regularizer=None, constraint=None, aggregation="none", overwrite_with_gradient=False, name=None):
        """A new variable of this layer; shape, initializer and dtype may be given by position too. ``autocast`` and
        ``aggregation`` (of replicas: there is one) change nothing. With ``overwrite_with_gradient`` an optimizer puts
        the gradient in the place of the value."""
        shape, initializer, dtype = self._by_position(args, shape=shape, initializer=initializer, dtype=dtype)
        if self._impl.built and not self.__dict__.get("_building") and not self._tracker.unlocked:
            raise ValueError(f"{type(self).__name__} '{self.name}': You cannot add new elements of state (variables) "
                             "to a layer that is already built; make weights in __init__ or build. Expected no "
                             f"add_weight behind that, got one of '{name or 'variable'}'")
        _kinds.check_aggregation("add_weight", aggregation)
        if isinstance(shape, int):
            shape = (shape,)
        kinds = _kinds.engine_object
        if initializer is None:
            initializer = "glorot_uniform" if dtype is None or "float" in str(dtype) else "zeros"
        self.__dict__.setdefault("_keep", []).extend((initializer, regularizer, constraint))
        made = self._impl.add_weight(
            name or "variable", shape or (), kinds(initializer, "keras.initializers"),
            None if regularizer is None else kinds(regularizer, "keras.regularizers"),
            None if constraint is None else kinds(constraint, "keras.constraints"), bool(trainable), dtype)
        if overwrite_with_gradient:
            made.overwrite_with_gradient = True
        return made

    @staticmethod
    def _by_position(args, **named):
        if len(args) > len(named):
            raise TypeError(f"add_weight takes at most {len(named)} positional arguments, {', '.join(named)}, got "
                            f"{len(args)}")
        if args and isinstance(args[0], str):
            named["shape"] = args[0]
            args = ()
        for (what, value), given in zip(list(named.items()), args):
            if value is not None:
                raise ValueError(f"add_weight: `{what}` was passed both positionally and as a keyword argument; "
                                 f"expected one, got {given!r} and {value!r}")
            named[what] = given
        if isinstance(named["shape"], str):
            raise ValueError(f"add_weight: shape must be a tuple, got {named['shape']!r}; pass the `name` of a weight "
                             "as a keyword argument, name=...")
        return named.values()

    @property
    def _tracker(self):
        return self.__dict__.setdefault("_lock_of_weights", _Lock())

    def _untrack_variable(self, variable):
        """Makes a variable no weight of this layer any more."""
        self._impl.untrack(variable)

    def _build_at_init(self):
        """The layer needs no shape, so it is built at once."""
        if not self._impl.built:
            self._impl.build_once(None)

    def add_loss(self, loss):
        """Adds a scalar, or several, to what the model minimises; within call."""
        for one in tree.flatten(loss):
            self._impl.add_loss(one)

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

    @property
    def _seed_generators(self):
        """Those in attributes, and that of the engine, of a layer that draws random numbers; of this layer alone."""
        found = []
        if self._is_builtin() and any(p.name == "seed" for p in self._parameters) and getattr(self, "rate", 1):
            found.append(_EngineSeed(self._impl.seed_state(self.seed)))
        random = sys.modules.get("cornu.random")  # without it nobody has made one
        if random is not None:
            held = {k: v for k, v in vars(self).items() if k not in _OWN}
            found += _tracking.once_each(_tracking.objects_in(held, random.SeedGenerator))
        return found

    def _seeds(self):
        """The states of the seed generators, with those of the layers inside."""
        found = [one.state for layer in (self, *self._flatten()) for one in layer._seed_generators]
        known = {id(w) for w in self._impl.weights(True, True)} if found else ()
        return [one for one in _tracking.once_each(found) if id(one) not in known]

    @property
    def variables(self):
        """The weights, and the states of seed generators."""
        return self.weights + self._seeds()

    @property
    def metrics_variables(self):
        """The variables of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    @property
    def trainable_weights(self):
        self._ensure_built()
        return self._impl.weights(True, False)

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self):
        self._ensure_built()
        return self._impl.weights(False, True)

    @property
    def non_trainable_variables(self):
        """The weights that do not train, and the states of seed generators."""
        return self.non_trainable_weights + self._seeds()

    @property
    def losses(self):
        """What the last call added, and the penalties of regularizers."""
        found = self._impl.losses()
        return found if _core.tracing() else [loss for loss in found if not loss.symbolic]

    def stateless_call(self, trainable_variables, non_trainable_variables, *args, return_losses=False, **kwargs):
        """The call with these values of the variables, in order. Gives (outputs, new values of the non-trainable
        variables), and the losses behind them if ``return_losses``; the layer's own variables stay as they are."""
        if not self.built:
            raise ValueError(f"{type(self).__name__} '{self.name}': stateless_call needs a built layer; call it, or "
                             "build, first")
        from . import _stateless
        return _stateless.call(self, trainable_variables, non_trainable_variables, args, kwargs, return_losses)

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
