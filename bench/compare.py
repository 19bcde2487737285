"""Runs our steps and the peers' one after the other, several rounds, and prints medians and ratios of one run.

usage: compare.py [--build build] [--python .venv-bench/bin/python] [--rounds 3] [--no-keras]
Each record holds the other core's idle share before and after, from /proc/stat.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent


def run(command, env=None):
    out = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(env or {})})
    lines = [json.loads(line) for line in out.stdout.splitlines() if line.startswith("{")]
    return lines, out


def idle_share(seconds=1.0):
    def read():
        values = [int(v) for v in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
        return values[3] + values[4], sum(values)

    idle0, all0 = read()
    time.sleep(seconds)
    idle1, all1 = read()
    return (idle1 - idle0) / max(1, all1 - all0)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build")
    p.add_argument("--python", default=".venv-bench/bin/python")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--no-keras", action="store_true")
    p.add_argument("--only", default="", help="a workload, as convnet; all of them if not said")
    a = p.parse_args()
    hand = pathlib.Path(a.build) / "bench" / "hand"
    subprocess.run(["c++", "-O3", "-march=native", "-ffast-math", "-std=c++20", str(HERE / "peers/hand.cpp"), "-o", str(hand)],
                   check=True)
    ours = str(pathlib.Path(a.build) / "bench" / "steps_bench")
    one = {"CORNU_NUM_THREADS": "1"}
    jobs = {
        "small": {"ours": ([ours, "small"], one), "hand-specialised loop": ([str(hand)], None)},
        "medium": {"ours": ([ours, "medium"], one)},
        "large": {"ours": ([ours, "large"], None), "mixed_bfloat16": ([ours, "large_bfloat16"], None)},
        "convnet": {"ours": ([ours, "convnet"], None)},
        "predict": {"ours": ([ours, "predict"], one)},
    }
    if pathlib.Path(a.python).exists():
        for which, threads in (("small", "1"), ("medium", "1"), ("large", "2")):
            jobs[which]["JAX scan"] = ([a.python, str(HERE / "peers/jax_scan.py"), which, threads], None)
        if not a.no_keras:
            for which in ("small", "medium", "large", "convnet"):
                jobs[which]["Keras on JAX"] = ([a.python, str(HERE / "peers/keras_fit.py"), which], {"KERAS_BACKEND": "jax"})
    print(f"idle share of all cores at the start: {idle_share():.2f}")
    print(subprocess.run([str(pathlib.Path(a.build) / "bench" / "gemm_bench"), "check"], capture_output=True,
                         text=True).stdout.strip())
    for which, peers in jobs.items():
        if a.only and which != a.only:
            continue
        times = {name: [] for name in peers}
        for _ in range(a.rounds):
            for name, (command, env) in peers.items():
                lines, out = run(command, env)
                if not lines:
                    raise SystemExit(f"{name}: {out.stderr[-400:]}")
                times[name].append([line["median_us"] for line in lines])
        mine = [statistics.median(t) for t in zip(*times["ours"])]
        for name, values in times.items():
            medians = [statistics.median(t) for t in zip(*values)]
            ratio = "" if name == "ours" or which == "predict" else f"  ours / it = {mine[0] / medians[0]:.2f}"
            print(f"{which:8} {name:24} " + ", ".join(f"{m:.3f} us" for m in medians) + ratio, flush=True)
    if a.only:
        return
    print(run([str(pathlib.Path(a.build) / "bench" / "process_bench")], one)[1].stderr.strip())
    print(run([str(pathlib.Path(a.build) / "bench" / "compile_bench")], one)[1].stdout.strip())
    print(f"idle share of all cores at the end: {idle_share():.2f}")


if __name__ == "__main__":
    main()
