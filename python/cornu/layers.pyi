# Made by tools/gen_pyi.py from the engine's registry; run it after a change.
from typing import Any
from ._inputs import InputLayer as InputLayer
from ._spec import InputSpec as InputSpec
from ._calls import BuiltByEngine
from ._layer_shapes import WithShapes
from ._layer_types import WithTypes
from ._layer_weights import WithWeights
from ._layer_config import WithConfig
from ._kinds import Configurable
from ._operation import Operation
from ._operation import Operation as Operation
from ._layer_config import WithConfig as WithConfig
from ._layer_shapes import WithShapes as WithShapes
from ._layer_types import WithTypes as WithTypes
from ._layer_weights import WithWeights as WithWeights
def Input(shape: Any = None, batch_size: Any = None, dtype: Any = None, sparse: Any = None, ragged: Any = None, batch_shape: Any = None, name: Any = None, tensor: Any = None, optional: Any = False) -> Any: ...
class Layer(BuiltByEngine, WithShapes, WithTypes, WithWeights, WithConfig, Configurable, Operation):
    input_spec: Any
    def __init__(self, *args: Any, activity_regularizer: Any = None, trainable: Any = True, dtype: Any = None, name: Any = None, autocast: Any = True, input_shape: Any = None, input_dim: Any = None, batch_input_shape: Any = None, **kwargs: Any) -> None: ...
    @property
    def metrics(self) -> Any: ...
    def build(self, input_shape: Any) -> Any: ...
    def call(self, inputs: Any = None, *args: Any, **kwargs: Any) -> Any: ...
    def adapt(self, data: Any, batch_size: Any = None, steps: Any = None) -> Any: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def compute_mask(self, inputs: Any, previous_mask: Any = None, mask: Any = None) -> Any: ...
    supports_masking: Any
    @property
    def name(self) -> Any: ...
    @property
    def path(self) -> Any: ...
    @property
    def trainable(self) -> Any: ...
    @trainable.setter
    def trainable(self, value: Any) -> None: ...
    @property
    def built(self) -> Any: ...
    @built.setter
    def built(self, value: Any) -> None: ...
    @property
    def input(self) -> Any: ...
    @property
    def output(self) -> Any: ...
    def __getattr__(self, name: Any) -> Any: ...
def deserialize(config: Any, custom_objects: Any = None, safe_mode: Any = True, kind: Any = None) -> Any: ...
def serialize(thing: Any) -> Any: ...
class Activation(Layer):
    activation: Any
    def __init__(self, activation: Any, **kwargs: Any) -> None: ...
class ActivityRegularization(Layer):
    l1: float
    l2: float
    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None: ...
class Add(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class AlphaDropout(Layer):
    rate: float
    noise_shape: Any
    seed: Any
    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any) -> None: ...
class Average(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class BatchNormalization(Layer):
    axis: Any
    momentum: float
    epsilon: float
    center: bool
    scale: bool
    beta_initializer: Any
    gamma_initializer: Any
    moving_mean_initializer: Any
    moving_variance_initializer: Any
    beta_regularizer: Any
    gamma_regularizer: Any
    beta_constraint: Any
    gamma_constraint: Any
    renorm: bool
    renorm_clipping: Any
    renorm_momentum: float
    synchronized: bool
    def __init__(self, axis: Any = -1, momentum: float = 0.99, epsilon: float = 0.001, center: bool = True, scale: bool = True, beta_initializer: Any = 'zeros', gamma_initializer: Any = 'ones', moving_mean_initializer: Any = 'zeros', moving_variance_initializer: Any = 'ones', beta_regularizer: Any = None, gamma_regularizer: Any = None, beta_constraint: Any = None, gamma_constraint: Any = None, renorm: bool = False, renorm_clipping: Any = None, renorm_momentum: float = 0.99, synchronized: bool = False, **kwargs: Any) -> None: ...
class Concatenate(Layer):
    axis: Any
    def __init__(self, axis: Any = -1, **kwargs: Any) -> None: ...
class Dense(Layer):
    units: int
    activation: Any
    use_bias: bool
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    quantization_config: Any
    def __init__(self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, quantization_config: Any = None, **kwargs: Any) -> None: ...
class Dot(Layer):
    axes: Any
    normalize: bool
    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None: ...
class Dropout(Layer):
    rate: float
    noise_shape: Any
    seed: Any
    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any) -> None: ...
class ELU(Layer):
    alpha: float
    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None: ...
class Embedding(Layer):
    input_dim: int
    output_dim: int
    embeddings_initializer: Any
    embeddings_regularizer: Any
    embeddings_constraint: Any
    mask_zero: bool
    quantization_config: Any
    def __init__(self, input_dim: int, output_dim: int, embeddings_initializer: Any = 'random_uniform', embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False, quantization_config: Any = None, **kwargs: Any) -> None: ...
class Flatten(Layer):
    data_format: str | None
    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None: ...
class GaussianDropout(Layer):
    rate: float
    seed: Any
    def __init__(self, rate: float, seed: Any = None, **kwargs: Any) -> None: ...
class GaussianNoise(Layer):
    stddev: float
    seed: Any
    def __init__(self, stddev: float, seed: Any = None, **kwargs: Any) -> None: ...
class Identity(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class LayerNormalization(Layer):
    axis: Any
    epsilon: float
    center: bool
    scale: bool
    beta_initializer: Any
    gamma_initializer: Any
    beta_regularizer: Any
    gamma_regularizer: Any
    beta_constraint: Any
    gamma_constraint: Any
    rms_scaling: bool
    def __init__(self, axis: Any = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True, beta_initializer: Any = 'zeros', gamma_initializer: Any = 'ones', beta_regularizer: Any = None, gamma_regularizer: Any = None, beta_constraint: Any = None, gamma_constraint: Any = None, rms_scaling: bool = False, **kwargs: Any) -> None: ...
class LeakyReLU(Layer):
    negative_slope: float
    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None: ...
class Masking(Layer):
    mask_value: float
    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None: ...
class Maximum(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class Minimum(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class Multiply(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class Normalization(Layer):
    axis: Any
    mean: Any
    variance: Any
    invert: bool
    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any) -> None: ...
class PReLU(Layer):
    alpha_initializer: Any
    alpha_regularizer: Any
    alpha_constraint: Any
    shared_axes: Any
    def __init__(self, alpha_initializer: Any = 'zeros', alpha_regularizer: Any = None, alpha_constraint: Any = None, shared_axes: Any = None, **kwargs: Any) -> None: ...
class Permute(Layer):
    dims: Any
    def __init__(self, dims: Any, **kwargs: Any) -> None: ...
class RMSNormalization(Layer):
    axis: Any
    epsilon: float
    def __init__(self, axis: Any = -1, epsilon: float = 1e-06, **kwargs: Any) -> None: ...
class ReLU(Layer):
    max_value: Any
    negative_slope: float
    threshold: float
    def __init__(self, max_value: Any = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any) -> None: ...
class RepeatVector(Layer):
    n: int
    def __init__(self, n: int, **kwargs: Any) -> None: ...
class Rescaling(Layer):
    scale: float
    offset: float
    def __init__(self, scale: float, offset: float = 0.0, **kwargs: Any) -> None: ...
class Reshape(Layer):
    target_shape: Any
    def __init__(self, target_shape: Any, **kwargs: Any) -> None: ...
class Softmax(Layer):
    axis: Any
    def __init__(self, axis: Any = -1, **kwargs: Any) -> None: ...
class Subtract(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class UnitNormalization(Layer):
    axis: Any
    def __init__(self, axis: Any = -1, **kwargs: Any) -> None: ...
