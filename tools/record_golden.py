#!/usr/bin/env python3
"""Record what Keras computes, so that the C++ tests can compare with it without needing Keras.

    python -m venv .venv-keras && .venv-keras/bin/pip install keras==3.15.1 jax numpy h5py
    KERAS_BACKEND=jax .venv-keras/bin/python tools/record_golden.py [family ...]

Writes `tests/golden/<family>.json`, one file per module of `tools/golden/`, and for the family `files` also
`tests/golden/files/`. Seeds are fixed: two runs on the same machine write the same bytes.

A family is a module with `record() -> dict`. The dict holds `cases`, and may hold inputs that all cases share; a module
may name the float types it is recorded for in `FLOAT_TYPES`. Keras fixes its float type, and JAX whether float64
exists at all, when they start, so each float type is recorded by a process of its own and the cases are merged here.
`tests/golden/README.md` describes the keys.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FAMILIES = (
    "activations losses metrics initializers regularizers schedules optimizers layers spatial merging attention graphs operations training files "
    "summary configs saved ops formulas".split()
)
ROOT = Path(__file__).resolve().parent.parent
FLOAT_TYPES = ("float32", "float64")


def record_one_float_type(families, float_type, scratch):
    """In a fresh process: record the families for one float type, each into its own file of `scratch`."""
    import keras
    from golden import common

    keras.config.set_floatx(float_type)
    for family in families:
        module = importlib.import_module(f"golden.{family}")
        if float_type not in getattr(module, "FLOAT_TYPES", FLOAT_TYPES):
            continue
        keras.utils.clear_session()
        keras.utils.set_random_seed(common.SEED)
        recorded = module.record()
        recorded["cases"] = [{"name": case.pop("name"), "dtype": float_type, **case} for case in recorded["cases"]]
        (scratch / f"{family}.{float_type}.json").write_text(json.dumps(recorded))
        print(f"{family} {float_type}: {len(recorded['cases'])} cases", flush=True)


def one_case_per_line(recorded):
    """JSON that is small, and yet shows in a diff which case changed."""
    fields = [f"{json.dumps(key)}:{compact(value)}" for key, value in recorded.items() if key != "cases"]
    cases = ",\n".join(compact(case) for case in recorded["cases"])
    return "{" + ",\n".join([*fields, f'"cases":[\n{cases}\n]']) + "}\n"


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def merge(family, scratch, out):
    merged = {"keras": "3.15.1", "backend": "jax"}
    cases = []
    for float_type in FLOAT_TYPES:
        part = scratch / f"{family}.{float_type}.json"
        if not part.exists():
            continue
        recorded = json.loads(part.read_text())
        cases += recorded.pop("cases")
        for key, value in recorded.items():
            merged.setdefault(key, value)
    merged["cases"] = cases
    target = out / f"{family}.json"
    target.write_text(one_case_per_line(merged), encoding="utf-8")
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size / 1000:.0f} kB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", metavar="family", help=f"one of {', '.join(FAMILIES)}; default: all")
    parser.add_argument("--out", type=Path, default=ROOT / "tests" / "golden", help="where to write")
    parser.add_argument("--float-type", choices=FLOAT_TYPES, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    families = options.families or list(FAMILIES)
    unknown = [family for family in families if family not in FAMILIES]
    if unknown:
        parser.error(f"unknown family {', '.join(unknown)}; there are {', '.join(FAMILIES)}")
    if options.float_type:
        record_one_float_type(families, options.float_type, options.scratch)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        processes = []
        for float_type in FLOAT_TYPES:
            environment = dict(os.environ, KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", PYTHONHASHSEED="0")
            environment["JAX_ENABLE_X64"] = "1" if float_type == "float64" else "0"
            environment["CORNU_GOLDEN_OUT"] = str(options.out)
            command = [sys.executable, __file__, *families, "--float-type", float_type, "--scratch", scratch]
            processes.append(subprocess.Popen(command, env=environment))
        if any([process.wait() for process in processes]):
            sys.exit("recording failed")
        for family in families:
            merge(family, Path(scratch), options.out)


if __name__ == "__main__":
    main()
