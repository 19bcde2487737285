#!/usr/bin/env python3
"""Runs the programs of examples/python on an engine and compares their loss curves from equal weights with Keras'.

    tools/compare_programs.py --record --python .venv-keras/bin/python     Keras writes tests/golden/programs.json
    tools/compare_programs.py --check                                      the same programs under python3 -m cornu
    tools/compare_programs.py --check --command .venv-keras/bin/python     or under any other engine

Recording runs every program twice and refuses what differs by more than 1e-6. KERAS_BACKEND is jax unless it is set.
Programs that Keras runs on TensorFlow alone are recorded with KERAS_BACKEND=tensorflow and skipped elsewhere. Files
that a program writes go into a folder of its own; Fashion-MNIST comes from --fashion-mnist, never from the network.
"""

import argparse
import json
import math
import os
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden" / "programs.json"
DRIVER = ROOT / "tools" / "programs" / "driver.py"


@dataclass
class Program:
    """How a program is compared. `random`: curves that hold chance, of which only the results' bounds are checked."""

    tolerance: float = 1e-5
    random: tuple = ()
    bounds: dict = field(default_factory=dict)  # result -> (lowest, highest), in place of the recorded value
    weights: float = 1e-4  # of single weights of `model`, relative to each or 1 % of its largest; 0: not compared
    keep_weights: bool = False  # the program's initializers are not random
    tensorflow: bool = False  # Keras can run it on TensorFlow alone: tf.GradientTape, or values inside an eager step


PROGRAMS = {
    "autoencoder": Program(),
    "branches_residual": Program(),
    "class_weights": Program(),
    "clone_and_transfer": Program(),
    "closure_loss": Program(weights=1e-3),
    "custom_loop": Program(),
    "custom_metric": Program(),
    "custom_optimizer": Program(keep_weights=True),
    "custom_train_step": Program(tensorflow=True),
    "data_dependent": Program(),
    "dense_subclass": Program(),
    "dictionary_subclass": Program(),
    "eager_debugging": Program(tensorflow=True),
    "early_stopping": Program(),
    "feature_extraction": Program(),
    # Keras asks a PyDataset once more than there are epochs whether one has ended.
    "generators": Program(bounds={"epochs_ended": (6, 7)}),
    "gradient_tape": Program(tensorflow=True),
    "learning_curves": Program(),
    "learning_rate": Program(),
    "masked_sequences": Program(),
    "mixin_model": Program(),
    "named_inputs_outputs": Program(),
    "nested_models": Program(),
    "operations_in_graph": Program(tolerance=3e-5),  # a difference of predictions
    "preprocessing_inside": Program(),
    "regularisation_study": Program(
        random=("dropout", "noise"), bounds={"dropout": (0.68, 0.82), "noise": (0.68, 0.82)}, weights=0
    ),
    "save_custom_objects": Program(),
    "scan_recurrence": Program(),
    "scratch_ops": Program(tolerance=5e-5),  # a gradient whose terms nearly cancel
    "search_loop": Program(weights=1e-3),
    "sequential_model": Program(),
    "siamese_pair": Program(),
    "structured_dataset": Program(),
    "subclassed_layer": Program(),
    "textbook_8_10_1": Program(),
    "textbook_8_10_8_1": Program(),
    "textbook_fashion_mnist": Program(  # 4,690 steps: the last bit of a sum has grown to a hundredth by the end
        tolerance=0.02, weights=0, bounds={"accuracy": (0.84, 0.875), "loss": (0.38, 0.46)}
    ),
    "textbook_two_features": Program(),
    "threads": Program(),
    "transfer_freezing": Program(),
    "two_output_steps": Program(tolerance=3e-5, tensorflow=True),  # single numbers after 80 steps of Adam
    "weighted_outputs": Program(),
}


