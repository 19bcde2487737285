"""``python -m cornu script.py``: runs a script that imports keras, or tensorflow for its keras, on Cornu."""
import os
import runpy
import sys


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print("usage: python -m cornu script.py [arguments]   a script that imports keras or tensorflow.keras\n"
              "       python -m cornu -m module [arguments]")
        return 0 if len(sys.argv) > 1 else 2
    from . import _alias
    _alias.install()
    if sys.argv[1] == "-m":
        sys.argv = sys.argv[2:]
        sys.path[0] = os.getcwd()
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return 0
    path = sys.argv[1]
    if not os.path.exists(path):
        print(f"cornu: there is no file '{path}'", file=sys.stderr)
        return 2
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    runpy.run_path(path, run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
