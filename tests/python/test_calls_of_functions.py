"""Every argument of utils, random, tree, saving and datasets: honoured, or refused."""
import gzip
import inspect

import numpy as np
import pytest
from call_checks import X, model, refused

import cornu as keras
from cornu import ops


def categorical():
    assert keras.utils.to_categorical([0, 2]).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert keras.utils.to_categorical([[0], [1]], num_classes=3).shape == (2, 3)
    assert keras.utils.to_categorical([[0, 1], [1, 0]]).shape == (2, 2, 2)
    assert np.asarray(keras.utils.to_categorical(ops.array([1, 0]))).tolist() == [[0, 1], [1, 0]]
    for labels, classes in (([-1, 0], None), ([0, 3], 3), ([.5, 1], None)):
        refused(lambda: keras.utils.to_categorical(labels, classes), "to_categorical")


def normalize():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert np.allclose(keras.utils.normalize(x), [[.6, .8], [0, 0]])
    assert np.allclose(keras.utils.normalize(x, axis=0), [[1, 1], [0, 0]])
    assert np.allclose(keras.utils.normalize(x, order=1), [[3 / 7, 4 / 7], [0, 0]])
    assert np.allclose(keras.utils.normalize(x, axis=None), [[.6, .8], [0, 0]])
    assert np.allclose(np.asarray(keras.utils.normalize(ops.array(x))), [[.6, .8], [0, 0]])


def random():
    r = keras.random
    bell = {"mean": (5.0, lambda z: z + 5), "stddev": (9.0, lambda z: 9 * z)}  # what the same seed gives then
    draws = {"normal": bell, "truncated_normal": bell,
             "uniform": {"minval": (.5, lambda u: .5 + .5 * u), "maxval": (2.0, lambda u: 2 * u)}}
    for name, options in draws.items():
        draw = getattr(r, name)
        plain = np.asarray(draw((4,), seed=1))
        assert np.asarray(draw((4, 2), seed=1)).shape == (4, 2) and draw((1,), dtype="float64", seed=1).dtype == "float64"
        assert (np.asarray(draw((4,), seed=2)) != plain).all()
        for option, (value, right) in options.items():
            assert np.allclose(np.asarray(draw((4,), seed=1, **{option: value})), right(plain)), (name, option)
    assert set(np.asarray(r.randint((200,), 2, 5, seed=1)).tolist()) == {2, 3, 4}
    assert r.randint((1,), 2, 5, dtype="float32", seed=1).dtype == "float32"
    logits = np.array([[0.0, -99.0], [-99.0, 0.0]], "float32")
    assert np.asarray(r.categorical(logits, 3, seed=1)).tolist() == [[0, 0, 0], [1, 1, 1]]
    assert r.categorical(logits, 3, dtype="float32", seed=1).dtype == "float32"
    assert np.asarray(r.binomial((3,), 5, 1.0, seed=1)).tolist() == [5, 5, 5]
    assert r.binomial((3,), 5, 0.0, dtype="float64", seed=1).dtype == "float64"
    ones = np.ones((40, 2), "float32")
    rows = np.asarray(r.dropout(ones, .5, noise_shape=(None, 1), seed=1))
    assert (rows[:, 0] == rows[:, 1]).all() and set(rows.ravel().tolist()) == {0, 2}
    assert (np.asarray(r.dropout(ones, 0.0, seed=1)) == 1).all()
    x = np.arange(20).reshape(2, 10)
    assert sorted(np.asarray(r.shuffle(x, axis=1, seed=1))[0].tolist()) == list(range(10))
    assert np.asarray(r.shuffle(x, axis=1, seed=1)).tolist() != np.asarray(r.shuffle(x, axis=1, seed=2)).tolist()
    a, b = r.SeedGenerator(3, name="s"), r.SeedGenerator(3)
    assert a.name == "s" and np.asarray(a.next(ordered=False)).tolist() == np.asarray(b.next()).tolist()
    refused(lambda: r.SeedGenerator(seeds=3), "'seeds'")


