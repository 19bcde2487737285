"""Layers of attention: outputs, scores, and gradients of sum(y * w) with respect to inputs and weights."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .common import array, case, generator, normal

FLOAT_TYPES = ("float32",)
layers = keras.layers


def record():
    keras.utils.clear_session()
    return {"cases": [evaluate(*one) for one in cases()]}


def mask(name, *shape):
    out = generator(f"attention {name}").random(shape) < 0.6
    out[..., 0] = True  # who sees nothing is no case for a comparison
    return out


def cases():
    q, v, k = normal("attention q", 2, 3, 4), normal("attention v", 2, 5, 4), normal("attention k", 2, 5, 4)
    pair, three = {"inputs": [q, v]}, {"inputs": [q, v, k]}
    qm, vm = mask("qm", 2, 3), mask("vm", 2, 5)
    scores, causal = {"return_attention_scores": True}, {"use_causal_mask": True}
    for cls in (layers.Attention, layers.AdditiveAttention):
        name = cls.__name__
        yield name, cls(), pair, {}
        yield f"{name}_key", cls(), three, scores
        yield f"{name}_scale", cls(use_scale=name == "Attention"), three, {}
        yield f"{name}_causal", cls(), pair, {**causal, **scores}
        yield f"{name}_masks", cls(), {**three, "mask": [qm, vm]}, scores
        yield f"{name}_value_mask", cls(), {**pair, "mask": [None, vm]}, causal
        yield f"{name}_one_row", cls(), {"inputs": [q[:1], v[:1]]}, {}
    yield "Attention_concat", layers.Attention(score_mode="concat"), three, scores
    yield "Attention_concat_scale", layers.Attention(score_mode="concat", use_scale=True), pair, {}
    yield "Attention_dropout", layers.Attention(dropout=0.3, seed=1), pair, {}

    def heads(**more):
        return layers.MultiHeadAttention(2, 3, **more)

    two = {"query": q, "value": v}
    yield "MultiHeadAttention", heads(), two, {}
    yield "MultiHeadAttention_self", heads(), {"query": q, "value": q}, causal
    yield "MultiHeadAttention_key", heads(), {**two, "key": k}, scores
    yield "MultiHeadAttention_value_dim", heads(value_dim=5), two, scores
    yield "MultiHeadAttention_output_shape", heads(output_shape=6), two, {}
    yield "MultiHeadAttention_output_shapes", heads(output_shape=(2, 3)), two, {}
    yield "MultiHeadAttention_no_bias", heads(use_bias=False), two, {}
    yield "MultiHeadAttention_gate", heads(use_gate=True), two, scores
    yield "MultiHeadAttention_window", heads(sliding_window=2), {"query": q, "value": q}, scores
    yield "MultiHeadAttention_window_causal", heads(sliding_window=2), {"query": q, "value": q}, causal
    yield "MultiHeadAttention_masks", heads(), {**two, "query_mask": None, "value_mask": vm}, {}
    yield "MultiHeadAttention_key_mask", heads(), {**two, "key": k, "key_mask": vm}, scores
    yield "MultiHeadAttention_attention_mask", heads(), {**two, "attention_mask": mask("am", 2, 3, 5)}, scores
    yield "MultiHeadAttention_all_masks", heads(), {**two, "value_mask": vm, "attention_mask": mask("am", 2, 3, 5)}, causal
    yield "MultiHeadAttention_dropout", heads(dropout=0.2, seed=3), two, {}
    yield "MultiHeadAttention_regularized", heads(kernel_regularizer="l2", bias_initializer="ones"), two, {}
    q4, v4 = normal("attention q4", 2, 3, 2, 4), normal("attention v4", 2, 3, 2, 4)
    yield "MultiHeadAttention_axes", heads(attention_axes=(2,)), {"query": q4, "value": v4}, scores
    yield "MultiHeadAttention_all_axes", heads(), {"query": q4, "value": v4}, scores

    def groups(**more):
        return layers.GroupQueryAttention(3, 4, 2, **more)

    yield "GroupQueryAttention", groups(), two, {}
    yield "GroupQueryAttention_scores", groups(), {**two, "key": k}, {**scores, **causal}
    yield "GroupQueryAttention_no_bias", groups(use_bias=False), two, scores
    yield "GroupQueryAttention_gate", groups(use_gate=True), two, scores
    yield "GroupQueryAttention_masks", groups(), {**two, "value_mask": vm, "attention_mask": mask("am", 2, 3, 5)}, {}
    yield "GroupQueryAttention_window", groups(sliding_window=2), {"query": q, "value": q}, scores
    yield "GroupQueryAttention_one", layers.GroupQueryAttention(3, 2, 1), two, {}


def evaluate(name, layer, given, options):
    given = {key: value for key, value in given.items() if value is not None}
    tensors = {key: value for key, value in given.items() if "mask" not in key}
    masks = {key: value for key, value in given.items() if "mask" in key}
    layer(**tensors, **masks, **options)
    for i, v in enumerate(layer.variables):
        if "seed" not in v.path:
            v.assign(np.round(generator(f"{name} {i}").normal(size=v.shape) * 0.5, 2))
    weights = [v.value for v in layer.trainable_variables]
    fixed = [v.value for v in layer.non_trainable_variables]

    def outputs(weights, tensors):
        out, _ = layer.stateless_call(weights, fixed, **tensors, **masks, **options)
        return out if isinstance(out, tuple) else (out,)

    y, *more = outputs(weights, tensors)
    w = normal(f"{name} weights", *y.shape)
    dw, dx = jax.grad(lambda weights, tensors: jnp.sum(outputs(weights, tensors)[0] * w), argnums=(0, 1))(weights, tensors)

    def flat(prefix, trees):
        out = {}
        for key, value in trees.items():
            if isinstance(value, list):
                out |= {f"{prefix}{key}_{i}": one for i, one in enumerate(value) if one is not None}
            else:
                out[prefix + key] = value
        return out

    inputs = flat("", tensors) | flat("", masks) | {"w": w} | {f"weight_{i}": v for i, v in enumerate(weights)}
    results = {"y": y} | ({"scores": more[0]} if more else {}) | flat("d_", dx)
    results |= {f"d_weight_{i}": g for i, g in enumerate(dw)}
    paths = [v.path.split("/", 1)[1] for v in layer.trainable_variables]
    return case(name, layer, inputs, results, options=options, paths=paths)
