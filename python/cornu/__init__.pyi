# Made by tools/gen_pyi.py from the engine's registry; run it after a change.
from . import activations as activations
from . import backend as backend
from . import callbacks as callbacks
from . import config as config
from . import constraints as constraints
from . import datasets as datasets
from . import dtype_policies as dtype_policies
from . import initializers as initializers
from . import layers as layers
from . import losses as losses
from . import metrics as metrics
from . import mixed_precision as mixed_precision
from . import models as models
from . import ops as ops
from . import optimizers as optimizers
from . import random as random
from . import regularizers as regularizers
from . import saving as saving
from . import tree as tree
from . import utils as utils
from .models import Model as Model
from .models import Sequential as Sequential
from .layers import Layer as Layer
from .layers import Input as Input
from .layers import InputSpec as InputSpec
from ._core import Variable as Variable
from ._keras_tensor import Tensor as KerasTensor
from ._operation import Operation as Operation
from ._operation import Function as Function
from ._stateless import StatelessScope as StatelessScope
from ._names import name_scope as name_scope
from .losses import Loss as Loss
from .metrics import Metric as Metric
from .optimizers import Optimizer as Optimizer
from .initializers import Initializer as Initializer
from .regularizers import Regularizer as Regularizer
from .constraints import Constraint as Constraint
from .callbacks import Callback as Callback
from .dtype_policies import DTypePolicy as DTypePolicy
from .dtype_policies import FloatDTypePolicy as FloatDTypePolicy
from ._remat import RematScope as RematScope
from ._remat import remat as remat
__version__: str
__keras_version__: str
def version() -> str: ...
