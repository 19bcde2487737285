"""What callbacks of fit, evaluate and predict see and may change."""
import numpy as np
import pytest
from small_network import data, network

import cornu as keras


def test_callbacks_see_epochs_batches_and_the_model():
    x, y = data()
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen.append(("begin", self.params["epochs"], self.params["steps"]))

        def on_train_batch_end(self, batch, logs=None):
            seen.append(("batch", batch, sorted(logs)))

        def on_epoch_end(self, epoch, logs=None):
            logs["mine"] = 7.0
            seen.append(("epoch", epoch, sorted(logs)))
            if epoch == 1:
                self.model.stop_training = True

    model = network()
    history = model.fit(x, y, epochs=5, batch_size=100, callbacks=[Watch()], verbose=0)
    assert seen[0] == ("begin", 5, 2)
    assert seen[1] == ("batch", 0, ["accuracy", "loss"])
    assert ("epoch", 0, ["accuracy", "loss", "mine"]) in seen
    assert history.epoch == [0, 1] and history.history["mine"] == [7.0, 7.0]


def test_learning_rate_by_attribute_and_callback():
    x, y = data()
    model = network()
    model.optimizer.learning_rate = 0.5
    assert float(model.optimizer.learning_rate) == 0.5
    model.optimizer.learning_rate.assign(0.25)
    assert float(model.optimizer.learning_rate) == 0.25
    history = model.fit(x, y, epochs=3, verbose=0,
                        callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)])
    np.testing.assert_allclose(history.history["learning_rate"], [0.125, 0.0625, 0.03125])


def test_checkpoints_say_what_they_save(tmp_path, capsys):
    x, y = data()
    network().fit(x, y, epochs=1, verbose=0,
                  callbacks=[keras.callbacks.ModelCheckpoint(tmp_path / "m.keras", verbose=1)])
    assert "finished saving model to" in capsys.readouterr().out


def test_callbacks_of_evaluate_and_predict():
    seen = []

    class Told(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            seen.append("test")

        def on_test_end(self, logs=None):
            seen.append(sorted(logs))

        def on_predict_begin(self, logs=None):
            seen.append("predict")

        def on_predict_end(self, logs=None):
            seen.append(type(self.model).__name__)

    model = network()
    model.evaluate(np.zeros((4, 8)), np.zeros((4, 1)), verbose=0, callbacks=[Told()])
    model.predict(np.zeros((4, 8)), verbose=0, callbacks=Told())
    assert seen == ["test", sorted(model.evaluate(np.zeros((4, 8)), np.zeros((4, 1)), verbose=0, return_dict=True)),
                    "predict", "Sequential"]


def test_callbacks_hear_of_each_batch_of_a_test_and_of_a_prediction():
    seen, losses = [], []

    class Batches(keras.callbacks.Callback):
        def on_test_batch_begin(self, batch, logs=None):
            seen.append(("test", batch))

        def on_test_batch_end(self, batch, logs=None):
            seen.append(("tested", batch))
            losses.append(logs["loss"])

        def on_predict_batch_end(self, batch, logs=None):
            seen.append(("predicted", batch, logs["outputs"].shape))

    model = network()
    x, y = np.ones((5, 8)), np.ones((5, 1))
    tested = [("test", 0), ("tested", 0), ("test", 1), ("tested", 1)]

    def all_rows_alike():  # so is each mean over the batches so far
        assert losses == pytest.approx([-np.log(model.predict(x, verbose=0)[0, 0])] * 2, rel=1e-5)

    model.evaluate(x, y, batch_size=3, verbose=0, callbacks=[Batches()])
    assert seen == tested
    all_rows_alike()
    seen.clear(), losses.clear()
    model.fit(x, y, validation_data=(x, y), validation_batch_size=3, verbose=0, callbacks=[Batches()])
    assert seen == tested
    all_rows_alike()
    seen.clear()
    out = model.predict(x, batch_size=3, verbose=0, callbacks=[Batches()])
    assert seen == [("predicted", 0, (3, 1)), ("predicted", 1, (2, 1))] and out.shape == (5, 1)
    ends = []
    hook = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ends.append(batch))
    model.fit(x, y, batch_size=3, verbose=0, callbacks=[hook])
    assert ends == [0, 1]


def test_the_backend_of_tf_keras_sets_rates():
    from cornu import backend as K
    model = network()
    K.set_value(model.optimizer.learning_rate, 0.125)
    assert K.get_value(model.optimizer.learning_rate) == 0.125 == float(model.optimizer.learning_rate)
    np.testing.assert_array_equal(K.get_value(model.weights[0]), model.get_weights()[0])
    with pytest.raises(AttributeError, match="module 'keras.backend' has no attribute 'nonsense'"):
        K.nonsense
