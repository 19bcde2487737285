"""`pip install .`, into a folder of its own: what is installed works without the source tree."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of a real installation. Its build is kept beside the one that is tested and calls the same compiler in
    the same way, so that the compiler's cache knows every file; pip would take the compiler that built Python."""
    target = tmp_path_factory.mktemp("installed")
    tested = pathlib.Path(os.environ.get("CORNU_BUILD", ROOT / "build"))
    build = tested.with_name(tested.name + "-wheel")
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", (tested / "CMakeCache.txt").read_text(), re.MULTILINE)[1]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--no-index", "--quiet",
         "--disable-pip-version-check", "--target", str(target),
         f"--config-settings=build-dir={build}",
         "--config-settings=cmake.define.CORNU_WERROR=ON", str(ROOT)],
        env={**os.environ, "CXX": compiler}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def run(installed, *arguments):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run([sys.executable, *arguments], cwd=installed, env=environment, capture_output=True, text=True)


def test_is_complete(installed):
    package = installed / "cornu"
    for name in ["py.typed", "_docs.json", "layers.pyi", "_core.pyi", "bin/cornu"]:
        assert (package / name).exists(), name
    assert {p.name for p in (ROOT / "python" / "cornu").rglob("*.py")} == {p.name for p in package.rglob("*.py")}
    assert (installed / "bin" / "cornu").exists()  # the console script


def test_version(installed):
    version = re.search(r'CORNU_VERSION "([0-9.]+)"', (ROOT / "include/cornu/version.h").read_text())[1]
    assert (installed / f"cornu-{version}.dist-info").exists()
    assert run(installed, "-c", "import cornu; print(cornu.__version__)").stdout.strip() == version


def test_trains(installed):
    done = run(installed, "-c", "import numpy as np, cornu as keras\n"
               "m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
               "m.compile('sgd', 'mse')\n"
               "h = m.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0)\n"
               # Of the mean square of a row of ones: its three weights take off 6 rates of what is left.
               "np.testing.assert_allclose(h.history['loss'][1:], np.array(h.history['loss'][:-1]) * 0.94 ** 2, rtol=1e-4)\n"
               "print(keras.__file__)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(installed / "cornu" / "__init__.py")


def test_command_line(installed):
    done = run(installed, "-m", "cornu", "info")
    assert done.returncode == 0 and "cornu" in done.stdout
    assert run(installed, "-m", "cornu", "evaluate", "missing.keras", "missing.csv").returncode not in (0, None)
    wrong = run(installed, "-m", "cornu", "trian")
    assert wrong.returncode == 2 and "did you mean 'train'" in wrong.stderr
    script = run(installed, "-m", "cornu", "missing.py")
    assert script.returncode == 2 and "missing.py" in script.stderr


def test_script_that_imports_keras(installed):
    (installed / "script.py").write_text(
        "import sys\nfrom keras.models import Sequential\nprint(Sequential.__module__, sys.argv)\n")
    done = run(installed, "-m", "cornu", "script.py", "--flag")
    assert done.stdout.strip() == "cornu.models ['script.py', '--flag']", done.stderr
