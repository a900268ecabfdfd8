"""JAX's share of the work: one jitted scan over several steps, with Adam of its own.

The images stay on the device; each step gathers its rows there. The variant names the
generator of random bits ("threefry2x32" is JAX's default) and, after it, how many steps
one call makes.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.worker import Prepared, serve
from benchmarks.workers.images import read_floats

LATENT_DIMS = {"fc": 50, "conv": 2}
DENSE = {
    "fc": [(784, 500), (500, 500), (500, 100), (50, 500), (500, 500), (500, 784)],
    "conv": [(3136, 16), (16, 4), (2, 3136)],
}
# Height, width, channels in, channels out.
KERNELS = [(3, 3, 1, 32), (3, 3, 32, 64), (3, 3, 64, 64), (3, 3, 64, 32), (3, 3, 32, 1)]

Params = dict[str, list[tuple[jax.Array, jax.Array]]]


def initial_params(network: str) -> Params:
    """Kernels after Glorot, biases of zero."""
    rng = np.random.default_rng(0)
    kernels = KERNELS if network == "conv" else []

    def layer(shape: tuple[int, ...]) -> tuple[jax.Array, jax.Array]:
        fans = np.prod(shape[:-2]) * (shape[-2] + shape[-1])
        limit = np.sqrt(6 / fans)
        kernel = rng.uniform(-limit, limit, shape).astype(np.float32)
        return jnp.asarray(kernel), jnp.zeros(shape[-1])

    return {
        "dense": [layer(shape) for shape in DENSE[network]],
        "kernels": [layer(shape) for shape in kernels],
    }


def encode_fc(params: Params, x: jax.Array) -> jax.Array:
    """Mean and log-variance, side by side."""
    first, second, last = params["dense"][:3]
    hidden = jax.nn.relu(_dense(first, x.reshape(len(x), -1)))
    return _dense(last, jax.nn.relu(_dense(second, hidden)))


def decode_fc(params: Params, z: jax.Array) -> jax.Array:
    """Logits, one row an image."""
    first, second, last = params["dense"][3:]
    hidden = jax.nn.relu(_dense(second, jax.nn.relu(_dense(first, z))))
    return _dense(last, hidden)


def encode_conv(params: Params, x: jax.Array) -> jax.Array:
    """Mean and log-variance, side by side."""
    hidden = x
    for kernel, bias in params["kernels"][:2]:
        hidden = lax.conv_general_dilated(
            hidden, kernel, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        hidden = jax.nn.relu(hidden + bias)
    first, last = params["dense"][:2]
    return _dense(last, jax.nn.relu(_dense(first, hidden.reshape(len(x), -1))))


def decode_conv(params: Params, z: jax.Array) -> jax.Array:
    """Logits, one row an image."""
    hidden = jax.nn.relu(_dense(params["dense"][2], z)).reshape(-1, 7, 7, 64)
    for stride, (kernel, bias) in zip((2, 2, 1), params["kernels"][2:], strict=True):
        hidden = lax.conv_transpose(hidden, kernel, (stride, stride), "SAME") + bias
        hidden = jax.nn.relu(hidden) if stride == 2 else hidden
    return hidden.reshape(len(z), -1)


NETWORKS = {"fc": (encode_fc, decode_fc), "conv": (encode_conv, decode_conv)}


def negative_elbo(
    params: Params, pixels: jax.Array, key: jax.Array, network: str
) -> jax.Array:
    """The mean over the batch, nats, of images binarized anew."""
    encode, decode = NETWORKS[network]
    binary_key, noise_key = jax.random.split(key)
    x = jax.random.bernoulli(binary_key, pixels).astype(jnp.float32)
    mean, log_variance = jnp.split(encode(params, x), 2, axis=1)
    noise = jax.random.normal(noise_key, mean.shape)
    logits = decode(params, mean + jnp.exp(0.5 * log_variance) * noise)
    flat = x.reshape(len(x), -1)
    reconstruction = jnp.sum(jax.nn.softplus(logits) - flat * logits)
    kl = 0.5 * jnp.sum(mean**2 + jnp.exp(log_variance) - log_variance - 1)
    return (reconstruction + kl) / len(x)


def adam(params: Any, gradients: Any, moments: Any, step: jax.Array) -> Any:
    """One step of Adam with its usual constants and a rate of 1e-3."""
    means, squares = moments
    means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
    squares = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, squares, gradients)
    rate = 1e-3 * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    params = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), params, means, squares
    )
    return params, (means, squares)


@partial(jax.jit, static_argnames="network", donate_argnums=0)
def run_steps(
    state: Any, pixels: jax.Array, rows: jax.Array, network: str
) -> tuple[Any, jax.Array]:
    """Steps on batches of rows, `(steps, batch)`, one after another."""

    def step(state: Any, batch: jax.Array) -> tuple[Any, jax.Array]:
        params, moments, count, key = state
        key, draw = jax.random.split(key)
        loss, gradients = jax.value_and_grad(negative_elbo)(
            params, pixels[batch], draw, network
        )
        count = count + 1
        params, moments = adam(params, gradients, moments, count)
        return (params, moments, count, key), loss

    if len(rows) == 1:  # XLA for CPUs is slow at convolutions inside a loop
        state, loss = step(state, rows[0])
        return state, loss[None]
    return lax.scan(step, state, rows)


def prepare(settings: dict[str, Any]) -> Prepared:
    """The segment "fit"."""
    generator, steps = settings["variant"].split()
    network, batch_size = settings["network"], settings["batch_size"]
    pixels = jnp.asarray(read_floats(settings["data"]))
    params = initial_params(network)
    zeros = jax.tree.map(jnp.zeros_like, params)
    moments = (zeros, jax.tree.map(jnp.zeros_like, params))
    state = (params, moments, jnp.zeros(()), jax.random.key(0, impl=generator))
    rng = np.random.default_rng(0)
    images = settings["images"] // (batch_size * int(steps)) * batch_size * int(steps)

    def fit() -> dict[str, int]:
        nonlocal state
        order = rng.permutation(images).reshape(-1, int(steps), batch_size)
        for rows in order:
            state, loss = run_steps(state, pixels, rows, network)
        loss.block_until_ready()
        return {"count": images}

    device = jax.devices()[0]
    name = "CPU" if device.platform == "cpu" else device.device_kind
    return Prepared({"fit": fit}, name, ("jax", "jaxlib"))


def _dense(layer: tuple[jax.Array, jax.Array], x: jax.Array) -> jax.Array:
    kernel, bias = layer
    return x @ kernel + bias


if __name__ == "__main__":
    serve(prepare)
