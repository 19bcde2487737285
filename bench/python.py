"""Cornu's Python package beside Keras on its backends: a table of one run, interleaved, medians of the rounds.

usage: python.py --cornu PYTHON [--build build] [--peer NAME=PYTHON[:BACKEND] ...] [--rounds 3] [--process]

    bench/python.py --cornu .venv/bin/python --peer "Keras on JAX=.venv-bench/bin/python:jax" --process
"""

import argparse
import os
import pathlib
import statistics
import sys
import time

from compare import HERE, idle_share, run

KEYS = ["import_ms", "fit_step_us", "predict_row_us", "call_row_us", "predict_two_us", "call_two_us", "ops_add_us",
        "arrays_add_us", "numpy_add_us", "peak_mb"]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--cornu", default=sys.executable, help="a Python that can import cornu (or numpy, with --build)")
    p.add_argument("--build", help="a build folder whose python/ holds the package")
    p.add_argument("--peer", action="append", default=[])
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--process", action="store_true", help="time whole processes too: 100 epochs; peers take long")
    a = p.parse_args()
    path = {"PYTHONPATH": str(pathlib.Path(a.build).resolve() / "python")} if a.build else {}
    engines = {"Cornu": ([a.cornu, "-m", "cornu"], {**path, "CORNU_NUM_THREADS": "1"})}
    for peer in a.peer:
        name, _, rest = peer.partition("=")
        python, _, backend = rest.partition(":")
        engines[name] = ([python], {"KERAS_BACKEND": backend or "jax", "TF_CPP_MIN_LOG_LEVEL": "3"})
    print(f"idle share of all cores at the start: {idle_share():.2f}")
    records = {name: [] for name in engines}
    for _ in range(a.rounds):
        for name, (command, env) in engines.items():
            lines, out = run([*command, str(HERE / "peers/python_small.py")], env)
            if not lines:
                raise SystemExit(f"{name}: {out.stderr[-600:]}")
            records[name].append(lines[-1])
    print(f"{'':24}" + "".join(f"{k:>16}" for k in KEYS))
    for name, rows in records.items():
        print(f"{name:24}" + "".join(f"{statistics.median(r[k] for r in rows):16.2f}" for k in KEYS), flush=True)
    if a.process:
        for name, (command, env) in engines.items():
            times = []
            for _ in range(3 if name == "Cornu" else 1):
                start = time.perf_counter()
                run([*command, str(HERE / "peers/python_process.py")], env)
                times.append(time.perf_counter() - start)
            print(f"{name:24} whole process of 100 epochs: {statistics.median(times):.3f} s", flush=True)
    print(f"idle share of all cores at the end: {idle_share():.2f}")


if __name__ == "__main__":
    os.chdir(HERE.parent)
    main()
