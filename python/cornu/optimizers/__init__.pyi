# Made by tools/gen_pyi.py from the engine's registry; run it after a change.
from typing import Any
from . import schedules as schedules
from .._calls import BuiltByEngine as BuiltByEngine
from .._kinds import Configurable as Configurable
from .._calls import BuiltByEngine
from .._kinds import Configurable
class Optimizer(BuiltByEngine, Configurable):
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def build(self, variables: Any) -> Any: ...
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> Any: ...
    def apply(self, grads: Any, trainable_variables: Any = None) -> Any: ...
    def stateless_apply(self, optimizer_variables: Any, grads: Any, trainable_variables: Any) -> Any: ...
    def set_weights(self, weights: Any) -> Any: ...
    def scale_loss(self, loss: Any) -> Any: ...
    def apply_gradients(self, grads_and_vars: Any) -> Any: ...
    def minimize(self, loss: Any, var_list: Any, tape: Any = None) -> Any: ...
    def add_variable_from_reference(self, reference_variable: Any, name: Any = None, initializer: Any = 'zeros') -> Any: ...
    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> Any: ...
    def finalize_variable_values(self, var_list: Any) -> Any: ...
    def assign(self, variable: Any, value: Any) -> Any: ...
    def assign_add(self, variable: Any, value: Any) -> Any: ...
    def assign_sub(self, variable: Any, value: Any) -> Any: ...
    @property
    def learning_rate(self) -> Any: ...
    @learning_rate.setter
    def learning_rate(self, value: Any) -> None: ...
    @property
    def lr(self) -> Any: ...
    @lr.setter
    def lr(self, value: Any) -> None: ...
    @property
    def iterations(self) -> Any: ...
    @property
    def loss_scale_factor(self) -> Any: ...
    @loss_scale_factor.setter
    def loss_scale_factor(self, value: Any) -> None: ...
    @property
    def variables(self) -> Any: ...
    @property
    def built(self) -> Any: ...
    @property
    def name(self) -> Any: ...
    def get_config(self) -> Any: ...
def deserialize(config: Any, custom_objects: Any = None, safe_mode: Any = True, kind: Any = None) -> Any: ...
def get(identifier: Any) -> Any: ...
def serialize(thing: Any) -> Any: ...
class Adadelta(Optimizer):
    rho: float
    epsilon: float
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-07, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class Adafactor(Optimizer):
    beta_2_decay: float
    epsilon_1: float
    epsilon_2: float
    clip_threshold: float
    relative_step: bool
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, beta_2_decay: float = -0.8, epsilon_1: float = 1e-30, epsilon_2: float = 0.001, clip_threshold: float = 1.0, relative_step: bool = True, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class Adagrad(Optimizer):
    initial_accumulator_value: float
    epsilon: float
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-07, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class Adam(Optimizer):
    beta_1: float
    beta_2: float
    epsilon: float
    amsgrad: bool
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-07, amsgrad: bool = False, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class AdamW(Optimizer):
    weight_decay: float
    beta_1: float
    beta_2: float
    epsilon: float
    amsgrad: bool
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-07, amsgrad: bool = False, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class Adamax(Optimizer):
    beta_1: float
    beta_2: float
    epsilon: float
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-07, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class Ftrl(Optimizer):
    learning_rate_power: float
    initial_accumulator_value: float
    l1_regularization_strength: float
    l2_regularization_strength: float
    l2_shrinkage_regularization_strength: float
    beta: float
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1, l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0, l2_shrinkage_regularization_strength: float = 0.0, beta: float = 0.0, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class Lamb(Optimizer):
    beta_1: float
    beta_2: float
    epsilon: float
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-07, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class Lion(Optimizer):
    beta_1: float
    beta_2: float
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class LossScaleOptimizer(Optimizer):
    inner_optimizer: Any
    initial_scale: float
    dynamic_growth_steps: int
    def __init__(self, inner_optimizer: Any, initial_scale: float = 32768.0, dynamic_growth_steps: int = 2000, name: Any = None, **kwargs: Any) -> None: ...
class MultiOptimizer(Optimizer):
    def __init__(self, optimizer_map: Any, loss_scale_factor: Any = None, name: Any = None) -> None: ...
class Muon(Optimizer):
    adam_beta_1: float
    adam_beta_2: float
    adam_weight_decay: float
    epsilon: float
    weight_decay: float
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    exclude_layers: Any
    exclude_embeddings: bool
    muon_a: float
    muon_b: float
    muon_c: float
    adam_lr_ratio: float
    momentum: float
    ns_steps: int
    nesterov: bool
    rms_rate: float
    def __init__(self, learning_rate: Any = 0.001, adam_beta_1: float = 0.9, adam_beta_2: float = 0.999, adam_weight_decay: float = 0.004, epsilon: float = 1e-07, weight_decay: float = 0.004, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, exclude_layers: Any = (), exclude_embeddings: bool = True, muon_a: float = 3.4445, muon_b: float = -4.775, muon_c: float = 2.0315, adam_lr_ratio: float = 1.0, momentum: float = 0.95, ns_steps: int = 5, nesterov: bool = True, rms_rate: float = 0.2, **kwargs: Any) -> None: ...
class Nadam(Optimizer):
    beta_1: float
    beta_2: float
    epsilon: float
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-07, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class RMSprop(Optimizer):
    rho: float
    momentum: float
    epsilon: float
    centered: bool
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-07, centered: bool = False, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class SGD(Optimizer):
    momentum: float
    nesterov: bool
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class ScheduleFreeAdamW(Optimizer):
    beta_1: float
    beta_2: float
    epsilon: float
    warmup_steps: int
    weight_decay: Any
    clipnorm: Any
    clipvalue: Any
    global_clipnorm: Any
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: Any
    gradient_accumulation_steps: Any
    def __init__(self, learning_rate: Any = 0.0025, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-08, warmup_steps: int = 0, weight_decay: Any = None, clipnorm: Any = None, clipvalue: Any = None, global_clipnorm: Any = None, use_ema: bool = False, ema_momentum: float = 0.99, ema_overwrite_frequency: Any = None, loss_scale_factor: Any = None, gradient_accumulation_steps: Any = None, name: Any = None, **kwargs: Any) -> None: ...
