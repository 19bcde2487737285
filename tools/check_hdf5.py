"""Opens with h5py the HDF5 files that the tests wrote and compares them with the JSON written beside each.

CORNU_KEEP_FILES=DIR build/tests/io_tests --gtest_filter='H5Writer.*' && python tools/check_hdf5.py DIR
"""

import json
import sys
from pathlib import Path

import h5py
import numpy as np


def check(got, expected, where):
    if expected.get("null"):
        assert isinstance(got, h5py.Empty), where
        return
    got = np.asarray(got)
    assert list(got.shape) == expected["dims"], (where, got.shape, expected["dims"])
    if expected["type"] == "string":
        assert [str(v) for v in got.reshape(-1)] == expected["strings"], where
        return
    kind = "bfloat16" if got.dtype.kind == "V" else got.dtype.name
    assert kind == expected["type"], (where, got.dtype)
    assert got.tobytes().hex() == expected["hex"], where


files = sorted(Path(sys.argv[1]).glob("*.h5"))
assert files, "no files to check"
for path in files:
    expected = json.loads(Path(f"{path}.json").read_text())
    with h5py.File(path, "r") as f:
        found = []
        f.visititems(lambda name, node: found.append(name) if isinstance(node, h5py.Dataset) else None)
        assert sorted(found) == sorted(expected["datasets"]), path
        for name, value in expected["datasets"].items():
            check(f[name][()], value, (path, name))
        for name, attributes in expected["attributes"].items():
            node = f[name] if name else f
            assert set(attributes) <= set(node.attrs), (path, name)
            for key, value in attributes.items():
                check(node.attrs[key], value, (path, name, key))
    # The library's own bookkeeping must agree too: add and remove entries.
    with h5py.File(path, "r+") as f:
        f["added/by/h5py"] = np.arange(3)
        for name in list(expected["datasets"])[::2]:
            del f[name]
    with h5py.File(path, "r") as f:
        for name in list(expected["datasets"])[1::2]:
            check(f[name][()], expected["datasets"][name], (path, name))
    print(f"{path.name}: {len(expected['datasets'])} datasets agree")
