"""Mistakes of users: exceptions of their own arrive unchanged, and what is wrong gets a sentence."""
import numpy as np
import pytest
from small_network import data, network

import cornu as keras
from cornu import layers


def test_an_exception_of_the_users_arrives_unchanged():
    x, y = data()

    class Mine(Exception):
        pass

    def boom(epoch, logs):
        raise Mine("from a callback")

    with pytest.raises(Mine, match="from a callback") as e:
        network().fit(x, y, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=boom)])
    assert any(entry.name == "boom" for entry in e.traceback)

    class Broken(layers.Layer):
        def call(self, x):
            return {}["missing"]

    with pytest.raises(KeyError, match="missing"):
        keras.Sequential([keras.Input((8,)), Broken()]).predict(x)


@pytest.mark.parametrize("call, kind, words", [
    (lambda: layers.Dense(), TypeError, "units"),
    (lambda: layers.Dense(3, activaton="relu"), TypeError, "did you mean 'activation'"),
    (lambda: layers.Dense(3, lora_rank=2), NotImplementedError, "Dense.*'lora_rank'.*low-rank.*not available yet"),
    (lambda: layers.Dense(3, activation="rleu"), ValueError, "did you mean"),
    (lambda: layers.Dense(-1), ValueError, "units must be positive, got -1"),
    (lambda: layers.Nothing, AttributeError, "Nothing"),
    (lambda: keras.Sequential(["dense"]), ValueError, "Only instances of"),
    (lambda: network().fit(np.zeros((5, 8)), np.zeros((4, 1)), verbose=0), ValueError, "5.*4|4.*5"),
    (lambda: network().fit(np.zeros((5, 7)), np.zeros((5, 1)), verbose=0), ValueError, "8.*7"),
    (lambda: network().predict("text"), ValueError, "cannot read x from str"),
    (lambda: network().fit(np.zeros((2, 8)), np.array(["cat", "dog"])), ValueError,
     "y must hold numbers, got str_? values such as .*'cat'.*; numpy.unique.y, return_inverse=True. gives the classes"),
    (lambda: network().fit(np.array([["1", "b"]]), np.zeros(1)), ValueError, "x must hold numbers"),
    (lambda: keras.models.load_model("/no/such.keras"), ValueError, "no/such.keras"),
    (lambda: keras.ops.add(1, None), TypeError, "None|missing|unsupported"),
    (lambda: keras.ops.add(np.zeros(2), np.zeros(3)), ValueError, "2.*3"),
    (lambda: keras.ops.sum(np.zeros(2), axsi=0), TypeError, "axsi"),
])
def test_wrong_input_gets_a_sentence(call, kind, words):
    with pytest.raises(kind, match=f"(?s){words}"):
        call()


def test_none_for_what_comes_later_is_its_default():
    assert layers.Dense(3, lora_rank=None, quantization_config=None).units == 3


def test_fit_without_compile():
    with pytest.raises(RuntimeError, match="compile"):
        keras.Sequential([keras.Input((2,)), layers.Dense(1)]).fit(np.zeros((2, 2)), np.zeros((2, 1)), verbose=0)


def test_bases_that_say_nothing():
    np.testing.assert_array_equal(np.asarray(keras.constraints.Constraint()(np.ones(2))), [1, 1])
    for kind in keras.regularizers.Regularizer, keras.initializers.Initializer:
        with pytest.raises(NotImplementedError, match="must define __call__"):
            kind()((2,))
