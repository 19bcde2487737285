"""The part of a layer that its types are: what it computes in, what it keeps its weights in."""
from ._kinds import _forms


class WithTypes:
    """Of layers and models."""
    @property
    def dtype(self):
        """The type of its variables."""
        return self._settled().dtype

    variable_dtype = dtype

    @property
    def compute_dtype(self):
        """The type of what it takes and gives."""
        return self._settled().compute_dtype

    def _settled(self):
        """The engine's object; where its policy depends on its path, once that is known."""
        if isinstance(self._given.get("dtype"), dict):
            self._ensure_built()
        return self._impl

    @property
    def dtype_policy(self):
        """Both types, as one object. May be set until the layer is built."""
        from . import dtype_policies
        return dtype_policies.get(self._settled().policy_form)

    @dtype_policy.setter
    def dtype_policy(self, policy):
        from . import dtype_policies
        if self._impl.built:
            raise ValueError(f"{type(self).__name__} '{self.name}': expected its dtype_policy to be set before it is "
                             "built, since its weights have a type; it is built")
        self._impl.set_dtype(_forms.dtype_name(dtype_policies.get(policy)))

    @property
    def quantization_mode(self):
        """How its weights are quantized: None, since quantized layers are not available yet."""
        return self.dtype_policy.quantization_mode

    @property
    def autocast(self):
        """Whether floating inputs are cast to ``compute_dtype``. May be set."""
        return self._impl.autocast

    @autocast.setter
    def autocast(self, on):
        self._impl.autocast = bool(on)
