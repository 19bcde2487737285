"""What training shows on the way, and how it is stopped."""
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from small_network import data, network

import cornu as keras


def test_ctrl_c_stops_after_the_step_and_leaves_a_usable_model():
    program = textwrap.dedent("""
        import numpy as np, cornu as keras
        m = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
        m.compile("sgd", "mse")
        x, y = np.zeros((1000, 8), "float32"), np.zeros((1000, 1), "float32")
        m.fit(x, y, epochs=1, verbose=0)
        print("ready", flush=True)
        try:
            m.fit(x, y, epochs=10**7, verbose=0)
        except KeyboardInterrupt:
            m.fit(x, y, epochs=1, verbose=0)
            print("usable", m.predict(x, verbose=0).shape)
    """)
    p = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=os.environ)
    assert p.stdout.readline() == "ready\n"
    import time
    time.sleep(0.3)
    p.send_signal(signal.SIGINT)
    out, _ = p.communicate(timeout=20)
    assert out == "usable (1000, 1)\n"


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_interrupting_one_large_batch(call):
    """It is left amid the batch, before a weight has changed."""
    program = textwrap.dedent(f"""
        import time
        import numpy as np, cornu as keras
        m = keras.Sequential([keras.Input((64,))] + [keras.layers.Dense(512, "relu") for _ in range(16)]
                             + [keras.layers.Dense(1)])
        m.compile("adam", "mse")
        x, y = np.zeros((60_000, 64), "float32"), np.zeros((60_000, 1), "float32")
        m.train_on_batch(x[:2], y[:2])
        before = m.get_weights()
        print("ready", flush=True)
        try:
            m.{call}(x, *([y] if "{call}" != "predict" else []), batch_size=len(x), verbose=0)
            print("to its end", flush=True)
        except KeyboardInterrupt:
            print("stopped", flush=True)
            assert all(np.array_equal(a, b) for a, b in zip(m.get_weights(), before))
    """)
    p = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=os.environ)
    assert p.stdout.readline() == "ready\n"
    import time
    time.sleep(0.5)
    p.send_signal(signal.SIGINT)
    asked = time.monotonic()
    assert p.stdout.readline() == "stopped\n"
    print(call, "ended after", time.monotonic() - asked, "s")
    assert p.wait(timeout=20) == 0


def test_progress_goes_through_sys_stdout(capsys):
    x, y = data()
    network().fit(x, y, epochs=2, verbose=2)
    out = capsys.readouterr().out
    assert "Epoch 1/2" in out and "7/7" in out and "accuracy:" in out
    network().fit(x, y, epochs=1, verbose=0)
    assert capsys.readouterr().out == ""


def test_scalars_are_formatted_as_numbers():
    assert f"{keras.ops.sum(np.ones(3, 'float32')):.2f}" == "3.00"


def test_evaluate_shows_its_result(capsys):
    model = network()
    x, y = np.zeros((40, 8)), np.zeros((40, 1))
    model.evaluate(x, y, verbose=2)
    line = capsys.readouterr().out
    assert line.startswith("2/2 - 0s - ") and " - loss: " in line
    model.evaluate(x, y, verbose=1)
    assert "2/2\x1b[0m \u2501" in capsys.readouterr().out
    model.evaluate(x, y, verbose=0)
    assert capsys.readouterr().out == ""
