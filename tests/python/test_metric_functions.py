"""Metrics as functions, losses by their names, and what metrics keep of their arguments."""
import pickle

import numpy as np
import pytest

import cornu as keras
from cornu import losses, metrics

RNG = np.random.default_rng(5)
Y, P = RNG.normal(size=(4, 6)).astype("float32"), RNG.normal(size=(4, 6)).astype("float32")


def test_correlations_of_each_row():
    expected = [np.corrcoef(y, p)[0, 1] for y, p in zip(Y.astype(float), P.astype(float))]
    np.testing.assert_allclose(metrics.pearson_correlation(Y, P), expected, rtol=1e-4)
    np.testing.assert_allclose(metrics.pearson_correlation(Y, P, axis=0),
                               [np.corrcoef(y, p)[0, 1] for y, p in zip(Y.T.astype(float), P.T.astype(float))], rtol=1e-4)
    y, p = Y.astype(float), P.astype(float)
    norm = y.var(1) + p.var(1) + (y.mean(1) - p.mean(1)) ** 2
    covariance = ((y - y.mean(1, keepdims=True)) * (p - p.mean(1, keepdims=True))).mean(1)
    np.testing.assert_allclose(metrics.concordance_correlation(Y, P, -1), 2 * covariance / norm, rtol=1e-4)


def test_accuracies_of_each_sample():
    one_hot = np.eye(6, dtype="float32")[[0, 1, 2, 3]]
    picked = P.argmax(1)
    np.testing.assert_array_equal(metrics.categorical_accuracy(one_hot, P), (picked == [0, 1, 2, 3]).astype("float32"))
    np.testing.assert_array_equal(metrics.sparse_categorical_accuracy(np.arange(4), P), (picked == [0, 1, 2, 3]) * 1.0)
    top = np.argsort(-P, 1)[:, :3]
    expected = [float(i in row) for i, row in enumerate(top)]
    np.testing.assert_array_equal(metrics.top_k_categorical_accuracy(one_hot, P, k=3), expected)
    np.testing.assert_array_equal(metrics.sparse_top_k_categorical_accuracy(np.arange(4), P, 3), expected)
    said = metrics.binary_accuracy(np.array([[1.0], [0.0]], "float32"), np.array([[0.4], [0.4]], "float32"), threshold=0.3)
    assert np.asarray(said).ravel().tolist() == [1, 0] and said.dtype == "float32"
    with pytest.raises(TypeError, match="binary_accuracy takes y_true, y_pred and 1 more, got 4"):
        metrics.binary_accuracy(Y, P, 0.5, 1)


def test_losses_by_name_are_their_functions():
    assert losses.get("mse") is losses.mean_squared_error is losses.get("mean_squared_error")
    assert losses.get(None) is None and isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert pickle.loads(pickle.dumps(losses.get("mse"))) is losses.mean_squared_error
    with pytest.raises(ValueError):
        losses.get("typo")


@pytest.mark.parametrize("given,expected", [("float16", "float16"), ("mixed_bfloat16", "bfloat16"),
                                            (keras.DTypePolicy("mixed_float16"), "float16"), (None, "float32")])
def test_a_loss_has_the_type_that_it_is_told(given, expected):
    loss = losses.MeanSquaredError(dtype=given)
    assert loss.dtype == expected == loss(Y, P).dtype
    np.testing.assert_allclose(float(loss(Y, P)), np.mean((Y - P) ** 2), rtol=1e-2)


def test_metrics_keep_in_the_type_of_variables_of_their_policy():
    assert metrics.Mean(dtype=keras.DTypePolicy("mixed_float16")).dtype == "float32"
    assert metrics.Mean(dtype="float64").variables[0].dtype == "float64"


def test_thresholds_as_they_are_given():
    auc = metrics.AUC(num_thresholds=2, thresholds=[0.5])
    assert auc.num_thresholds == 3
    np.testing.assert_allclose(auc.thresholds, [0, 0.5, 1], atol=1e-6)
    np.testing.assert_allclose(metrics.AUC(num_thresholds=5).thresholds, [0, 0.25, 0.5, 0.75, 1], atol=1e-6)
    assert metrics.Recall(thresholds=[0.4, 0.9]).thresholds == [0.4, 0.9]
    with pytest.raises(ValueError, match=r"must be in \[0, 1\]. Received: \[-1, 2\]"):
        metrics.TruePositives(thresholds=[-1, 0.5, 2])
