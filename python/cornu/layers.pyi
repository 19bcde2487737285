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
class AdaptiveAveragePooling1D(Layer):
    output_size: int
    data_format: Any
    def __init__(self, output_size: int, data_format: Any = None, **kwargs: Any) -> None: ...
class AdaptiveAveragePooling2D(Layer):
    output_size: int
    data_format: Any
    def __init__(self, output_size: int, data_format: Any = None, **kwargs: Any) -> None: ...
class AdaptiveAveragePooling3D(Layer):
    output_size: int
    data_format: Any
    def __init__(self, output_size: int, data_format: Any = None, **kwargs: Any) -> None: ...
class AdaptiveMaxPooling1D(Layer):
    output_size: int
    data_format: Any
    def __init__(self, output_size: int, data_format: Any = None, **kwargs: Any) -> None: ...
class AdaptiveMaxPooling2D(Layer):
    output_size: int
    data_format: Any
    def __init__(self, output_size: int, data_format: Any = None, **kwargs: Any) -> None: ...
class AdaptiveMaxPooling3D(Layer):
    output_size: int
    data_format: Any
    def __init__(self, output_size: int, data_format: Any = None, **kwargs: Any) -> None: ...
class Add(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class AdditiveAttention(Layer):
    use_scale: bool
    dropout: float
    seed: Any
    def __init__(self, use_scale: bool = True, dropout: float = 0.0, seed: Any = None, **kwargs: Any) -> None: ...
class AlphaDropout(Layer):
    rate: float
    noise_shape: Any
    seed: Any
    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any) -> None: ...
class Attention(Layer):
    use_scale: bool
    score_mode: str | None
    dropout: float
    seed: Any
    def __init__(self, use_scale: bool = False, score_mode: str | None = 'dot', dropout: float = 0.0, seed: Any = None, **kwargs: Any) -> None: ...
