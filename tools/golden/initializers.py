"""Initializers of keras.initializers: exact values where there are any, otherwise limits and what a large draw shows.

Random bits differ between systems, so the C++ test draws as many numbers itself and compares statistics.
"""

import inspect

import keras
from keras.src.initializers.random_initializers import compute_fans

from .common import case, config, np

FLOAT_TYPES = ("float32",)
SHAPES = [(64, 48), (3, 3, 8, 16), (50,)]
DRAWN = 40_000  # at least so many numbers per shape, over draws with seeds 0, 1, ...

RANDOM = {  # class -> argument sets
    "GlorotNormal": [{}],
    "GlorotUniform": [{}],
    "HeNormal": [{}],
    "HeUniform": [{}],
    "LecunNormal": [{}],
    "LecunUniform": [{}],
    "Orthogonal": [{}, {"gain": 0.7}],
    "RandomNormal": [{}, {"mean": 0.5, "stddev": 2.0}],
    "RandomUniform": [{}, {"minval": -0.2, "maxval": 0.6}],
    "TruncatedNormal": [{}, {"mean": 0.5, "stddev": 2.0}],
    "VarianceScaling": [
        {"scale": 2.0, "mode": mode, "distribution": distribution}
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "untruncated_normal", "uniform")
    ],
}
EXACT = {
    "Constant": [{}, {"value": 0.25}],
    "Identity": [{}, {"gain": 0.7}],
    "Ones": [{}],
    "STFT": [{}, {"side": "imag", "window": "hamming", "scaling": "spectrum", "periodic": True}],
    "Zeros": [{}],
}
ALIASES = {"IdentityInitializer", "OrthogonalInitializer", "STFTInitializer"}  # of Identity, Orthogonal, STFT


def record():
    classes = {n for n, m in inspect.getmembers(keras.initializers, inspect.isclass) if n == m.__name__ or n in EXACT}
    missing = {n for n in classes if n[0].isupper()} - set(RANDOM) - set(EXACT) - ALIASES - {"Initializer"}
    assert not missing, missing
    cases = []
    for name, argument_sets in EXACT.items():
        for i, arguments in enumerate(argument_sets):
            initializer = getattr(keras.initializers, name)(**arguments)
            shapes = {"Identity": [(4, 4), (3, 5)], "STFT": [(8, 1, 5)]}.get(name, [(2, 3), (4,)])
            outputs = {"x".join(map(str, shape)): initializer(shape) for shape in shapes}
            cases.append(case(f"{name}_{i}" if i else name, initializer, {}, outputs, kind="exact"))
    for name, argument_sets in RANDOM.items():
        for i, arguments in enumerate(argument_sets):
            shapes = [s for s in SHAPES if name != "Orthogonal" or len(s) > 1]
            label = "_".join([name, *(str(v) for v in arguments.values())]) if i or "mode" in arguments else name
            cases += [random_case(name, arguments, shape, label) for shape in shapes]
    return {"cases": cases}


def random_case(name, arguments, shape, label):
    make = getattr(keras.initializers, name)
    draws = -(-DRAWN // int(np.prod(shape)))
    values = np.stack([np.asarray(make(**arguments, seed=seed)(shape), "float64") for seed in range(draws)])
    statistics = {"count": values.size, "mean": values.mean(), "std": values.std()}
    statistics |= {"min": values.min(), "max": values.max()}
    statistics = {key: float(f"{value:.6g}") for key, value in statistics.items()}
    exact = {"fan_in": compute_fans(shape)[0], "fan_out": compute_fans(shape)[1], **facts(make(**arguments), shape)}
    if name == "Orthogonal":
        check_orthogonal(values[0], exact["gain"])
    return {
        "name": label + "_" + "x".join(map(str, shape)),
        "config": config(make(**arguments)),
        "kind": "random",
        "shape": list(shape),
        "facts": exact,
        "statistics": statistics,
    }


def facts(initializer, shape):
    """What the formula says: `limit` of uniform ones; `stddev` of normal ones, with `truncated_at` its cut-off.

    For a truncated normal `stddev` is that of the whole bell, from which values beyond 2 stddev are redrawn;
    VarianceScaling divides by 0.8796... first, so that what is left has the variance asked for (`target_stddev`).
    """
    settings = initializer.get_config()
    if isinstance(initializer, keras.initializers.Orthogonal):
        return {"gain": settings["gain"]}
    if isinstance(initializer, keras.initializers.RandomUniform):
        return {"minval": settings["minval"], "maxval": settings["maxval"]}
    if isinstance(initializer, keras.initializers.TruncatedNormal):
        return {"stddev": settings["stddev"], "mean": settings["mean"], "truncated_at": 2 * settings["stddev"]}
    if isinstance(initializer, keras.initializers.RandomNormal):
        return {"stddev": settings["stddev"], "mean": settings["mean"]}
    fan_in, fan_out = compute_fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[initializer.mode]
    scale = initializer.scale / max(1.0, fan)
    if initializer.distribution == "uniform":
        return {"limit": float(np.sqrt(3 * scale))}
    if initializer.distribution == "untruncated_normal":
        return {"stddev": float(np.sqrt(scale)), "mean": 0}
    stddev = float(np.sqrt(scale) / 0.87962566103423978)
    return {"stddev": stddev, "mean": 0, "truncated_at": 2 * stddev, "target_stddev": float(np.sqrt(scale))}


def check_orthogonal(value, gain):
    rows = value.reshape(-1, value.shape[-1])
    small = rows.T @ rows if rows.shape[0] >= rows.shape[1] else rows @ rows.T
    assert np.allclose(small, gain**2 * np.eye(len(small)), atol=1e-5)
