"""The same steps in JAX, an epoch at a time inside lax.scan: the fastest loop JAX has. Prints JSON lines.

usage: jax_scan.py small|medium|large [threads]
"""

import json
import os
import sys
import time

which, threads = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "1"
if threads == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

SIZES = {"small": ([8, 10, 8, 1], 10, 1000), "medium": ([784, 32, 10], 32, 6400), "large": ([784, 512, 512, 10], 128, 12800)}
dims, batch, rows = SIZES[which]
rng = np.random.default_rng(0)
x = rng.random((rows, dims[0]), np.float32)
y = rng.integers(0, 2 if which == "small" else 10, rows).astype(np.float32 if which == "small" else np.int32)
params = [(rng.normal(size=(a, b)).astype(np.float32) * np.sqrt(1 / a), np.zeros(b, np.float32)) for a, b in zip(dims, dims[1:])]


def predict(p, v):
    for i, (w, b) in enumerate(p):
        v = v @ w + b
        if i + 1 < len(p):
            v = jax.nn.relu(v)
    return v


def loss_fn(p, bx, by):
    z = predict(p, bx)
    if which == "small":
        q = jnp.clip(jax.nn.sigmoid(z[:, 0]), 1e-7, 1 - 1e-7)
        return -jnp.mean(by * jnp.log(q) + (1 - by) * jnp.log(1 - q)), jnp.mean((q > 0.5) == (by > 0.5))
    logp = jax.nn.log_softmax(z)
    return -jnp.mean(jnp.take_along_axis(logp, by[:, None], 1)), jnp.mean(jnp.argmax(z, 1) == by)


def step(state, idx):
    p, m, v, t = state
    (loss, acc), g = jax.value_and_grad(loss_fn, has_aux=True)(p, jnp.take(X, idx, 0), jnp.take(Y, idx, 0))
    t = t + 1
    alpha = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    m = jax.tree.map(lambda a, b: a + (b - a) * 0.1, m, g)
    v = jax.tree.map(lambda a, b: a + (b * b - a) * 0.001, v, g)
    p = jax.tree.map(lambda a, b, c: a - b * alpha / (jnp.sqrt(c) + 1e-7), p, m, v)
    return (p, m, v, t), (loss, acc)


X, Y = jnp.asarray(x), jnp.asarray(y)
epoch = jax.jit(lambda state, order: jax.lax.scan(step, state, order), donate_argnums=0)
zeros = jax.tree.map(jnp.zeros_like, params)
state = (jax.tree.map(jnp.asarray, params), zeros, jax.tree.map(jnp.zeros_like, params), jnp.float32(0))
steps = rows // batch
times = []
for e in range(40 if which == "small" else 12 if which == "medium" else 6):
    start = time.perf_counter()
    order = rng.permutation(rows)[: steps * batch].reshape(steps, batch).astype(np.int32)
    state, out = epoch(state, order)
    jax.block_until_ready(out)
    times.append((time.perf_counter() - start) / steps)
times = sorted(times[2:])
print(json.dumps({"workload": which, "median_us": times[len(times) // 2] * 1e6, "best_us": times[0] * 1e6}))
