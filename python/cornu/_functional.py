"""Models that are a graph of layers between symbolic tensors."""
from . import _core, _kinds, models
from .saving import engine_knows


class Functional(models.Model):
    """A graph of layers between symbolic inputs and outputs."""
    #: The module and the registered name by which Keras' files know the class.
    _written_as = "keras.src.models.functional", "Functional"

    def _inside(self):
        return self.layers

    def _wrapped(self):
        self.__dict__["_base"] = self._impl
        self.__dict__["_fast"] = True

    def get_build_config(self):
        return {"input_shape": None}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        for key in ("layers", "input_layers", "output_layers"):
            if key not in config:
                raise ValueError(f"Functional: the config of one has 'layers', 'input_layers' and 'output_layers', got "
                                 f"{sorted(config)}")
        with engine_knows(custom_objects) as parts:
            made = models.wrap_model(_core.functional_from_config(config))
        made.__dict__["_keep"] = parts
        if cls is Functional:
            return made
        return cls(made.input, made.output, name=made.name)


def chain(model):
    """(input, output): the symbolic tensors of a Sequential whose input is known, made at first use; so that its layers
    have outputs too."""
    model._ensure_built()
    layers = [_kinds.wrap(impl, "keras.layers") for impl in model._base.children()]
    known = model.__dict__.get("_chain")
    if known is None or known[0] != layers:
        if not layers or layers[0]._impl.class_name != "InputLayer":
            raise AttributeError("input")
        x = first = layers[0].output
        for layer in layers[1:]:
            x = layer(x)
        known = model.__dict__["_chain"] = layers, first, x
    return known[1:]


Functional.__module__ = models.__name__  # where users find it
