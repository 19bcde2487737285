"""tf.GradientTape: gradients of what is traced, and of eager code by recording it."""
from . import _core


class GradientTape:
    """Records operations in a ``with`` block; ``gradient(target, sources)`` differentiates them."""
    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._tape = None if _core.tracing() else _core.Tape()
        self._persistent = persistent

    def __enter__(self):
        if self._tape is not None:
            self._tape.enter()
        return self

    def __exit__(self, *_):
        if self._tape is not None:
            self._tape.leave()

    def watch(self, tensor):
        """Makes gradients with respect to a tensor of before the block possible."""
        if self._tape is not None:
            for one in tensor if isinstance(tensor, (list, tuple)) else [tensor]:
                self._tape.watch(one)

    def gradient(self, target, sources, output_gradients=None, unconnected_gradients="none"):
        """The gradient of a scalar with respect to each source; a single one for a single source."""
        several = isinstance(sources, (list, tuple))
        wrt = list(sources) if several else [sources]
        if self._tape is None and getattr(target, "ndim", 0):
            target = _core.function("keras.ops", "sum")(target)
        found = (_core.gradients if self._tape is None else self._tape.gradient)(target, wrt)
        return list(found) if several else found[0]
