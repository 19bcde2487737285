"""Optimizers of keras.optimizers: 20 steps with given gradients on two variables named `kernel` and `bias`."""

import inspect

import keras
import numpy as np

from .common import array, case, floats, normal

STEPS = 20
SHOWN = (1, 2, 5, 10, 20)
SHAPES = {"kernel": (3, 4), "bias": (4,)}

TABLE = {  # class -> (arguments of every case, argument sets)
    "Adadelta": ({"learning_rate": 1.0}, [{}, {"rho": 0.8, "epsilon": 1e-4}]),
    "Adafactor": (
        {"learning_rate": 0.05},
        [{}, {"relative_step": False}, {"beta_2_decay": -0.5, "clip_threshold": 0.5}],
    ),
    "Adagrad": ({"learning_rate": 0.05}, [{}, {"initial_accumulator_value": 0.0, "epsilon": 1e-3}]),
    "Adam": ({"learning_rate": 0.05}, [{}, {"amsgrad": True}, {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}]),
    "AdamW": ({"learning_rate": 0.05}, [{}, {"weight_decay": 0.1, "amsgrad": True}]),
    "Adamax": ({"learning_rate": 0.05}, [{}, {"beta_1": 0.8, "beta_2": 0.9}]),
    "Ftrl": (
        {"learning_rate": 0.05},
        [
            {},
            {"l1_regularization_strength": 0.2, "l2_regularization_strength": 0.1},
            {"learning_rate_power": -0.3, "l2_shrinkage_regularization_strength": 0.1, "beta": 0.2},
        ],
    ),
    "Lamb": ({"learning_rate": 0.05}, [{}, {"beta_1": 0.8, "epsilon": 1e-3}]),
    "Lion": ({"learning_rate": 0.05}, [{}, {"beta_1": 0.7, "beta_2": 0.8}]),
    "Muon": ({"learning_rate": 0.05}, [{}, {"nesterov": False, "adam_lr_ratio": 0.5, "weight_decay": 0.1}]),
    "Nadam": ({"learning_rate": 0.05}, [{}, {"beta_1": 0.8, "epsilon": 1e-3}]),
    "RMSprop": (
        {"learning_rate": 0.05},
        [{}, {"momentum": 0.5}, {"centered": True}, {"centered": True, "momentum": 0.5, "rho": 0.8, "epsilon": 1e-3}],
    ),
    "SGD": ({"learning_rate": 0.05}, [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}]),
    "ScheduleFreeAdamW": ({"learning_rate": 0.05}, [{}, {"warmup_steps": 5, "weight_decay": 0.1}]),
}  # fmt: skip
COMMON = {  # suffix -> arguments that every optimizer takes
    "clipnorm": {"clipnorm": 1.0},
    "clipvalue": {"clipvalue": 0.5},
    "global_clipnorm": {"global_clipnorm": 1.0},
    "weight_decay": {"weight_decay": 0.1},
    "ema": {"use_ema": True, "ema_momentum": 0.8},
    "ema_overwrite": {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 4},
    "accumulation": {"gradient_accumulation_steps": 2},
    "accumulation_3_clip_decay_ema": {
        "gradient_accumulation_steps": 3, "clipnorm": 0.5, "weight_decay": 0.1, "use_ema": True, "ema_momentum": 0.8},
    "loss_scale_factor": {"loss_scale_factor": 4.0},
}  # fmt: skip
NO_OWN_CASE = {"LossScaleOptimizer", "MultiOptimizer", "Optimizer"}  # a wrapper, recorded below; a dispatcher; a base


def gradients():
    return {name: normal(f"gradients {name}", STEPS, *shape) for name, shape in SHAPES.items()}


def initial():
    return {name: normal(f"initial {name}", *shape) for name, shape in SHAPES.items()}


def record():
    optimizers, schedules = keras.optimizers, keras.optimizers.schedules
    classes = {n for n, m in inspect.getmembers(optimizers, inspect.isclass) if issubclass(m, optimizers.Optimizer)}
    assert classes - NO_OWN_CASE == set(TABLE), classes ^ set(TABLE)
    cases = []
    for name, (base, argument_sets) in TABLE.items():
        for i, arguments in enumerate(argument_sets):
            label = "_".join([name, *arguments])
            cases.append(run(label if i else name, getattr(optimizers, name)(**base, **arguments)))
    for suffix, arguments in COMMON.items():
        cases.append(run(f"SGD_{suffix}", optimizers.SGD(0.05, momentum=0.9, **arguments)))
        cases.append(run(f"Adam_{suffix}", optimizers.Adam(0.05, **arguments)))
    decay = schedules.ExponentialDecay(0.1, 5, 0.5)
    cases.append(run("SGD_schedule", optimizers.SGD(decay)))
    warmup = schedules.CosineDecay(0.02, 10, warmup_target=0.1, warmup_steps=5)
    cases.append(run("Adam_schedule", optimizers.Adam(warmup)))
    cases.append(run("SGD_schedule_accumulation", optimizers.SGD(decay, gradient_accumulation_steps=2)))
    excluding = optimizers.AdamW(0.05, weight_decay=0.1)
    excluding.exclude_from_weight_decay(var_names=["bias"])
    cases.append(run("AdamW_exclude_bias_from_decay", excluding, excluded_from_weight_decay=["bias"]))
    cases.append(run("SGD_constraint", optimizers.SGD(0.05), constraint=keras.constraints.NonNeg()))
    cases.append(run("Muon_exclude_kernel", optimizers.Muon(0.05, exclude_layers=["kernel"])))
    scaled = optimizers.LossScaleOptimizer(optimizers.Adam(0.05), initial_scale=8.0, dynamic_growth_steps=4)
    cases.append(run("LossScaleOptimizer", scaled, nonfinite_step=7))
    several = optimizers.OptimizerMap(optimizers.SGD(0.05, momentum=0.9), {"ker.*": optimizers.Adam(0.05)})
    cases.append(run("MultiOptimizer", optimizers.MultiOptimizer(several)))
    return {
        "shown_steps": list(SHOWN),
        "initial": {name: array(value) for name, value in initial().items()},
        "gradients": {name: array(value) for name, value in gradients().items()},
        "cases": cases,
    }


