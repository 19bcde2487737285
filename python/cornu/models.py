"""keras.models: Model, Sequential, load_model."""
import sys
import weakref

from . import _core, _data, _kinds, losses, metrics as _metrics, optimizers
from .layers import InputLayer, Layer, _TrainingFlag, _numbered
from .saving import load_model, save_model


class Model(Layer):
    """A layer with ``fit``. Subclasses define ``call``, or ``train_step`` and ``test_step``."""
    stop_training = property(lambda self: self._impl.stop_training,
                             lambda self, on: setattr(self._impl, "stop_training", bool(on)))

    def __init__(self, *args, name=None, trainable=None, dtype=None, inputs=None, outputs=None, **kwargs):
        if args or inputs is not None or outputs is not None:
            raise NotImplementedError("functional models, Model(inputs, outputs), are not supported yet; use Sequential "
                                      "or a subclass of Model with call")
        super().__init__(name=name, trainable=trainable, dtype=dtype, **kwargs)

    def _make(self, given):
        impl = _core.ScriptedModel(self, None)
        impl.name = given.get("name") or _core.unique_name(type(self).__name__)
        self._set_impl(impl)

    # ---- structure

    def _file_paths(self, tracked, children):
        """Keras goes through a model's attributes by name, `layers` among them, which takes all that come later."""
        paths = super()._file_paths({k: v for k, v in tracked.items() if k < "layers"}, children)
        for layer, numbered in zip(children, _numbered(children)):
            paths.setdefault(id(layer), f"layers/{numbered}")
        return paths

    @property
    def layers(self):
        return [_kinds.wrap(impl, "keras.layers") for impl in self._impl.layers()]

    def get_layer(self, name=None, index=None):
        found = self.layers
        if index is not None:
            return found[index]
        for layer in found:
            if layer.name == name:
                return layer
        raise ValueError(f"{type(self).__name__} '{self.name}': has no layer '{name}', only {[l.name for l in found]}")

    def build(self, input_shape=None):
        """Creates the weights for inputs of this shape, batch axis first."""
        if input_shape is None or self._impl.built:
            return
        self._impl.build(tuple(input_shape))

    @property
    def input_shape(self):
        return self._impl.input_shape

    @property
    def output_shape(self):
        return self._impl.output_shape

    def __call__(self, *args, **kwargs):
        if (self._fast and len(args) == 1 and not kwargs.get("training") and not _core.tracing()
                and not isinstance(args[0], (list, tuple, dict))):
            x = args[0]
            return _core.predict(self._impl, x, max(1, len(x)), True)
        return super().__call__(*args, **kwargs)

    _fast = False

    # ---- training

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None,
                run_eagerly=False, steps_per_execution=1, jit_compile="auto", auto_scale_loss=True):
        """How the model trains: an optimizer, a loss, metrics."""
        self.__dict__["_optimizer"] = optimizers.get(optimizer)
        engine_loss, keep = losses.for_compile(loss)
        self.__dict__["loss"] = loss
        self.__dict__["_loss"] = keep
        engine_metrics, kept = _metrics.for_compile(metrics)
        engine_weighted, kept_weighted = _metrics.for_compile(weighted_metrics)
        self.__dict__["_metrics"] = kept + kept_weighted
        if isinstance(loss_weights, (list, tuple)):
            loss_weights = loss_weights[0] if loss_weights else None
        _core.compile(self._impl, self._optimizer._impl, engine_loss, loss_weights, engine_metrics, engine_weighted,
                      bool(run_eagerly))

    @property
    def optimizer(self):
        known = self.__dict__.get("_optimizer")
        if known is None and self._impl.compiled:
            known = self.__dict__["_optimizer"] = _kinds.wrap(self._impl.optimizer(), "keras.optimizers")
        return known

    @property
    def metrics(self):
        return [*self.__dict__.get("_metrics", ()),
                *(m for m in self.__dict__.values() if isinstance(m, _metrics.Metric))]

    @property
    def metrics_names(self):
        return ["loss", *(m.name for m in self.metrics)]

    def reset_metrics(self):
        for m in self.metrics:
            m.reset_state()

    @property
    def history(self):
        return self.__dict__.get("_history")

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
            validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0,
            steps_per_epoch=None, validation_steps=None, validation_batch_size=None, validation_freq=1):
        """Trains for a number of epochs; returns a History."""
        from .callbacks import History, for_fit
        history = History()
        params = {"verbose": verbose, "epochs": epochs,
                  "steps": steps_per_epoch or _data.steps(x, batch_size, validation_split)}
        engine, keep = for_fit(callbacks, self, history, params)
        config = {
            "epochs": epochs, "verbose": -1 if verbose == "auto" else int(verbose), "callbacks": engine,
            "validation_split": validation_split, "shuffle": bool(shuffle), "class_weight": class_weight,
            "initial_epoch": initial_epoch, "steps_per_epoch": steps_per_epoch, "validation_steps": validation_steps,
            "validation_batch_size": validation_batch_size, "validation_freq": validation_freq,
            "batch_size": batch_size,
        }
        if validation_data is not None:
            config["validation_data"] = _data.whole(validation_data, validation_steps)
        self._forget_if_changed()
        source = _data.source(x, y, sample_weight, batch_size, steps_per_epoch)
        if source is not None:
            if validation_split:
                raise ValueError("fit: validation_split needs arrays; give validation_data")
            config["batch_size"] = source.batch_size
            source.shuffle = config["shuffle"]
            config["shuffle"] = False  # batches are what the source says they are
            epoch, values = _core.fit_source(self._impl, source, source.rows, config)
        else:
            if sample_weight is not None:
                config["sample_weight"] = _data.array(sample_weight)
            epoch, values = _core.fit(self._impl, _data.array(x), _data.array(y), config)
        history.epoch, history.history = epoch, values
        self.__dict__["_history"] = history
        return history

    def _forget_if_changed(self):
        """Steps are traced for a set of trainable weights: another set, another trace."""
        now = tuple(id(w) for w in ()) or tuple(w.path for w in self._impl.weights(True, False))
        if self.__dict__.get("_traced_for", now) != now:
            self._impl.forget_steps()
        self.__dict__["_traced_for"] = now

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None,
                 return_dict=False):
        """The loss and the metrics: a number, a list, or a dictionary."""
        x, y, sample_weight = _data.triple(x, y, sample_weight, steps)
        logs = _core.evaluate(self._impl, x, y, sample_weight, batch_size or 32, steps)
        if return_dict:
            return logs
        values = [logs.pop("loss"), *logs.values()] if "loss" in logs else list(logs.values())
        return values[0] if len(values) == 1 else values

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The outputs as a NumPy array."""
        if not hasattr(x, "dtype"):
            x, _, _ = _data.triple(x, None, None, steps)
        return _core.predict(self._impl, x, batch_size or 32, False)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One update; the loss and metrics of this batch."""
        return _batch_result(_core.train_on_batch(self._impl, _data.array(x), _data.array(y),
                                                  _data.array(sample_weight), class_weight), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        return _batch_result(_core.test_on_batch(self._impl, _data.array(x), _data.array(y),
                                                 _data.array(sample_weight)), return_dict)

    def predict_on_batch(self, x):
        return _core.predict(self._impl, _data.array(x), max(1, len(x)), False)

    # ---- steps of one's own

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The compiled loss plus what layers added."""
        loss = self.__dict__.get("_loss")
        if loss is None:
            loss = losses.get(self.__dict__.get("loss"))
        total = None
        if loss is not None:
            fn = loss if isinstance(loss, losses.Loss) else losses.LossFunctionWrapper(loss)
            total = fn(y, y_pred, sample_weight)
        for extra in self.losses:
            total = extra if total is None else total + extra
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        for m in self.metrics:
            if m.name != "loss":
                m.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}

    def _engine_step(self, name, data):
        """The logs of a step that a subclass defines; None if it is the usual one."""
        if getattr(type(self), name, None) is None:
            return None
        with _TrainingFlag(name == "train_step"):
            logs = getattr(self, name)(data)
        if not isinstance(logs, dict):
            raise ValueError(f"{type(self).__name__}.{name} must return a dictionary of values, got {type(logs).__name__}")
        return logs

    def _engine_loss(self, x, y, y_pred, weight):
        """What a subclass minimises; None if it is the usual loss."""
        if type(self).compute_loss is Model.compute_loss:
            return None
        return self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight)

    train_step = test_step = None

    def _reset_own_metrics(self):
        for m in self.metrics:
            m.reset_state()

    # ---- files and text

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False,
                layer_range=None):
        self._ensure_built()
        (print_fn or print)(_core.summary(self._impl, line_length or 80).rstrip("\n"))

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        save_model(self, filepath, overwrite)

    def save_weights(self, filepath, overwrite=True, **kwargs):
        _core.save_weights(self._impl, str(filepath))

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        _core.load_weights(self._impl, str(filepath))

    def to_json(self, **kwargs):
        import json
        return json.dumps(_kinds.serialize(self), **kwargs)

    def get_config(self):
        if isinstance(self._impl, _core.SequentialImpl):
            return self._impl.get_config()
        return {"name": self.name, "trainable": self.trainable}


def _say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


#: A notebook's output can be drawn anew too.
_core.set_output(_say, "ipykernel" in sys.modules or bool(getattr(sys.stdout, "isatty", bool)()))


def _batch_result(logs, return_dict):
    if return_dict:
        return logs
    values = [logs.pop("loss"), *logs.values()] if "loss" in logs else list(logs.values())
    return values[0] if len(values) == 1 else values


class Sequential(Model):
    """A stack of layers."""
    def __init__(self, layers=None, trainable=True, name=None, **kwargs):
        if isinstance(layers, str):
            raise ValueError(f"Sequential: layers must be a list, got {layers!r}")
        self.__dict__["_stack"] = []
        super().__init__(name=name, **kwargs)
        for layer in layers or ():
            self.add(layer)
        if not trainable:
            self.trainable = False

    def _make(self, given):
        base = _core.SequentialImpl(given.get("name") or _core.unique_name(type(self).__name__))
        own = type(self)
        if own.call is Model.call and own.train_step is None and own.test_step is None and (
                own.compute_loss is Model.compute_loss):
            self.__dict__["_fast"] = own.__call__ is Model.__call__
            self._set_impl(base)
        else:
            impl = _core.ScriptedModel(self, base)
            impl.name = base.name
            self._set_impl(impl)
        self.__dict__["_base"] = base

    def add(self, layer, rebuild=True):
        """Puts a layer on top."""
        if not isinstance(layer, Layer):
            hint = "; is it a functional model's tensor?" if isinstance(layer, _core.Tensor) else ""
            raise ValueError(f"Sequential '{self.name}': only layers can be added, got {layer!r}{hint}")
        if layer._hint is not None and not self._stack:
            self.add(InputLayer(layer._hint))
        self._base.add(layer._impl)
        self._stack.append(layer)
        layer.__dict__["_owner"] = weakref.ref(self)

    def _ensure_built(self):
        """Weights exist as soon as the shape of the input is known, as in Keras."""
        if not self._impl.ready and self._impl.input_shape:
            self._impl.build(self._impl.input_shape)

    def pop(self, rebuild=True):
        self._base.pop()
        return self._stack.pop()

    @property
    def layers(self):
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    def _wrapped(self):
        self.__dict__["_stack"] = [_kinds.wrap(impl, "keras.layers") for impl in self._impl.children()]
        self.__dict__["_base"] = self._impl
        self.__dict__["_fast"] = True

    @classmethod
    def from_config(cls, config, custom_objects=None):
        model = cls(name=config.get("name"))
        for one in config["layers"]:
            model.add(_kinds.deserialize(one, custom_objects, kind="keras.layers"))
        return model


def wrap_model(impl):
    """The Python object of a model that the engine made."""
    known = _kinds._objects.get(impl.identity)
    if known is not None:
        return known
    cls = Sequential if isinstance(impl, _core.SequentialImpl) else Model
    self = cls.__new__(cls)
    self.__dict__["_given"], self.__dict__["_keep"] = {}, []
    self._set_impl(impl)
    if cls is Sequential:
        self._wrapped()
    return self


def model_from_config_form(config):
    if config["class_name"] != "Sequential":
        raise ValueError(f"models of class '{config['class_name']}' are not supported yet")
    return Sequential.from_config(config["config"])


def model_from_json(json_string, custom_objects=None):
    import json
    return _kinds.deserialize(json.loads(json_string), custom_objects)


def clone_model(model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs):
    """The same layers with new weights."""
    return Sequential.from_config(model.get_config())
