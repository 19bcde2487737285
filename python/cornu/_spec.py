"""keras.InputSpec: what a layer expects of its inputs, looked at in every call."""


class InputSpec:
    """What a layer expects of an input, as its attribute ``input_spec``: its type, shape, number of axes, and the sizes
    of some of them (``axes``: {axis: size}). ``allow_last_axis_squeeze``: a last axis of 1 may be there or not."""
    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None,
                 allow_last_axis_squeeze=False, name=None, optional=False):
        self.dtype = None if dtype is None else str(dtype)
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if shape is None else len(self.shape)
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze, self.name, self.optional = allow_last_axis_squeeze, name, optional

    def get_config(self):
        return dict(vars(self))

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def _fault(self, x):
        """What is wrong with an input, or None."""
        if x is None:
            return None if self.optional else "an input, got None"
        shape, rank = tuple(x.shape), len(x.shape)
        wanted = self.shape
        if self.dtype is not None and str(x.dtype) != self.dtype:
            return f"an input of type {self.dtype}, got {x.dtype}"
        if self.allow_last_axis_squeeze and wanted is not None and rank != len(wanted):
            if rank == len(wanted) + 1 and shape[-1] == 1:
                shape = shape[:-1]
            elif rank == len(wanted) - 1 and wanted[-1] == 1:
                wanted = wanted[:-1]
            rank = len(shape)
        ndim = self.ndim if wanted is None else len(wanted)
        for name, bound, ok in (("ndim", ndim, rank == ndim), ("max_ndim", self.max_ndim, rank <= (self.max_ndim or 0)),
                                ("min_ndim", self.min_ndim, rank >= (self.min_ndim or 0))):
            if bound is not None and not ok:
                return f"an input with {name}={bound}, got shape {shape}"
        for axis, size in self.axes.items():
            if size is not None and not -rank <= axis < rank or not _fits(shape[axis], size):
                return f"an input whose axis {axis} has size {size}, got shape {shape}"
        if wanted is not None and not all(map(_fits, shape, wanted)):
            return f"an input of shape {wanted}, got {shape}"
        return None


def _fits(size, wanted):
    return wanted is None or size is None or size < 0 or size == wanted


def check(layer, inputs):
    """Refuses inputs that are not what the layer's ``input_spec`` says."""
    specs = layer.input_spec
    if specs is None:
        return
    specs = [specs] if isinstance(specs, InputSpec) else list(specs)
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    who = f"{type(layer).__name__} '{layer.name}'"
    if len(specs) != len(given):
        raise ValueError(f"{who}: expected {len(specs)} inputs, got {len(given)}")
    for spec, x in zip(specs, given):
        if hasattr(x, "shape") or x is None:
            fault = spec._fault(x)
            if fault:
                raise ValueError(f"{who}: expected {fault}")
