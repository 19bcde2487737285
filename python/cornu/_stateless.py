"""keras.StatelessScope: code that assigns to variables, without effect on them."""
import threading

from . import _core


class _Open(threading.local):
    scope = None


_open = _Open()


class StatelessScope:
    """A ``with`` block in which variables have the values of ``state_mapping``, pairs (variable, value), and what is
    assigned to any is kept for ``get_current_value``; behind it they all have their values of before."""
    def __init__(self, state_mapping=None, collect_losses=False, initialize_variables=True):
        if not initialize_variables:
            raise ValueError("StatelessScope: initialize_variables must be True, got False; variables are made with "
                             "their values here")
        self.collect_losses, self.losses = bool(collect_losses), []
        self._mapping = {}
        for variable, value in state_mapping or ():
            if not isinstance(variable, _core.Variable):
                raise ValueError("StatelessScope: all keys in argument `mapping` must be Variable instances; expected "
                                 f"one, got {variable!r}")
            value = _core.convert_to_tensor(value, variable.dtype)
            if tuple(value.shape) != tuple(variable.shape):
                raise ValueError("StatelessScope: all values in argument `mapping` must be tensors with a shape that "
                                 f"matches the corresponding variable shape; expected {variable.shape} for variable "
                                 f"'{variable.path}', got {value.shape}")
            self._mapping[variable] = value
        self._state = _core.Stateless()

    def __enter__(self):
        self._outer, _open.scope = _open.scope, self
        self._state.enter(list(self._mapping.items()))
        return self

    def __exit__(self, *_):
        _open.scope = self._outer
        self._state.leave()

    def add_loss(self, loss):
        self.losses.append(loss)

    def add_update(self, update):
        """Keeps (variable, value) as what the variable was assigned."""
        variable, value = update
        variable.assign(value)

    def get_current_value(self, variable):
        """What the variable was assigned last in the block, or given at its beginning; None if neither."""
        return self._state.value_of(variable)


def in_stateless_scope():
    return _open.scope is not None


def get_stateless_scope():
    """The innermost block that is open, or None."""
    return _open.scope


def check_one_for_each(what, owner, variables, values):
    """A ValueError if there are not as many values as variables of ``owner``."""
    if len(variables) != len(values):
        raise ValueError(f"Argument `{what}` must be a list of tensors corresponding 1:1 to {owner}: expected "
                         f"{len(variables)} values, got {len(values)}")


def run(variables, values, f):
    """What ``f()`` gives while variables have these values, and what values it gives them; they keep their own."""
    if _core.tracing():
        before = [v.value for v in variables]
        for v, value in zip(variables, values):
            v.assign(value)
        out, now = f(), [v.value for v in variables]
        for v, value in zip(variables, before):
            v.assign(value)
        return out, now
    with StatelessScope(zip(variables, values)) as scope:
        out = _kept(f())
        now = [scope.get_current_value(v) for v in variables]
    return out, [v.value if value is None else value for v, value in zip(variables, now)]


def call(layer, trainable, others, args, kwargs, return_losses):
    """A layer's call with these values of its variables, in order; what they become is given back, not kept."""
    for what, mine, given in (("trainable_variables", layer.trainable_variables, trainable),
                              ("non_trainable_variables", layer.non_trainable_variables, others)):
        check_one_for_each(what, f"{type(layer).__name__}().{what}", mine, given)
    variables = [*layer.trainable_variables, *layer.non_trainable_variables]

    def f():
        out = layer(*args, **kwargs)
        return out, list(layer._impl.losses())
    (out, losses), now = run(variables, [*trainable, *others], f)
    values = now[len(variables) - len(others):]
    return (out, values, losses) if return_losses else (out, values)


def _kept(out):
    """The same values, of no trace."""
    from . import tree
    return tree.map_structure(
        lambda x: _core.convert_to_tensor(_core.to_numpy(x), x.dtype) if isinstance(x, _core.Tensor) else x, out)
