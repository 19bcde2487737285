#!/bin/sh
# Makes the virtual environment of the Python package's build and tests where $1 is its interpreter, if need be.
set -e
python=$1
needs="nanobind numpy pytest scikit-build-core"
"$python" -c 'import nanobind, numpy, pytest, scikit_build_core' 2>/dev/null && exit 0
case $python in
  */.venv/bin/python) ;;
  *) echo "please install for $python: $needs" >&2; exit 1 ;;
esac
echo "installing into ${python%/bin/python}: $needs"
python3 -m venv "${python%/bin/python}"
"$python" -m pip install -q --disable-pip-version-check "nanobind>=2.4" "numpy>=1.22" pytest "scikit-build-core>=0.10"