def tree():
    t = keras.tree
    nested = {"b": 1, "a": [2, (3, None)]}
    assert t.flatten(nested) == [2, 3, None, 1] and t.pack_sequence_as(nested, [5, 6, 7, 8]) == {"b": 8, "a": [5, (6, 7)]}
    assert t.map_structure(lambda v: v, nested) == nested
    assert t.map_structure(lambda v: v + 1, nested, none_is_leaf=False) == {"b": 2, "a": [3, (4, None)]}
    refused(lambda: t.pack_sequence_as(nested, [1]), "4 leaves", "1")
    refused(lambda: t.map_structure(lambda *v: v, [1, 2], [1]), "list of 2", "one of 1")
    assert t.map_shape_structure(len, (None, 3)) == 2
    assert t.map_shape_structure(len, [(None, 3), {"a": [1, 2, 3]}, ()]) == [2, {"a": 3}, 0]
    assert t.map_shape_structure(str, [(2, 3), "x"]) == ["(2, 3)", "x"]
    refused(lambda: t.assert_same_structure({"a": 1}, {"b": 1}), "['a']", "['b']")


def saving():
    assert keras.saving.get_registered_object("x", {"x": 1}) == 1 == keras.saving.get_registered_object("x", None, {"x": 1})
    refused(lambda: keras.utils.split_dataset([1]), "split_dataset")
    refused(lambda: keras.utils.plot_model(model()), "plot_model")
    refused(lambda: ops.convert_to_tensor([1], sparse=True), "sparse")
    refused(lambda: ops.convert_to_tensor([1], ragged=True), "ragged")
    refused(lambda: ops.moments(X, 0, synchronized=True), "synchronized")
    refused(lambda: ops.one_hot([1], 2, sparse=True), "sparse")


def mnist(tmp_path, monkeypatch):
    """A path is that of a file, or of one in ~/.keras/datasets; another data set never takes its place."""
    from cornu.datasets import fashion_mnist, mnist
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CORNU_MNIST", raising=False)
    monkeypatch.setenv("CORNU_FASHION_MNIST", str(tmp_path))
    (tmp_path / ".keras/datasets").mkdir(parents=True)

    def write(path, label):
        np.savez(path, **{f"{k}_{part}": np.full(3, label) for k in "xy" for part in ("train", "test")})
    write(tmp_path / ".keras/datasets/mnist.npz", 1)
    write(tmp_path / ".keras/datasets/mine.npz", 2)
    write(tmp_path / "here.npz", 3)
    for given, label in ((), 1), (("mine.npz",), 2), ((str(tmp_path / "here.npz"),), 3):
        assert mnist.load_data(*given)[1][1].tolist() == [label] * 3
    refused(lambda: mnist.load_data("missing.npz"), "mnist", "missing.npz", kind=FileNotFoundError)
    with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb") as f:
        f.write(b"not one")
    refused(fashion_mnist.load_data, "not an IDX file")


#: Of each function and method, its arguments that a check here holds.
CHECKS = {
    categorical: {"utils.to_categorical": "x num_classes"},
    normalize: {"utils.normalize": "x axis order"},
    random: {"random.normal": "shape mean stddev dtype seed", "random.truncated_normal": "shape mean stddev dtype seed",
             "random.uniform": "shape minval maxval dtype seed", "random.randint": "shape minval maxval dtype seed",
             "random.categorical": "logits num_samples dtype seed", "random.shuffle": "x axis seed",
             "random.binomial": "shape counts probabilities dtype seed",
             "random.dropout": "inputs rate noise_shape seed", "SeedGenerator.__init__": "seed name kwargs",
             "SeedGenerator.next": "ordered"},
    tree: {"tree.flatten": "structure", "tree.is_nested": "structure", "tree.assert_same_structure": "a b",
           "tree.map_structure": "func structures none_is_leaf",
           "tree.map_shape_structure": "func structure", "tree.pack_sequence_as": "structure flat_sequence"},
    saving: {"saving.get_registered_object": "name custom_objects module_objects",
             "utils.split_dataset": "dataset left_size right_size shuffle seed", "utils.plot_model": "args kwargs"},
    mnist: {"datasets.mnist.load_data": "path"},
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_check(check, request):
    check(*(request.getfixturevalue(p) for p in inspect.signature(check).parameters))
