"""Loops and branches of keras.ops. Structures are lists, tuples and dictionaries of tensors, or None."""
from . import _core


def _noted(name, run, operands):
    """``run(*operands)``; on symbolic tensors of a graph of layers noted as one operation, to be done by a Function or
    Model of them. Its functions then see nothing of the graph but these operands."""
    if not _core.tracing():
        from . import tree
        from ._keras_tensor import symbolic
        if symbolic(tree.flatten(operands)):
            return _operation()(name, run)(*operands)
    return run(*operands)


_made = []


def _operation():
    """The class, made when it is needed: importing it takes longer than a script without it should wait."""
    if not _made:
        from ._operation import Operation

        class ControlFlow(Operation):
            """A loop or branch in a graph."""
            def __init__(self, name, run):
                super().__init__(_core.unique_name(name))
                self._run = run

            def call(self, *operands):
                return self._run(*operands)

            def get_config(self):
                raise ValueError(f"operation '{self.name}': a loop or branch on symbolic tensors cannot be written to "
                                 "a file, since its functions are program code; put it into a layer of one's own")
        ControlFlow.__module__ = __name__
        _made.append(ControlFlow)
    return _made[0]


def _callable(who, what, f):
    if not callable(f):
        raise TypeError(f"{who}: {what} should be a callable, got {type(f).__name__}")


def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """``carry, y = f(carry, x)`` for each element x of ``xs`` along the first axis; gives the last carry and all y,
    stacked. ``length`` is the number of steps where xs is None; ``reverse`` goes from the last element to the first.
    ``unroll`` says how many steps a backend may write out; here the result and the speed are the same."""
    _callable("scan", "f", f)
    if not isinstance(unroll, (bool, int)) or (not isinstance(unroll, bool) and unroll < 1):
        raise ValueError(f"scan: unroll must be a positive integer or a bool, got {unroll!r}")
    if xs is None and length is None:
        raise ValueError("scan: got no xs to go along, and no length")
    steps, back = None if length is None else int(length), bool(reverse)
    return _noted("scan", lambda init, xs: _core.scan(f, init, xs, steps, back), (init, xs))


def map(f, xs):
    """f of each element of ``xs`` along the first axis, stacked."""
    _callable("map", "f", f)
    return _noted("map", lambda xs: _core.map(f, xs), (xs,))


def vectorized_map(function, elements):
    """function of each element of ``elements`` along the first axis, stacked."""
    _callable("vectorized_map", "function", function)
    return _noted("vectorized_map", lambda elements: _core.map(function, elements), (elements,))


def associative_scan(f, elems, reverse=False, axis=0):
    """All partial results of an associative function of two structures along an axis, in a number of calls that grows
    with the logarithm of its length."""
    _callable("associative_scan", "f", f)
    return _noted("associative_scan", lambda elems: _core.associative_scan(f, elems, bool(reverse), int(axis)),
                  (elems,))


def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """``loop_vars = body(*loop_vars)`` while ``cond(*loop_vars)``; at most so many times. It has no gradient; ``scan``
    and ``fori_loop`` do."""
    _callable("while_loop", "cond", cond)
    _callable("while_loop", "body", body)
    several = isinstance(loop_vars, (tuple, list))

    def step(now):
        out = body(*now)
        return tuple(out) if isinstance(out, (tuple, list)) else (out,)
    most = None if maximum_iterations is None else int(maximum_iterations)
    out = _noted("while_loop", lambda first: _core.while_loop(lambda now: cond(*now), step, first, most),
                 (tuple(loop_vars) if several else (loop_vars,),))
    return type(loop_vars)(out) if several and type(loop_vars) in (tuple, list) else out if several else out[0]


def fori_loop(lower, upper, body_fun, init_val):
    """``value = body_fun(i, value)`` for i from lower up to but without upper. It has a gradient where both are known.
    """
    _callable("fori_loop", "body_fun", body_fun)
    return _noted("fori_loop", lambda *given: _core.fori_loop(*given[:2], body_fun, given[2]), (lower, upper, init_val))


def switch(index, branches, *operands):
    """``branches[index](*operands)``; the index is brought to the nearest branch there is. Only that branch runs."""
    branches = list(branches)
    for branch in branches:
        _callable("switch", "each branch", branch)
    return _noted("switch", lambda index, *given: _core.switch(index, [lambda f=f: f(*given) for f in branches]),
                  (index, *operands))


def cond(pred, true_fn, false_fn):
    """``true_fn()`` if pred is true, else ``false_fn()``: a tensor, several in a list or dictionary, or None. Only that
    branch runs, in traced code too."""
    _callable("cond", "true_fn", true_fn)
    _callable("cond", "false_fn", false_fn)
    pred = _core.convert_to_tensor(pred, None)
    if tuple(pred.shape) not in ((), (1,)):
        raise ValueError(f"cond: pred must be a scalar, got shape {tuple(pred.shape)}; where chooses element by "
                         "element")
    if not pred.symbolic:
        return true_fn() if bool(pred) else false_fn()
    return _noted("cond", lambda pred: _core.cond(pred, true_fn, false_fn), (pred,))


class custom_gradient:
    """A function whose gradient is what it says itself: ``f(*args)`` gives (result, gradient), where
    ``gradient(upstream)`` gives the gradient of each argument."""
    def __init__(self, fun):
        _callable("custom_gradient", "fun", fun)
        self.fun = fun
        self.__doc__ = fun.__doc__

    def __call__(self, *args, **kwargs):
        return _core.custom_gradient(lambda *values: self.fun(*values, **kwargs), list(args))
