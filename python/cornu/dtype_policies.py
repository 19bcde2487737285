"""keras.dtype_policies."""
from . import _core


class DTypePolicy:
    """The type that a layer computes in."""
    def __init__(self, name="float32"):
        self.name = name if name.startswith("mixed") else _core.standardize_dtype(name)
        if name.startswith("mixed"):
            raise ValueError(f"dtype policy '{name}' is not supported yet")
        self.compute_dtype = self.variable_dtype = self.name

    def get_config(self):
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__, lambda: ("DTypePolicy",))
