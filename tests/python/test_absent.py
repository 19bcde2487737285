"""Names that are not there: Keras' that come later, misspelt ones, TensorFlow's own."""
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import cornu as keras

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("module, name", [("layers", "Conv2D"), ("callbacks", "TensorBoard"), ("ops", "svd"),
                                          ("utils", "image_dataset_from_directory"),
                                          ("random", "gamma")])
def test_names_of_keras_that_come_later(module, name):
    place = getattr(keras, module)
    sentence = f"keras.{module}.{name} is part of Keras, but Cornu does not support it yet"
    with pytest.raises(AttributeError, match=sentence.replace(".", r"\.")):
        getattr(place, name)
    assert not hasattr(place, name)
    with pytest.raises(ImportError, match=sentence.replace(".", r"\.")):
        exec(f"from cornu.{module} import {name}")


def test_misspelt_names():
    with pytest.raises(AttributeError, match=r"module 'keras\.layers' has no attribute 'Desne'; did you mean 'Dense'\?"):
        keras.layers.Desne
    with pytest.raises(AttributeError, match="has no attribute 'Sequentail'; did you mean 'Sequential'"):
        keras.Sequentail
    with pytest.raises(ImportError, match="has no attribute 'Adan'"):
        exec("from cornu.optimizers import Adan")


def test_the_list_of_names_is_that_of_the_recorded_signatures():
    from cornu import _absent
    recorded = json.loads((ROOT / "tests/golden/signatures.json").read_text())
    assert _absent.known_names() == {module: sorted(names) for module, names in recorded.items()}


def test_what_scripts_use_of_tensorflow(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("""
import numpy as np
import tensorflow as tf
x = tf.constant([[1.0, -2.0], [3.0, 4.0]])
assert float(tf.reduce_mean(x)) == 1.5 and float(tf.math.reduce_mean(x)) == 1.5
assert tf.shape(x)[0] == 2 and tf.size(x) == 4 and int(tf.rank(x)) == 2
np.testing.assert_array_equal(tf.range(3), [0, 1, 2])
np.testing.assert_allclose(tf.clip_by_norm(x, 1.0), x / np.linalg.norm(x), rtol=1e-6)
np.testing.assert_array_equal(tf.gather(x, [1, 0]), [[3, 4], [1, -2]])
np.testing.assert_array_equal(tf.fill((2,), 7.0), [7, 7])
z, y = np.array([2.0, -1.0], "float32"), np.array([1.0, 0.0], "float32")
np.testing.assert_allclose(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z),
                           np.log1p(np.exp([-2.0, -1.0])), rtol=1e-6)
np.testing.assert_allclose(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=z), np.log1p(np.exp(-3.0)), rtol=1e-6)
tf.print("printed", 1)
try:
    tf.data.TFRecordDataset("x")
except AttributeError as e:
    print(e)
""")
    done = subprocess.run([sys.executable, "-m", "cornu", str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["printed 1", "tensorflow.data.TFRecordDataset is not part of Keras, and Cornu has no "
                                        "stand-in for it; use keras.ops, or run this part with TensorFlow"]
