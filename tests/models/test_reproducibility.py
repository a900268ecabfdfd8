"""One seed, one result: in every process, mode and order of rows."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
PROGRAM = """
import keras
import numpy as np
from vaezoo.models import FullyConnectedVAE

keras.utils.set_random_seed(3)
model = FullyConnectedVAE((4, 3, 1), latent_dim=2, hidden_units=(5,), seed=9)
images = np.random.default_rng(5).integers(0, 256, (11, 4, 3, 1)).astype("uint8")
model.compile(jit_compile=False)
model.fit(images, batch_size=4, epochs=2, verbose=0)
results = [
    *model.get_weights(),
    model.sample(3, seed=1),
    model.elbo(images, seed=-2),
    model.log_prob(images, 7, seed=2**40),
    model.evaluate(images, verbose=0),
]
print("|".join(np.asarray(result).tobytes().hex() for result in results))
"""


def test_two_processes_agree_bit_for_bit():
    processes = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    first, second = (process.communicate()[0] for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert first.count(b"|") == 8 + 3
    assert first == second


VERBS = {
    "sample": lambda model, x, seed: model.sample(len(x), seed),
    "elbo": lambda model, x, seed: model.elbo(x, seed),
    "log_prob": lambda model, x, seed: model.log_prob(x, 5, seed),
}


@pytest.mark.parametrize("verb", VERBS)
def test_the_seed_decides(make_model, images, verb):
    first, second = make_model(), make_model()
    draw = VERBS[verb]
    expected = draw(first, images, 4)
    np.testing.assert_array_equal(draw(first, images, 4), expected)
    np.testing.assert_array_equal(draw(second, images, 4), expected)
    assert not np.array_equal(draw(first, images, 5), expected)
    assert not np.array_equal(draw(first, images, None), draw(first, images, None))


def test_eager_mode_graph_and_xla_agree(model, images):
    seeds = random.row_seeds(3, len(images))
    expected = model.terms(images, seeds)
    for jit_compile in (False, True):
        compiled = tf.function(model.terms, jit_compile=jit_compile, autograph=False)
        for actual, value in zip(
            compiled(tf.constant(images), seeds), expected, strict=True
        ):
            np.testing.assert_allclose(actual, value, **CLOSE)


@pytest.mark.parametrize(
    "verb",
    [
        lambda model, x, seeds: model.encode(x).mean(),
        lambda model, x, seeds: model.decode(model.encode(x).mean()).mean(),
        lambda model, x, seeds: model.reconstruct(x),
        lambda model, x, seeds: model.sample(seed=seeds),
        lambda model, x, seeds: model.elbo(x, seeds),
        lambda model, x, seeds: model.log_prob(x, 5, seeds),
    ],
    ids=["encode", "decode", "reconstruct", "sample", "elbo", "log_prob"],
)
def test_a_permuted_batch_gives_permuted_results(model, images, verb):
    seeds = random.row_seeds(6, len(images)).numpy()
    order = np.random.default_rng(0).permutation(len(images))
    together = np.asarray(verb(model, images, seeds))
    permuted = verb(model, images[order], seeds[order])
    np.testing.assert_allclose(permuted, together[order], **CLOSE)
    alone = verb(model, images[3:4], seeds[3:4])
    np.testing.assert_allclose(alone, together[3:4], **CLOSE)


def test_one_seed_is_one_seed_a_row(model, images):
    seeds = random.row_seeds(8, len(images)).numpy()
    np.testing.assert_array_equal(model.elbo(images, 8), model.elbo(images, seeds))
    longer = model.sample(12, seed=8)
    np.testing.assert_allclose(model.sample(5, seed=8), longer[:5], **CLOSE)
