"""Models that are a graph of layers between symbolic tensors."""
from . import _core, models
from .saving import engine_knows


#: What the config of a functional model has.
KEYS = "name", "layers", "input_layers", "output_layers"


def is_form_of_one(config):
    return isinstance(config, dict) and all(key in config for key in KEYS)


def can_be_made_of_graph(cls):
    """Whether a class of models takes inputs and outputs, or hands on whatever it is given."""
    if cls in (models.Model, Functional):
        return True
    import inspect
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    kinds = {p.kind for p in parameters}
    names = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return names[:2] == ["inputs", "outputs"] or {inspect.Parameter.VAR_POSITIONAL,
                                                  inspect.Parameter.VAR_KEYWORD} <= kinds


def made_of_form(cls, config, custom_objects=None):
    """A model of the graph that a config describes, of a class that can be made of one."""
    graph = {key: config[key] for key in (*KEYS, "trainable") if key in config}
    with engine_knows(custom_objects) as parts:
        made = models.wrap_model(_core.functional_from_config(graph))
    made.__dict__["_keep"] = parts
    if cls in (models.Model, Functional):
        return made
    rest = {key: value for key, value in config.items() if key not in (*KEYS[1:], "dtype", "trainable")}
    return cls(inputs=made.input, outputs=made.output, **rest)


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
        for key in KEYS[1:]:
            if key not in config:
                raise ValueError(f"Functional: the config of one has 'layers', 'input_layers' and 'output_layers', got "
                                 f"{sorted(config)}")
        return made_of_form(cls, config, custom_objects)


Functional.__module__ = models.__name__  # where users find it
