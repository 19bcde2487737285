"""``python -m cornu``: runs a script that imports keras, or tensorflow for its keras; and Cornu's command line."""
import os
import runpy
import sys

_USAGE = """usage: python -m cornu script.py [arguments]   a script that imports keras or tensorflow.keras
       python -m cornu -m module [arguments]
       python -m cornu command [arguments]     the command line:
"""


def main():
    first = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if first == "-m" and len(sys.argv) > 2:
        sys.argv = sys.argv[2:]
        sys.path[0] = os.getcwd()
        _alias_keras()
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return 0
    if not first.endswith(".py"):
        return _command_line(sys.argv[1:])
    if not os.path.exists(first):
        print(f"cornu: there is no file '{first}'", file=sys.stderr)
        return 2
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(first))
    _alias_keras()
    runpy.run_path(first, run_name="__main__")
    return 0


def _alias_keras():
    from . import _alias
    _alias.install()


def _command_line(arguments):
    """The program that the package holds takes this process over: signals, output and exit status are its own."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "cornu")
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE)
    if not os.path.exists(program):
        print("cornu: this package was built without the command line (CLI11 was missing)", file=sys.stderr)
        return 2
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(program, ["cornu", *arguments])


if __name__ == "__main__":
    sys.exit(main())
