"""tf.data and other names of TensorFlow that scripts for tf.keras use."""
import os
import pathlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from cornu import _tensorflow as tf

X = np.arange(20, dtype="float32").reshape(10, 2)
Y = np.arange(10)


def rows(dataset):
    return [np.asarray(one).tolist() for one in dataset]


def test_slices_batches_and_what_is_left():
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)
    assert len(data) == data.cardinality() == 3
    parts = list(data)
    assert [len(y) for _, y in parts] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in parts]), X)
    assert len(tf.data.Dataset.from_tensor_slices(Y).batch(4, drop_remainder=True)) == 2
    assert rows(tf.data.Dataset.range(5).map(lambda i: i * 2).filter(lambda i: i > 2)) == [4, 6, 8]
    assert rows(tf.data.Dataset.range(3).repeat(2)) == [0, 1, 2, 0, 1, 2]
    assert rows(tf.data.Dataset.range(9).skip(2).take(3)) == [2, 3, 4]
    assert rows(tf.data.Dataset.range(5).batch(2).unbatch()) == [0, 1, 2, 3, 4]
    assert [(int(a), int(b)) for a, b in tf.data.Dataset.zip((tf.data.Dataset.range(2), tf.data.Dataset.range(5, 7)))] == [
        (0, 5), (1, 6)]
    named = next(iter(tf.data.Dataset.from_tensor_slices({"a": X, "b": Y}).batch(3)))
    assert named["a"].shape == (3, 2) and named["b"].shape == (3,)
    with pytest.raises(ValueError, match="as many rows"):
        tf.data.Dataset.from_tensor_slices((X, Y[:3]))


@pytest.mark.parametrize("buffer", [100, 3])
@pytest.mark.parametrize("between", [lambda d: d, lambda d: d.map(lambda x, y: (x, y)), lambda d: d.cache()])
def test_shuffling_keeps_rows_together_and_is_new_each_time(buffer, between):
    data = between(tf.data.Dataset.from_tensor_slices((X, Y))).shuffle(buffer, seed=1).batch(3).prefetch(tf.data.AUTOTUNE)
    first, second = ([(x.tolist(), y.tolist()) for x, y in data] for _ in range(2))
    seen = sorted((y, x) for xs, ys in first for x, y in zip(xs, ys))
    assert seen == sorted(zip(Y.tolist(), X.tolist()))
    assert first != second
    same = tf.data.Dataset.range(10).shuffle(10, seed=1, reshuffle_each_iteration=False)
    assert rows(same) == rows(same)


def test_a_script_for_tf_keras(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent("""
        import numpy as np
        import tensorflow as tf
        from numpy_network import SGD, Adam, Network
        from tensorflow import keras
        assert keras.__version__.startswith("3.")
        tf.random.set_seed(1)
        x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
        y = (x.sum(axis=1) > 0).astype("int32")
        train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(256).batch(32).prefetch(tf.data.AUTOTUNE)
        model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu", input_shape=(4,)), tf.keras.layers.Dense(2)])
        loss_fn = tf.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss_fn, metrics=["accuracy"])
        ordered = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
        model(x[:1])
        right = Network(model.layers, "logits", Adam())
        history = model.fit(ordered, epochs=5, validation_data=train, verbose=0).history
        np.testing.assert_allclose(history["loss"][:4], right.fit(x, y, 32, 4), rtol=1e-5)
        right.fit(x, y)
        figures = [right.losses(x, y).mean(), (right.predict(x).argmax(1) == y).mean()]
        np.testing.assert_allclose([history["val_loss"][4], history["val_accuracy"][4]], figures, rtol=1e-5)
        np.testing.assert_allclose(model.evaluate(train, verbose=0), figures, rtol=1e-5)
        np.testing.assert_allclose(model.predict(ordered, verbose=0), right.predict(x), rtol=1e-3, atol=1e-5)
        assert len(model.predict(train, verbose=0)) == 256
        model.fit(train, epochs=1, verbose=0)

        def clip(gradients):
            norm = np.sqrt(sum((g ** 2).sum() for g in gradients))
            clipped.append(norm > 0.25)
            return [g * min(1, 0.25 / norm) for g in gradients]

        optimizer, clipped = tf.optimizers.SGD(0.1), []
        right = Network(model.layers, "logits", SGD(0.1), change=clip)
        metric = tf.keras.metrics.Mean()

        @tf.function
        def step(xb, yb):
            with tf.GradientTape() as tape:
                loss = loss_fn(yb, model(xb, training=True))
            grads, _ = tf.clip_by_global_norm(tape.gradient(loss, model.trainable_variables), 0.25)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
            metric.update_state(loss)

        for epoch in range(3):
            metric.reset_state()
            means = []
            for xb, yb in train:
                step(xb, yb)
                means.append(right.step(np.asarray(xb), np.asarray(yb)).mean())
            np.testing.assert_allclose(float(metric.result()), np.mean(means), rtol=1e-5)
        right.check_weights(model)
        assert any(clipped)
        w = tf.Variable(initial_value=tf.ones((2, 2)), trainable=True, name="w")
        tf.keras.optimizers.SGD(0.5).minimize(lambda: tf.reduce_sum(w * w), [w])
        np.testing.assert_allclose(w.numpy(), 0)
        np.testing.assert_array_equal(tf.matmul(tf.ones((2, 3)), tf.ones((2, 3)), transpose_b=True), np.full((2, 2), 3))
        np.testing.assert_array_equal(tf.one_hot([0, 2], 3), [[1, 0, 0], [0, 0, 1]])
        np.testing.assert_array_equal(tf.add_n([tf.ones(2), tf.ones(2)]), [2, 2])
    """))
    path = os.pathsep.join([str(pathlib.Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([sys.executable, "-m", "cornu", str(script)], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
