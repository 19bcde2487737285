"""A policy that is another one for each path of a layer."""
import re
from collections.abc import MutableMapping

from . import dtype_policies
from .dtype_policies import DTypePolicy


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Policies by the path of a layer, or a regular expression for whole paths; ``default_policy``, or the one of the
    process, for all others. As ``dtype`` of a layer it means the policy of that layer's path, once it is built."""
    _written_as = "keras.dtype_policies", None

    def __init__(self, default_policy=None, policy_map=None):
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError("DTypePolicyMap: `default_policy` cannot be a `DTypePolicyMap`")
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(f"If specified, `policy_map` must be a dict. DTypePolicyMap: got {policy_map!r} of type "
                            f"{type(policy_map).__name__}")
        self._default_policy_arg = default_policy
        self._default_policy = dtype_policies.get(default_policy)
        self._policy_map = {} if policy_map is None else policy_map

    @property
    def name(self):
        return f"map_{self.default_policy.name}"

    @property
    def default_policy(self):
        """The policy of layers that nothing in the map is for."""
        return self._default_policy

    @property
    def compute_dtype(self):
        """That of the default policy."""
        return self._default_policy.compute_dtype

    @property
    def variable_dtype(self):
        """That of the default policy."""
        return self._default_policy.variable_dtype

    @property
    def quantization_mode(self):
        """That of the default policy."""
        return self._default_policy.quantization_mode

    def __getitem__(self, key):
        """The policy of a path: its own, that of the one expression that is all of it, or the default."""
        if key in self._policy_map:
            return self._policy_map[key]
        found = [pattern for pattern in self._policy_map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(f"Path '{key}' matches multiple dtype policy keys of a DTypePolicyMap: expected at most "
                             f"one, got {found}")
        return self._policy_map[found[0]] if found else self._default_policy

    def __setitem__(self, key, policy):
        if key in self._policy_map:
            raise ValueError(f"{key} already exist in the DTypePolicyMap: expected a new path, got one with the policy "
                             f"{self._policy_map[key]}")
        try:
            self._policy_map[key] = dtype_policies.get(policy)
        except (TypeError, ValueError):
            raise ValueError("Cannot interpret the assigned value. DTypePolicyMap: expected what "
                             f"keras.dtype_policies.get takes, got {policy!r}, a {type(policy).__name__}") from None

    def __delitem__(self, key):
        del self._policy_map[key]

    def __contains__(self, key):
        return key in self._policy_map

    def __len__(self):
        return len(self._policy_map)

    def __iter__(self):
        return iter(self._policy_map)

    def get_config(self):
        """With no default policy of its own, the policies name none either: they are of the process that reads them."""
        from . import _forms
        forms = {key: _forms.serialize(policy) for key, policy in self._policy_map.items()}
        if self._default_policy_arg is None:
            for form in forms.values():
                form["config"] = {k: None if k in ("name", "source_name") else v for k, v in form["config"].items()}
        default = self._default_policy_arg
        return {"default_policy": _forms.serialize(default) if isinstance(default, DTypePolicy) else default,
                "policy_map": forms}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        from . import _kinds
        policies = {key: _kinds.deserialize(form, custom_objects) for key, form in config["policy_map"].items()}
        return cls(dtype_policies.get(config["default_policy"]) if config["default_policy"] is not None else None,
                   policies)

    def __repr__(self):
        mapping = [(key, policy.name) for key, policy in self._policy_map.items()]
        return f"<DTypePolicyMap default_policy={self._default_policy.name}, mapping={mapping}>"

    def _key(self):
        return DTypePolicyMap, self._default_policy, tuple(self._policy_map.items())

    __eq__, __hash__ = DTypePolicy.__eq__, DTypePolicy.__hash__