class Average(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class AveragePooling1D(Layer):
    pool_size: int
    strides: Any
    padding: str | None
    data_format: Any
    def __init__(self, pool_size: int, strides: Any = None, padding: str | None = 'valid', data_format: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class AveragePooling2D(Layer):
    pool_size: Any
    strides: Any
    padding: str | None
    data_format: Any
    def __init__(self, pool_size: Any, strides: Any = None, padding: str | None = 'valid', data_format: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class AveragePooling3D(Layer):
    pool_size: Any
    strides: Any
    padding: str | None
    data_format: Any
    def __init__(self, pool_size: Any, strides: Any = None, padding: str | None = 'valid', data_format: Any = None, name: Any = None, **kwargs: Any) -> None: ...
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
class Conv1D(Layer):
    filters: int
    kernel_size: int
    strides: int
    padding: str | None
    data_format: Any
    dilation_rate: int
    groups: int
    activation: Any
    use_bias: bool
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    def __init__(self, filters: int, kernel_size: int, strides: int = 1, padding: str | None = 'valid', data_format: Any = None, dilation_rate: int = 1, groups: int = 1, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class Conv1DTranspose(Layer):
    filters: int
    kernel_size: int
    strides: int
    padding: str | None
    output_padding: Any
    data_format: Any
    dilation_rate: int
    activation: Any
    use_bias: bool
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    def __init__(self, filters: int, kernel_size: int, strides: int = 1, padding: str | None = 'valid', output_padding: Any = None, data_format: Any = None, dilation_rate: int = 1, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class Conv2D(Layer):
    filters: int
    kernel_size: int
    strides: Any
    padding: str | None
    data_format: Any
    dilation_rate: Any
    groups: int
    activation: Any
    use_bias: bool
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    def __init__(self, filters: int, kernel_size: int, strides: Any = (1, 1), padding: str | None = 'valid', data_format: Any = None, dilation_rate: Any = (1, 1), groups: int = 1, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class Conv2DTranspose(Layer):
    filters: int
    kernel_size: int
    strides: Any
    padding: str | None
    output_padding: Any
    data_format: Any
    dilation_rate: Any
    activation: Any
    use_bias: bool
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    def __init__(self, filters: int, kernel_size: int, strides: Any = (1, 1), padding: str | None = 'valid', output_padding: Any = None, data_format: Any = None, dilation_rate: Any = (1, 1), activation: Any = None, use_bias: bool = True, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class Conv3D(Layer):
    filters: int
    kernel_size: int
    strides: Any
    padding: str | None
    data_format: Any
    dilation_rate: Any
    groups: int
    activation: Any
    use_bias: bool
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    def __init__(self, filters: int, kernel_size: int, strides: Any = (1, 1, 1), padding: str | None = 'valid', data_format: Any = None, dilation_rate: Any = (1, 1, 1), groups: int = 1, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class Conv3DTranspose(Layer):
    filters: int
    kernel_size: int
    strides: Any
    padding: str | None
    data_format: Any
    output_padding: Any
    dilation_rate: Any
    activation: Any
    use_bias: bool
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    def __init__(self, filters: int, kernel_size: int, strides: Any = (1, 1, 1), padding: str | None = 'valid', data_format: Any = None, output_padding: Any = None, dilation_rate: Any = (1, 1, 1), activation: Any = None, use_bias: bool = True, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class Cropping1D(Layer):
    cropping: Any
    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None: ...
class Cropping2D(Layer):
    cropping: Any
    data_format: Any
    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: Any = None, **kwargs: Any) -> None: ...
class Cropping3D(Layer):
    cropping: Any
    data_format: Any
    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: Any = None, **kwargs: Any) -> None: ...
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
class DepthwiseConv1D(Layer):
    kernel_size: int
    strides: int
    padding: str | None
    depth_multiplier: int
    data_format: Any
    dilation_rate: int
    activation: Any
    use_bias: bool
    depthwise_initializer: Any
    bias_initializer: Any
    depthwise_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    depthwise_constraint: Any
    bias_constraint: Any
    def __init__(self, kernel_size: int, strides: int = 1, padding: str | None = 'valid', depth_multiplier: int = 1, data_format: Any = None, dilation_rate: int = 1, activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', depthwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class DepthwiseConv2D(Layer):
    kernel_size: int
    strides: Any
    padding: str | None
    depth_multiplier: int
    data_format: Any
    dilation_rate: Any
    activation: Any
    use_bias: bool
    depthwise_initializer: Any
    bias_initializer: Any
    depthwise_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    depthwise_constraint: Any
    bias_constraint: Any
    def __init__(self, kernel_size: int, strides: Any = (1, 1), padding: str | None = 'valid', depth_multiplier: int = 1, data_format: Any = None, dilation_rate: Any = (1, 1), activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', depthwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
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
class EinsumDense(Layer):
    equation: str | None
    output_shape: Any
    activation: Any
    bias_axes: Any
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    quantization_config: Any
    def __init__(self, equation: str | None, output_shape: Any, activation: Any = None, bias_axes: Any = None, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, quantization_config: Any = None, **kwargs: Any) -> None: ...
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
    data_format: Any
    def __init__(self, data_format: Any = None, **kwargs: Any) -> None: ...
class GaussianDropout(Layer):
    rate: float
    seed: Any
    def __init__(self, rate: float, seed: Any = None, **kwargs: Any) -> None: ...
class GaussianNoise(Layer):
    stddev: float
    seed: Any
    def __init__(self, stddev: float, seed: Any = None, **kwargs: Any) -> None: ...
class GlobalAveragePooling1D(Layer):
    data_format: Any
    keepdims: bool
    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None: ...
class GlobalAveragePooling2D(Layer):
    data_format: Any
    keepdims: bool
    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None: ...
class GlobalAveragePooling3D(Layer):
    data_format: Any
    keepdims: bool
    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None: ...
class GlobalMaxPooling1D(Layer):
    data_format: Any
    keepdims: bool
    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None: ...
class GlobalMaxPooling2D(Layer):
    data_format: Any
    keepdims: bool
    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None: ...
class GlobalMaxPooling3D(Layer):
    data_format: Any
    keepdims: bool
    def __init__(self, data_format: Any = None, keepdims: bool = False, **kwargs: Any) -> None: ...
class GroupNormalization(Layer):
    groups: int
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
    def __init__(self, groups: int = 32, axis: Any = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True, beta_initializer: Any = 'zeros', gamma_initializer: Any = 'ones', beta_regularizer: Any = None, gamma_regularizer: Any = None, beta_constraint: Any = None, gamma_constraint: Any = None, **kwargs: Any) -> None: ...
class GroupQueryAttention(Layer):
    head_dim: int
    num_query_heads: int
    num_key_value_heads: int
    dropout: float
    use_bias: bool
    sliding_window: Any
    flash_attention: Any
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    use_gate: bool
    seed: Any
    def __init__(self, head_dim: int, num_query_heads: int, num_key_value_heads: int, dropout: float = 0.0, use_bias: bool = True, sliding_window: Any = None, flash_attention: Any = None, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, use_gate: bool = False, seed: Any = None, **kwargs: Any) -> None: ...
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
class MaxPooling1D(Layer):
    pool_size: int
    strides: Any
    padding: str | None
    data_format: Any
    def __init__(self, pool_size: int = 2, strides: Any = None, padding: str | None = 'valid', data_format: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class MaxPooling2D(Layer):
    pool_size: Any
    strides: Any
    padding: str | None
    data_format: Any
    def __init__(self, pool_size: Any = (2, 2), strides: Any = None, padding: str | None = 'valid', data_format: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class MaxPooling3D(Layer):
    pool_size: Any
    strides: Any
    padding: str | None
    data_format: Any
    def __init__(self, pool_size: Any = (2, 2, 2), strides: Any = None, padding: str | None = 'valid', data_format: Any = None, name: Any = None, **kwargs: Any) -> None: ...
class Maximum(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class Minimum(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class MultiHeadAttention(Layer):
    num_heads: int
    key_dim: int
    value_dim: Any
    dropout: float
    use_bias: bool
    output_shape: Any
    attention_axes: Any
    sliding_window: Any
    flash_attention: Any
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any
    use_gate: bool
    seed: Any
    def __init__(self, num_heads: int, key_dim: int, value_dim: Any = None, dropout: float = 0.0, use_bias: bool = True, output_shape: Any = None, attention_axes: Any = None, sliding_window: Any = None, flash_attention: Any = None, kernel_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, use_gate: bool = False, seed: Any = None, **kwargs: Any) -> None: ...
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
class SeparableConv1D(Layer):
    filters: int
    kernel_size: int
    strides: int
    padding: str | None
    data_format: Any
    dilation_rate: int
    depth_multiplier: int
    activation: Any
    use_bias: bool
    depthwise_initializer: Any
    pointwise_initializer: Any
    bias_initializer: Any
    depthwise_regularizer: Any
    pointwise_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    depthwise_constraint: Any
    pointwise_constraint: Any
    bias_constraint: Any
    def __init__(self, filters: int, kernel_size: int, strides: int = 1, padding: str | None = 'valid', data_format: Any = None, dilation_rate: int = 1, depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = 'glorot_uniform', pointwise_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', depthwise_regularizer: Any = None, pointwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None, pointwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class SeparableConv2D(Layer):
    filters: int
    kernel_size: int
    strides: Any
    padding: str | None
    data_format: Any
    dilation_rate: Any
    depth_multiplier: int
    activation: Any
    use_bias: bool
    depthwise_initializer: Any
    pointwise_initializer: Any
    bias_initializer: Any
    depthwise_regularizer: Any
    pointwise_regularizer: Any
    bias_regularizer: Any
    activity_regularizer: Any
    depthwise_constraint: Any
    pointwise_constraint: Any
    bias_constraint: Any
    def __init__(self, filters: int, kernel_size: int, strides: Any = (1, 1), padding: str | None = 'valid', data_format: Any = None, dilation_rate: Any = (1, 1), depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = 'glorot_uniform', pointwise_initializer: Any = 'glorot_uniform', bias_initializer: Any = 'zeros', depthwise_regularizer: Any = None, pointwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None, pointwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any) -> None: ...
class Softmax(Layer):
    axis: Any
    def __init__(self, axis: Any = -1, **kwargs: Any) -> None: ...
class SpatialDropout1D(Layer):
    rate: float
    seed: Any
    def __init__(self, rate: float, seed: Any = None, name: Any = None, dtype: Any = None, **kwargs: Any) -> None: ...
class SpatialDropout2D(Layer):
    rate: float
    data_format: Any
    seed: Any
    def __init__(self, rate: float, data_format: Any = None, seed: Any = None, name: Any = None, dtype: Any = None, **kwargs: Any) -> None: ...
class SpatialDropout3D(Layer):
    rate: float
    data_format: Any
    seed: Any
    def __init__(self, rate: float, data_format: Any = None, seed: Any = None, name: Any = None, dtype: Any = None, **kwargs: Any) -> None: ...
class SpectralNormalization(Layer):
    layer: Any
    power_iterations: int
    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any) -> None: ...
class Subtract(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
class UnitNormalization(Layer):
    axis: Any
    def __init__(self, axis: Any = -1, **kwargs: Any) -> None: ...
class UpSampling1D(Layer):
    size: int
    def __init__(self, size: int = 2, **kwargs: Any) -> None: ...
class UpSampling2D(Layer):
    size: Any
    data_format: Any
    interpolation: str | None
    def __init__(self, size: Any = (2, 2), data_format: Any = None, interpolation: str | None = 'nearest', **kwargs: Any) -> None: ...
class UpSampling3D(Layer):
    size: Any
    data_format: Any
    def __init__(self, size: Any = (2, 2, 2), data_format: Any = None, **kwargs: Any) -> None: ...
class ZeroPadding1D(Layer):
    padding: int
    data_format: Any
    def __init__(self, padding: int = 1, data_format: Any = None, **kwargs: Any) -> None: ...
class ZeroPadding2D(Layer):
    padding: Any
    data_format: Any
    def __init__(self, padding: Any = (1, 1), data_format: Any = None, **kwargs: Any) -> None: ...
class ZeroPadding3D(Layer):
    padding: Any
    data_format: Any
    def __init__(self, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: Any = None, **kwargs: Any) -> None: ...
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
Convolution2D = Conv2D
Convolution2DTranspose = Conv2DTranspose
Convolution3D = Conv3D
Convolution3DTranspose = Conv3DTranspose
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D
