"""Every activation of keras.activations: values, and gradients of sum(y * w)."""

import functools

import keras

from .common import case, floats, generator, normal, np, weighted_gradient

SMOOTH = [-5, -3.25, -2.6, -1.75, -1.1, -0.7, -0.3, -0.05, 0.05, 0.3, 0.8, 1.2, 1.9, 2.7, 3.4, 5.5, 7.25]
LARGE = [-100, -20, -10, -1e-3, 1e-3, 10, 20, 100]
KINKS = [-3, -1, -0.5, 0, 0.5, 1, 3, 6]  # where one or another activation has no unique derivative
NOT_FINITE = [float("nan"), float("inf"), float("-inf")]

NOT_ACTIVATIONS = {"get", "serialize", "deserialize"}
OPTIONS = {  # name -> argument sets beyond the defaults
    "celu": [{"alpha": 0.5}],
    "elu": [{"alpha": 0.5}],
    "gelu": [{"approximate": True}],
    "hard_shrink": [{"threshold": 1.0}],
    "leaky_relu": [{"negative_slope": 0.3}],
    "relu": [{"negative_slope": 0.1}, {"max_value": 2.0}, {"threshold": 1.0},
             {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.75}],
    "soft_shrink": [{"threshold": 1.0}],
    "squareplus": [{"b": 1}],
    "threshold": [{"threshold": 0.5, "default_value": -1.0}],
}  # fmt: skip
ROWWISE = {"softmax", "log_softmax", "sparsemax", "glu"}


def record():
    names = [n for n in dir(keras.activations) if not n.startswith("_") and n not in NOT_ACTIVATIONS]
    cases = []
    for name in names:
        if name in ROWWISE:
            cases += rowwise_cases(name)
            continue
        argument_sets = OPTIONS.get(name, [])
        if name != "threshold":  # it has no defaults
            argument_sets = [{}, *argument_sets]
        for i, arguments in enumerate(argument_sets):
            label = name if not arguments else f"{name}_options_{i}"
            cases += elementwise_cases(name, label, arguments)
    return {"cases": cases}


def elementwise_cases(name, label, arguments):
    function = functools.partial(getattr(keras.activations, name), **arguments)
    for suffix, values in [("", SMOOTH), ("_large", LARGE), ("_at_kinks", KINKS), ("_not_finite", NOT_FINITE)]:
        x = floats(values)
        w = floats(np.round(generator("activation weights").normal(size=x.shape), 2))
        outputs = {"y": function(x)}
        if suffix != "_not_finite":
            outputs["dx"] = weighted_gradient(function, x, w)
        yield case(label + suffix, name, {"x": x, "w": w}, outputs, arguments=arguments)


def rowwise_cases(name):
    function = getattr(keras.activations, name)
    x = normal("rowwise", 4, 6, scale=1.5)
    large = floats([[100, -100, 20, 0, -20, 99], [20, 20, 20, 20, -20, -20], [0, 0, 0, 0, 0, 0]])
    for label, values, arguments in [
        (name, x, {}),
        (f"{name}_large", large, {}),
        (f"{name}_axis_0", x, {"axis": 0}),
        (f"{name}_3d_axis_1", normal("rowwise 3d", 2, 4, 3), {"axis": 1}),
    ]:
        apply = functools.partial(function, **arguments)
        y = apply(values)
        w = normal("rowwise weights" + label, *y.shape)
        outputs = {"y": y, "dx": weighted_gradient(apply, values, w)}
        yield case(label, name, {"x": values, "w": w}, outputs, arguments=arguments)
