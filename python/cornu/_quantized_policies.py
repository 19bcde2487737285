"""The policies of quantized layers: what they say can be read, compared and written; layers take none of them yet."""
from .dtype_policies import DTypePolicy

#: How weights may be quantized.
MODES = ("int8", "float8", "int4", "gptq", "awq")

_PLACE = "keras.dtype_policies", None


class QuantizedDTypePolicy(DTypePolicy):
    """Weights quantized by ``mode``, one of int8, float8, int4, gptq and awq, of a layer that had the policy
    ``source_name``; without one, that of ``keras.config.dtype_policy()``."""
    _written_as = _PLACE

    def __init__(self, mode, source_name=None):
        if source_name is None:
            from . import config
            source_name = config.dtype_policy().name
        self._quantization_mode, self._source_name = mode, source_name
        self._set_types(source_name)
        if mode not in MODES:
            raise ValueError(f"Invalid quantization mode. {type(self).__name__}: expected one of {', '.join(MODES)}, "
                             f"got mode={mode!r}")
        if self._compute_dtype == "float16" and mode == "int8":
            raise ValueError(f"{type(self).__name__}: mode='int8' doesn't work well with compute_dtype='float16', "
                             "whose range its sums leave; expected float32 or bfloat16")
        self._name = f"{self._mode_in_name()}_from_{source_name}"

    def _mode_in_name(self):
        return self._quantization_mode

    @property
    def quantization_mode(self):
        """How the weights are quantized."""
        return self._quantization_mode

    def get_config(self):
        return {"mode": self._mode_in_name(), "source_name": self._source_name}


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """The mode float8: scales follow the largest values of the last ``amax_history_length`` steps."""
    _written_as = _PLACE
    default_amax_history_length = 1024

    def __init__(self, mode, source_name=None, amax_history_length=1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int) or isinstance(amax_history_length, bool):
            raise TypeError(f"{type(self).__name__}: `amax_history_length` must be an integer. got "
                            f"{amax_history_length!r}")
        self._amax_history_length = amax_history_length

    @property
    def amax_history_length(self):
        """How many steps count."""
        return self._amax_history_length

    def get_config(self):
        return {**super().get_config(), "amax_history_length": self._amax_history_length}


class _WithNumbers(QuantizedDTypePolicy):
    """A mode that carries numbers, as "int4/128": its ``_algorithm``, then a number for each of ``_names``."""
    _algorithm, _names, _bits = "", (), ()

    def __init__(self, mode, source_name=None):
        first, *rest = mode.split("/") if isinstance(mode, str) else (None,)
        form = "/".join((self._algorithm, *(f"<{name}>" for name in self._names)))
        if first != self._algorithm or len(rest) != len(self._names):
            raise ValueError(f"Invalid mode for {type(self).__name__}: expected the form '{form}', got {mode!r}")
        try:
            numbers = [int(one) for one in rest]
        except ValueError:
            raise ValueError(f"Invalid mode for {type(self).__name__}: {' and '.join(self._names)} must be whole "
                             f"numbers, of the form '{form}', got {mode!r}") from None
        for name, number in zip(self._names, numbers):
            self._check(name, number, mode)
            setattr(self, name, number)
        self.mode, self._full_mode = self._algorithm, mode
        super().__init__(self._algorithm, source_name)

    def _check(self, name, number, mode):
        if name != "weight_bits":
            if number < -1 or number == 0:
                raise ValueError(f"Invalid {name} in mode. {type(self).__name__}: expected -1, for none, or a positive "
                                 f"number, got {number} in {mode!r}")
        elif number not in self._bits:
            which = f"only supports {self._bits[0]}-bit weights" if len(self._bits) == 1 else (
                f"supports weights of {', '.join(map(str, self._bits))} bits")
            raise ValueError(f"Invalid weight_bits in mode. {type(self).__name__} {which}, got {number} in {mode!r}")

    def _mode_in_name(self):
        return self._full_mode


class Int4DTypePolicy(_WithNumbers):
    """Weights of 4 bits with a scale for each block of so many, or for each channel: "int4/128", "int4/-1"."""
    _written_as = _PLACE
    _algorithm, _names = "int4", ("block_size",)


class GPTQDTypePolicy(_WithNumbers):
    """Weights quantized by GPTQ, to so many bits in groups of so many: "gptq/4/128"."""
    _written_as = _PLACE
    _algorithm, _names, _bits = "gptq", ("weight_bits", "group_size"), (2, 3, 4, 8)


class AWQDTypePolicy(_WithNumbers):
    """Weights quantized by AWQ, to 4 bits in groups of so many: "awq/4/128"."""
    _written_as = _PLACE
    _algorithm, _names, _bits = "awq", ("weight_bits", "group_size"), (4,)


def by_name(name):
    """The policy of a name as "int8_from_float32"; a type as "int8" is one of its own."""
    mode, from_, source = name.partition("_from_")
    if not from_:
        if mode in MODES[1:]:  # no types
            raise ValueError(f"Cannot convert '{name}' to a QuantizedDTypePolicy: expected a name such as "
                             f"'{mode}_from_float32'")
        return DTypePolicy(name)
    for cls in (Int4DTypePolicy, GPTQDTypePolicy, AWQDTypePolicy):
        if mode.startswith(cls._algorithm + "/"):
            return cls(mode, source)
    if mode not in MODES:
        raise ValueError(f"Cannot convert '{name}' to a QuantizedDTypePolicy: expected a mode of {', '.join(MODES)}, "
                         f"got '{mode}'")
    return (QuantizedFloat8DTypePolicy if mode == "float8" else QuantizedDTypePolicy)(mode, source)
