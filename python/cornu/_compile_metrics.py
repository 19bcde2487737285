"""The metrics that compile was given, as one metric."""
import weakref

from . import _core, _data, _kinds


class CompileMetrics:
    """The metrics that compile was given, as one: what their names mean is settled by the first batch."""
    name = "compile_metrics"

    def __init__(self, model):
        self._model = weakref.ref(model)
        self._plain = False  # once it is known that none has several values

    def _each(self, y_true=None, y_pred=None):
        for name, impl, weighted, output in self._model()._impl.compiled_metrics(y_true, y_pred):
            yield name, _kinds.wrap(impl, "keras.metrics"), weighted, output

    @property
    def names(self):
        return [name for name, *_ in self._each()]

    @property
    def metrics(self):
        return [m for _, m, *_ in self._each()]

    @property
    def variables(self):
        return [v for m in self.metrics for v in m.variables]

    def update_state(self, y_true, y_pred, sample_weight=None):
        targets, predictions, weights = map(_data.leaves, (y_true, y_pred, sample_weight))
        for _, m, weighted, output in self._each(y_true, y_pred):
            weight = (weights[0] if len(weights) == 1 else weights[output]) if weighted and weights else None
            m.update_state(targets[output], predictions[output], sample_weight=weight)

    def result(self):
        """The values by name; a metric that gives several gives their names too."""
        out = {}
        for name, m, *_ in self._each():
            value = m.result()
            out.update(value if isinstance(value, dict) else {name: value})
        return out

    def vectors(self):
        """(name, values) of the metrics that have several values, as the recall at some thresholds."""
        if self._plain:
            return []
        found = [(name, _core.to_numpy(_core.convert_to_tensor(value, None))) for name, value in self.result().items()]
        several = [(name, value) for name, value in found if value.ndim]
        self._plain = bool(found) and not several
        return several

    def reset_state(self):
        for m in self.metrics:
            m.reset_state()
