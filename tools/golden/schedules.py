"""Learning-rate schedules of keras.optimizers.schedules at steps 0 to 60."""

import inspect

import keras

from .common import case, floats, np

STEPS = np.arange(61, dtype="int32")
TABLE = {
    "CosineDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 40},
        {"initial_learning_rate": 0.1, "decay_steps": 40, "alpha": 0.2},
        {"initial_learning_rate": 0.01, "decay_steps": 30, "alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 12},
        {"initial_learning_rate": 0.0, "decay_steps": 30, "warmup_target": 0.2, "warmup_steps": 12},
        {"initial_learning_rate": 0.1, "decay_steps": 30, "warmup_steps": 12},
    ],
    "CosineDecayRestarts": [
        {"initial_learning_rate": 0.1, "first_decay_steps": 10},
        {"initial_learning_rate": 0.1, "first_decay_steps": 12, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1},
        {"initial_learning_rate": 0.1, "first_decay_steps": 12, "t_mul": 1.0, "m_mul": 0.5},
    ],
    "ExponentialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.9},
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5, "staircase": True},
    ],
    "InverseTimeDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.9},
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.9, "staircase": True},
    ],
    "PiecewiseConstantDecay": [{"boundaries": [10, 25, 40], "values": [0.1, 0.05, 0.01, 0.2]}],
    "PolynomialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 40},
        {"initial_learning_rate": 0.1, "decay_steps": 40, "end_learning_rate": 0.01, "power": 0.5},
        {"initial_learning_rate": 0.1, "decay_steps": 15, "end_learning_rate": 0.01, "power": 2.0, "cycle": True},
    ],
}


def record():
    schedules = keras.optimizers.schedules
    classes = {name for name, _ in inspect.getmembers(schedules, inspect.isclass)} - {"LearningRateSchedule"}
    assert classes == set(TABLE), classes ^ set(TABLE)
    cases = []
    for name, argument_sets in TABLE.items():
        for i, arguments in enumerate(argument_sets):
            schedule = getattr(schedules, name)(**arguments)
            rates = floats([np.asarray(schedule(keras.ops.convert_to_tensor(step))) for step in STEPS])
            cases.append(case(f"{name}_{i}" if i else name, schedule, {"step": STEPS}, {"learning_rate": rates}))
    return {"cases": cases}
