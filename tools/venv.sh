#!/bin/sh
# Makes the virtual environment of the Python package's build and tests where $1 is its interpreter, if need be. pandas is
# for tests alone, which leave it out where another interpreter has none.
set -e
python=$1
needs="nanobind numpy pytest scikit-build-core"
imports="import nanobind, numpy, pytest, scikit_build_core"
case $python in
  */.venv/bin/python) "$python" -c "$imports, pandas" 2>/dev/null && exit 0 ;;
  *)
    "$python" -c "$imports" 2>/dev/null && exit 0
    echo "please install for $python: $needs" >&2
    exit 1
    ;;
esac
echo "installing into ${python%/bin/python}: $needs pandas"
[ -x "$python" ] || python3 -m venv "${python%/bin/python}"
"$python" -m pip install -q --disable-pip-version-check "nanobind>=2.4" "numpy>=1.22" pytest "scikit-build-core>=0.10" pandas
