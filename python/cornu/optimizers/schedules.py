"""keras.optimizers.schedules."""
from .. import _generate
from .._kinds import deserialize, serialize
from .._simple import LearningRateSchedule

_generate.kind("keras.optimizers.schedules", LearningRateSchedule)
__getattr__ = _generate.module_getattr("keras.optimizers.schedules")

from .. import _public  # noqa: E402  sees what is above

_public.complete(__name__)