def run(label, optimizer, constraint=None, nonfinite_step=None, **more):
    """`nonfinite_step`: at that step (counted from 1) the first gradient value of `kernel` is infinite."""
    variables = [keras.Variable(value, name=name) for name, value in initial().items()]
    if constraint is not None:
        variables[0].constraint = constraint
        more["kernel_constraint"] = keras.saving.serialize_keras_object(constraint)
    if nonfinite_step is not None:
        more["nonfinite_step"] = nonfinite_step
    optimizer.build(variables)
    given, outputs = gradients(), {}
    by_updates = UpdatesOnly(optimizer, variables) if counts_batches(optimizer) else None
    for step in range(1, STEPS + 1):
        step_gradients = [given[name][step - 1].copy() for name in SHAPES]
        if step == nonfinite_step:
            step_gradients[0][0, 0] = np.inf
        if by_updates:
            by_updates.apply(step_gradients)
        else:
            stateless_apply(optimizer, step_gradients, variables)
        if step in SHOWN:
            outputs |= {f"{name}_{step}": v.value for name, v in zip(SHAPES, variables, strict=True)}
    if by_updates:
        by_updates.finish()
    state = [{"name": v.name, "path": v.path, **array(v.value)} for v in optimizer.variables]
    optimizer.finalize_variable_values(variables)
    if getattr(optimizer, "use_ema", False) or isinstance(optimizer, keras.optimizers.ScheduleFreeAdamW):
        outputs |= {f"{name}_final": v.value for name, v in zip(SHAPES, variables, strict=True)}
    of_one = optimizer.optimizers[0] if isinstance(optimizer, keras.optimizers.MultiOptimizer) else optimizer
    rate = floats((by_updates.twin if by_updates else of_one).learning_rate)
    return case(label, optimizer, {}, outputs | {"learning_rate": rate}, state=state, **more)


def stateless_apply(optimizer, step_gradients, variables):
    """Not apply(): with JAX, LossScaleOptimizer works only statelessly, which is also what fit() uses."""
    values, state = optimizer.stateless_apply(
        [v.value for v in optimizer.variables],
        [keras.ops.convert_to_tensor(g) for g in step_gradients],
        [v.value for v in variables],
    )
    for variable, value in zip([*variables, *optimizer.variables], [*values, *state], strict=True):
        variable.assign(value)


def counts_batches(optimizer):
    """Whether Keras 3.15.1 is wrong here: it steps schedules and averages once for each of the small batches that one
    update gathers, though they stand for one batch as large as all of them."""
    schedule = isinstance(getattr(optimizer, "_learning_rate", None), keras.optimizers.schedules.LearningRateSchedule)
    return bool(getattr(optimizer, "gradient_accumulation_steps", None)) and (schedule or optimizer.use_ema)


class UpdatesOnly:
    """What gathering gradients means: the same optimizer without it, given the mean gradient of every n-th step."""

    def __init__(self, optimizer, variables):
        self.optimizer, self.variables, self.every = optimizer, variables, optimizer.gradient_accumulation_steps
        config = keras.saving.serialize_keras_object(optimizer)
        config["config"]["gradient_accumulation_steps"] = None
        self.twin = keras.saving.deserialize_keras_object(config)
        self.twin.build(variables)
        self.steps, self.sums = 0, [0.0 for _ in variables]

    def apply(self, step_gradients):
        self.steps += 1
        self.sums = [total + g for total, g in zip(self.sums, step_gradients, strict=True)]
        if self.steps % self.every == 0:
            stateless_apply(self.twin, [total / self.every for total in self.sums], self.variables)
            self.sums = [np.zeros_like(total) for total in self.sums]

    def finish(self):
        """The state as the gathering optimizer holds it."""
        known = {v.path: v.value for v in self.twin.variables}
        gathered = iter(self.sums)
        for v in self.optimizer.variables:
            if v.path.endswith("_gradient_accumulator"):
                v.assign(next(gathered))
            else:
                v.assign(self.steps if v.path.endswith("/iteration") else known[v.path])
