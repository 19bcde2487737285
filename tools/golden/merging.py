"""Layers that make one tensor of several: outputs, their masks, and gradients of sum(y * w) with respect to each input."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.src import backend

from .common import case, generator, normal

layers = keras.layers


def record():
    keras.utils.clear_session()
    return {"cases": [evaluate(*one) for one in cases()]}


def cases():
    flat = [normal(f"merge flat {i}", 3, 4) for i in range(3)]
    cube = [normal(f"merge cube {i}", 2, 3, 4) for i in range(2)]
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        layer = getattr(layers, name)
        several = flat[:2] if name == "Subtract" else flat
        yield name, layer(), several, False
        yield f"{name}_masks", layer(), cube, True
        yield f"{name}_first_masked", layer(), cube, (True, False)
        yield f"{name}_second_masked", layer(), cube, (False, True)
        yield f"{name}_ranks", layer(), [flat[0][:2], cube[0]], False
        yield f"{name}_broadcast", layer(), [cube[0], cube[1][:, :1]], False
        yield f"{name}_one_row", layer(), [x[:1] for x in several], False
    yield "Concatenate", layers.Concatenate(), [flat[0], flat[1][:, :2], flat[2]], False
    yield "Concatenate_steps", layers.Concatenate(axis=1), [cube[0], cube[1][:, :2]], True
    yield "Concatenate_masks", layers.Concatenate(), cube, True
    yield "Dot", layers.Dot(axes=1), flat[:2], False
    yield "Dot_normalized", layers.Dot(axes=-1, normalize=True), flat[:2], False
    yield "Dot_steps", layers.Dot(axes=2), [cube[0], cube[1][:, :2]], False
    yield "Dot_two_axes", layers.Dot(axes=(2, 1)), [cube[0], np.swapaxes(cube[1], 1, 2).copy()], False
    yield "Dot_many_axes", layers.Dot(axes=(-2, -1)), [cube[0], normal("merge many", 2, 2, 5, 3)], False
    yield "Dot_step_and_row", layers.Dot(axes=(2, 1)), [cube[0], flat[0][:2]], False


def evaluate(name, layer, inputs, masked):
    which = masked if isinstance(masked, tuple) else [masked] * len(inputs)
    masks = [generator(f"{name} mask {i}").random(x.shape[:2]) < 0.6 if on else None
             for i, (x, on) in enumerate(zip(inputs, which))]

    def merged(xs):
        xs = [x + 0 for x in xs]
        for x, mask in zip(xs, masks):
            if mask is not None:
                backend.set_keras_mask(x, jnp.asarray(mask))
        return layer(xs)

    xs = [jnp.asarray(x) for x in inputs]
    y = merged(xs)
    w = normal(f"{name} weights", *y.shape)
    grads = jax.grad(lambda xs: jnp.sum(merged(xs) * w))(xs)
    given = {f"x_{i}": x for i, x in enumerate(inputs)} | {"w": w}
    outputs = {"y": y} | {f"dx_{i}": g for i, g in enumerate(grads)}
    given |= {f"mask_{i}": m for i, m in enumerate(masks) if m is not None}
    mask = layer.compute_mask(xs, masks)
    if mask is not None:
        outputs["mask"] = mask
    return case(name, layer, given, outputs)
