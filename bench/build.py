"""What Cornu costs those who build with it: the seconds to include all of it, and to compile and link a small program
against the installed library. Processor time of the compiler and linker, the least of several runs, so that a busy
machine hardly matters; beside it the standard headers that the public headers name, which nothing can undercut.

    python3 bench/build.py BUILD_FOLDER [--runs 7] [--compiler g++] [--check]
"""

import argparse
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE_BUDGET, PROGRAM_BUDGET = 0.4, 3.0  # seconds


def seconds(command, runs, **how):
    best = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **how)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def include(compiler, text, runs, flags=()):
    command = [compiler, "-std=c++20", "-O2", *flags, "-c", "-x", "c++", "-", "-o", "/dev/null"]
    return seconds(command, runs, input=text.encode())


def standard_headers():
    names = set()
    for path in (ROOT / "include").rglob("*.h"):
        names.update(re.findall(r"#include <([a-z_]+)>", path.read_text()))
    return "".join(f"#include <{name}>\n" for name in sorted(names))


def program(build, runs, folder):
    """Configures the consumer's project against an installation, then compiles and links it from nothing each time."""
    installed, out = folder / "installed", folder / "out"
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["cmake", "--install", build, "--prefix", installed], **quiet)
    subprocess.run(["cmake", "-S", ROOT / "tests/consumer", "-B", out, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                    f"-DCMAKE_PREFIX_PATH={installed}"], **quiet)
    return seconds(["cmake", "--build", out, "--clean-first"], runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--check", action="store_true", help="fail over the budgets")
    options = parser.parse_args()
    floor = include(options.compiler, standard_headers(), options.runs)
    whole = include(options.compiler, "#include <cornu/cornu.h>\n", options.runs, ["-I", str(ROOT / "include")])
    with tempfile.TemporaryDirectory() as folder:
        built = program(options.build, max(2, options.runs // 3), pathlib.Path(folder))
    print(f"its standard headers alone          {floor:.2f} s")
    print(f"#include <cornu/cornu.h>            {whole:.2f} s  (budget {INCLUDE_BUDGET} s), {whole / floor:.2f} of those")
    print(f"compile and link a small program    {built:.2f} s  (budget {PROGRAM_BUDGET} s)")
    return options.check and (whole > INCLUDE_BUDGET or built > PROGRAM_BUDGET)


if __name__ == "__main__":
    sys.exit(main())
