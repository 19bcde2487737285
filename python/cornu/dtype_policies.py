"""keras.dtype_policies: what layers compute in, and what they keep their variables in."""
from . import _core


class DTypePolicy:
    """The types of a layer, by name: "float32", or any other type, for both; "mixed_float16" or "mixed_bfloat16" to
    compute in halves with variables of float32. Without a name it is that of ``keras.config.set_dtype_policy``."""
    _written_as = "keras", None

    def __init__(self, name=None):
        if name is None:
            name = _core.dtype_policy()
        self._name = name
        self._set_types(name)

    def _set_types(self, name):
        self._compute_dtype, self._variable_dtype = self._parse_name(name)

    def _parse_name(self, name):
        """(compute type, variable type) of a name that says no more than them."""
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, such as 'mixed_float16', got {name!r} of type "
                            f"{type(name).__name__}")
        try:
            return _core.policy_dtypes(name)
        except (TypeError, ValueError) as e:
            raise ValueError(f"Cannot convert '{name}' to a mixed precision DTypePolicy: expected mixed_float16, "
                             f"mixed_bfloat16 or the name of a type; {e}") from None

    @property
    def name(self):
        """What it is made with."""
        return self._name

    @property
    def compute_dtype(self):
        """The type of what a layer takes, computes and gives."""
        return self._compute_dtype

    @property
    def variable_dtype(self):
        """The type of a layer's variables."""
        return self._variable_dtype

    @property
    def quantization_mode(self):
        """How the weights are quantized, as "int8"; None if they are not."""
        return None

    def convert_input(self, x, autocast, dtype):
        """x as a tensor, of type ``dtype`` if it is of floating numbers and ``autocast`` says so; what is no array as
        it is."""
        if not isinstance(x, (_core.Tensor, _core.Variable)) and not hasattr(x, "__array__"):
            return x
        x = _core.convert_to_tensor(x, None)
        return x.astype(dtype) if autocast and "float" in x.dtype and x.dtype != dtype else x

    def get_config(self):
        return {"name": self._name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def __repr__(self):
        return f'<{"DTypePolicy" if type(self) is FloatDTypePolicy else type(self).__name__} "{self._name}">'

    def _key(self):
        """What makes two policies equal, and only these."""
        kind = DTypePolicy if type(self) is FloatDTypePolicy else type(self)
        return kind, *(tuple(v) if isinstance(v, list) else v for v in self.get_config().values())

    def __eq__(self, other):
        return isinstance(other, DTypePolicy) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())


class FloatDTypePolicy(DTypePolicy):
    """DTypePolicy under another name."""
    _written_as = "keras", None


def serialize(dtype_policy):
    """What files hold of a policy."""
    from . import _forms
    return _forms.serialize(dtype_policy)


def deserialize(config, custom_objects=None):
    """The policy of what ``serialize`` gave."""
    from . import _kinds
    made = _kinds.deserialize(config, custom_objects)
    if not isinstance(made, DTypePolicy):
        raise ValueError(f"dtype_policies.deserialize: expected the form of a DTypePolicy, got {config!r}")
    return made


def get(identifier):
    """A policy from one, its name, a type or what ``serialize`` gave; None for that of the process."""
    if isinstance(identifier, DTypePolicy):
        return identifier
    if identifier is None:
        from . import config
        return config.dtype_policy()
    if isinstance(identifier, str):
        from . import _quantized_policies
        if identifier.startswith(_quantized_policies.MODES):
            return _quantized_policies.by_name(identifier)
        return DTypePolicy(identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    try:
        return DTypePolicy(_core.standardize_dtype(identifier))
    except (TypeError, ValueError):
        raise ValueError("Cannot interpret `dtype` argument: expected a DTypePolicy, its name, a type or its config, "
                         f"got {identifier!r}") from None


_QUANTIZED = ("QuantizedDTypePolicy", "QuantizedFloat8DTypePolicy", "Int4DTypePolicy", "GPTQDTypePolicy",
              "AWQDTypePolicy")


def __getattr__(name):
    if name == "DTypePolicyMap":
        from ._policy_map import DTypePolicyMap as found
    elif name in _QUANTIZED:
        from . import _quantized_policies
        found = getattr(_quantized_policies, name)
    else:
        return _absent_name(name)
    globals()[name] = found
    return found


from . import _absent, _public  # noqa: E402  sees what is above

_absent_name = _absent.getattr_of("dtype_policies")
_public.complete(__name__, lambda: ("DTypePolicy", "DTypePolicyMap", *_QUANTIZED))
