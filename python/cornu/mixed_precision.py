"""keras.mixed_precision: the policies under the names that older programs use."""
from . import _absent
from .config import dtype_policy, set_dtype_policy
from .dtype_policies import DTypePolicy
from .optimizers import LossScaleOptimizer

Policy = DTypePolicy
global_policy, set_global_policy = dtype_policy, set_dtype_policy

__getattr__ = _absent.getattr_of("mixed_precision")

from . import _public  # noqa: E402  sees what is above

_public.complete(__name__)