def run(command, arguments, options):
    """What the driver wrote; the program runs in a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        home = Path(folder) / "home" / "datasets" / "fashion-mnist"
        home.mkdir(parents=True)
        for file in options.fashion_mnist.glob("*.gz"):
            (home / file.name).symlink_to(file.resolve())
        environment = {
            "KERAS_BACKEND": "jax",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
            **os.environ,
            "KERAS_HOME": str(home.parent.parent),
        }
        arguments = [str(out) if a is None else str(a) for a in arguments]
        done = subprocess.run(
            [*command, str(DRIVER), *arguments], cwd=folder, env=environment, capture_output=True, text=True
        )
        if options.show or done.returncode:
            print(done.stdout)
        if done.returncode:
            raise RuntimeError("\n".join(done.stderr.splitlines()[-12:]))
        return json.loads(out.read_text())


def run_program(name, command, options):
    flags = ["--keep-weights"] if PROGRAMS[name].keep_weights else []
    return run(command, [ROOT / "examples" / "python" / f"{name}.py", None, *flags], options)


def flat(value):
    return [item for part in value for item in flat(part)] if isinstance(value, list) else [value]


def difference(ours, golden):
    """Largest relative difference; numbers below a hundredth of the largest count as that. Infinite if not alike."""
    ours, golden = flat(ours), flat(golden)
    if len(ours) != len(golden):
        return math.inf
    numbers = [isinstance(b, (int, float)) and not isinstance(b, bool) for b in golden]
    largest = max((abs(b) for b, number in zip(golden, numbers) if number), default=0) or 1e-30
    worst = 0.0
    for a, b, number in zip(ours, golden, numbers):
        if not number or not isinstance(a, (int, float)):
            worst = worst if a == b else math.inf
        elif not (math.isnan(a) and math.isnan(b)):
            gap = abs(a - b) / max(abs(b), 0.01 * largest)
            worst = max(worst, math.inf if math.isnan(gap) else gap)
    return worst


def differences(program, ours, golden):
    """(what, difference) of everything that is compared by value."""
    for name in {**golden["curves"], **ours["curves"]}:
        if name in program.random:
            continue
        mine, theirs = ours["curves"].get(name, {}), golden["curves"].get(name, {})
        for key in {**theirs, **mine}:
            yield f"curve {name} {key}".replace("  ", " "), difference(mine.get(key, []), theirs.get(key, []))
    for key in {**golden["results"], **ours["results"]}:
        if key not in program.bounds:
            yield f"result {key}", difference([ours["results"].get(key)], [golden["results"].get(key)])
    if program.weights:
        shapes = (
            [[w["name"], w["shape"]] for w in ours["weights"]],
            [[w["name"], w["shape"]] for w in golden["weights"]],
        )
        yield "names and shapes of weights", difference(*shapes)
        for mine, theirs in zip(ours["weights"], golden["weights"]):
            for key in ("mean_size", "values"):
                yield f"weight {theirs['name']} {key}", difference([mine[key]], [theirs[key]])


def out_of_bounds(program, ours):
    for key, (low, high) in program.bounds.items():
        value = ours["results"].get(key)
        if not isinstance(value, (int, float)) or not low <= value <= high:
            yield f"result {key}: {value} is not between {low} and {high}"


def verdict(program, ours, golden, tolerance=None):
    """A line about the worst difference, and what is wrong; `tolerance` in place of the program's own."""
    all_of_them = sorted(differences(program, ours, golden), key=lambda pair: pair[1], reverse=True)
    wrong = []
    for what, gap in all_of_them:
        allowed = tolerance or (program.weights if what.startswith("weight ") else program.tolerance)
        if not gap <= allowed:
            wrong.append(f"{what} differs by {gap:.1e}, more than {allowed:.0e}")
    wrong += out_of_bounds(program, ours)
    worst = f"worst: {all_of_them[0][0]} {all_of_them[0][1]:.1e}" if all_of_them else "nothing compared"
    return worst, wrong


def write_junit(path, rows):
    """A report as other tests leave one: `rows` of (name, why it was skipped, what is wrong)."""
    suite = ET.Element(
        "testsuite",
        name="programs",
        tests=str(len(rows)),
        failures=str(sum(bool(wrong) for _, _, wrong in rows)),
        errors="0",
    )
    for name, skipped, wrong in rows:
        case = ET.SubElement(suite, "testcase", classname="programs", name=name)
        if skipped:
            ET.SubElement(case, "skipped", message=skipped)
        if wrong:
            ET.SubElement(case, "failure", message="\n".join(wrong))
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(suite).write(path)


def visit(names, command, options, work):
    """Calls `work` for each program and prints its line; the number of programs that failed."""
    engine = run(command, ["--engine", None], options)
    print(", ".join(f"{key} {value}" for key, value in engine.items()))
    rows = []
    for name in names:
        if PROGRAMS[name].tensorflow and engine["name"] == "keras" and engine["backend"] != "tensorflow":
            print(f"skip {name}: for Keras only on TensorFlow", flush=True)
            rows.append((name, "for Keras only on TensorFlow", []))
            continue
        try:
            line, wrong = work(name, engine)
        except RuntimeError as error:
            line, wrong = "did not run", [str(error)]
        rows.append((name, "", wrong))
        print(
            f"{'FAIL' if wrong else 'ok  '} {name:24} {line}", *wrong[:8], sep="\n       " if wrong else " ", flush=True
        )
    if options.junit:
        write_junit(options.junit, rows)
    return sum(bool(wrong) for _, _, wrong in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--record", action="store_true")
    mode.add_argument("--check", action="store_true")
    parser.add_argument("--python", type=Path, help="the interpreter that has Keras, for --record")
    parser.add_argument("--command", default="python3 -m cornu", help="what runs a script, for --check")
    parser.add_argument("--only", default="", help="names of programs, with commas between")
    parser.add_argument("--golden", type=Path, default=GOLDEN)
    parser.add_argument("--fashion-mnist", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--junit", type=Path, help="leaves a JUnit report")
    parser.add_argument("--show", action="store_true", help="print what the programs print")
    options = parser.parse_args()
    found = {path.stem for path in (ROOT / "examples" / "python").glob("*.py")}
    if found != set(PROGRAMS):
        sys.exit(f"the table and examples/python differ: {', '.join(sorted(found ^ set(PROGRAMS)))}")
    names = options.only.split(",") if options.only else sorted(PROGRAMS)
    golden = json.loads(options.golden.read_text()) if options.golden.exists() else {}

    def record(name, engine):
        first, second = (run_program(name, command, options) for _ in range(2))
        line, wrong = verdict(PROGRAMS[name], second, first, 1e-6)
        seconds = first.pop("seconds")
        if not wrong:
            for chance in PROGRAMS[name].random:
                first["curves"].pop(chance)
            if not PROGRAMS[name].weights:
                first["weights"] = []
            golden[name] = {"engine": f"{engine['name']} {engine['version']} on {engine['backend']}", **first}
        return f"{seconds:5.1f} s, {line}", wrong

    def check(name, engine):
        if name not in golden:
            return "", ["not recorded"]
        ours = run_program(name, command, options)
        line, wrong = verdict(PROGRAMS[name], ours, golden[name])
        return f"{ours['seconds']:5.1f} s, {line}", wrong

    if options.record:
        command = [str(options.python.absolute())] if options.python else parser.error("--record needs --python")
        failures = visit(names, command, options, record)
        lines = [f"{json.dumps(name)}: {json.dumps(golden[name])}" for name in sorted(golden)]
        options.golden.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    else:
        command = shlex.split(options.command)
        failures = visit(names, command, options, check)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
