"""The type stubs say what the registry says, and can be read."""
import ast
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STUBS = sorted((ROOT / "python" / "cornu").rglob("*.pyi"))


def test_fresh():
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "gen_pyi.py"), "--check"], capture_output=True,
                          text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("stub", STUBS, ids=lambda p: p.stem)
def test_readable(stub):
    tree = ast.parse(stub.read_text())
    assert tree.body
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            names = [a.arg for a in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
            assert len(names) == len(set(names)), f"{stub.name}: {node.name}"


def test_dense_is_there():
    text = (ROOT / "python" / "cornu" / "layers.pyi").read_text()
    assert "class Dense(Layer):" in text and "units: int, activation: Any = None, use_bias: bool = True" in text
