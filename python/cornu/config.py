"""keras.config: what holds for the whole process."""
from . import _absent, _core

_state = {"epsilon": 1e-7, "max_epochs": None, "max_steps_per_epoch": None}


def floatx():
    """The floating type of what is told none, by name."""
    return _core.floatx()


def set_floatx(value):
    """Makes "float16", "bfloat16", "float32" or "float64" the type of layers, inputs, variables, initial values, random
    numbers, metrics and losses made from now on that are told none. What exists keeps its own, and so do results:
    quotients and roots of integers are float32."""
    if value not in ("bfloat16", "float16", "float32", "float64"):
        raise ValueError(f"set_floatx: Unknown `floatx` value. Expected one of bfloat16, float16, float32 and float64, "
                         f"got {value!r}")
    _core.set_floatx(str(value))


def dtype_policy():
    """The policy of layers that are given none: that of ``floatx()``, unless one was set."""
    from . import dtype_policies
    return dtype_policies.get(_core.dtype_policy_form())


def set_dtype_policy(policy):
    """Makes a DTypePolicy, or a name as "mixed_bfloat16", that of all layers made from now on that are given none."""
    from . import _kinds, dtype_policies
    if isinstance(policy, str):
        policy = dtype_policies.get(policy)
    if not isinstance(policy, dtype_policies.DTypePolicy):
        raise ValueError(f"Invalid `policy` argument: expected the name of a policy (str) or a DTypePolicy, got "
                         f"{policy!r} of type {type(policy).__name__}")
    _core.set_dtype_policy(_kinds._forms.dtype_name(policy))


def epsilon():
    return _state["epsilon"]


def set_epsilon(value):
    _state["epsilon"] = float(value)


def image_data_format():
    """Where the channels of images stand if a layer or function is not told: "channels_last" or "channels_first"."""
    return _core.image_data_format()


def set_image_data_format(data_format):
    """Makes "channels_first" or "channels_last" what holds for layers made, and functions called, from now on."""
    if not isinstance(data_format, str) or data_format.lower() not in ("channels_last", "channels_first"):
        raise ValueError("set_image_data_format: The `data_format` argument must be one of {'channels_first', "
                         f"'channels_last'}}, got {data_format!r}")
    _core.set_image_data_format(data_format)


def _set_limit(name, value):
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ValueError(f"set_{name}: expected a whole number of at least 1, or None, got {value!r}")
    _state[name] = value


def max_epochs():
    """The most epochs of any fit, or None."""
    return _state["max_epochs"]


def set_max_epochs(max_epochs):
    """No fit takes more epochs from here on; None: as many as it is told."""
    _set_limit("max_epochs", max_epochs)


def max_steps_per_epoch():
    """The most batches of an epoch, an evaluation or a prediction, or None."""
    return _state["max_steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch):
    """No epoch, evaluation or prediction takes more batches from here on; None: as many as there are."""
    _set_limit("max_steps_per_epoch", max_steps_per_epoch)


def backend():
    return "cornu"


def enable_unsafe_deserialization():
    raise ValueError("model files never run code in Cornu")


def disable_traceback_filtering():
    pass


enable_traceback_filtering = disable_interactive_logging = enable_interactive_logging = disable_traceback_filtering


def is_interactive_logging_enabled():
    return True


def is_traceback_filtering_enabled():
    return False


__getattr__ = _absent.getattr_of("config")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
