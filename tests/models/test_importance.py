import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.models.importance import ImportanceSampler, importance_log_weights
from vaezoo.models.in_parallel import CALLS
from vaezoo.models.network_size import bytes_a_row
from vaezoo.random import Stream


def reference(model, binary, k, seeds):
    """log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x) in float64, sample by sample."""
    posterior = model.encode(binary)
    loc, scale = (
        np.asarray(v, "float64") for v in (posterior.mean(), posterior.stddev())
    )
    noise = random.normal(seeds, (k, loc.shape[1]), Stream.IMPORTANCE).numpy()
    log_weights = []
    for i in range(k):
        z = loc + scale * noise[:, i].astype("float64")
        params = model.decoder(z.astype("float32")).numpy().astype("float64")
        x = binary.reshape(len(binary), -1)
        likelihood = (x * params - np.logaddexp(0.0, params)).sum(axis=1)
        prior = -0.5 * (z**2 + np.log(2 * np.pi)).sum(axis=1)
        squares = ((z - loc) / scale) ** 2 + np.log(2 * np.pi * scale**2)
        log_weights.append(likelihood + prior + 0.5 * squares.sum(axis=1))
    return np.logaddexp.reduce(log_weights, axis=0) - np.log(k)


@pytest.mark.parametrize("k", [1, 7, 40])
def test_log_prob_is_that_of_a_float64_reference(model, binary, k):
    seeds = random.row_seeds(2, len(binary))
    expected = reference(model, binary, k, seeds)
    np.testing.assert_allclose(
        model.log_prob(binary, k, seed=2), expected, rtol=1e-5, atol=1e-4
    )


def memory_of(model, rows):
    """The memory limit that lets so many rows through the decoder at a time."""
    return rows * CALLS * bytes_a_row(model)


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_chunks_do_not_change_the_result(model, images, rows):
    expected = model.log_prob(images, 13, seed=1)
    limit = memory_of(model, rows)
    actual = model.log_prob(images, 13, seed=1, memory_limit=limit)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("likelihood", ["bernoulli", "continuous_bernoulli"])
def test_log_weights_are_those_of_the_distributions(make_model, binary, likelihood):
    model = make_model(likelihood=likelihood)
    seeds = random.row_seeds(4, len(binary))
    params = model.encoder(binary)
    posterior = model.posterior(params)
    z = model.posterior.draw_many(posterior, seeds, Stream.IMPORTANCE, 5, 2)
    expected = [
        model.decode(row).log_prob(binary)
        + model.prior.log_prob(row)
        - posterior.log_prob(row)
        for row in z
    ]
    weights = importance_log_weights(model, binary, params, seeds, 5, 2)
    np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-4)


def test_grey_images_are_binarized_with_the_seed(model, images):
    seeds = random.row_seeds(3, len(images))
    target = random.bernoulli(seeds, tf.constant(images / 255.0, tf.float32))
    np.testing.assert_allclose(
        model.log_prob(images, 6, seed=3), model.log_prob(target, 6, seed=3), rtol=1e-6
    )


def count_rows(model, monkeypatch):
    """Rows that pass through the encoder and the decoder, call by call."""
    rows = {"encoder": [], "decoder": []}
    for name, seen in rows.items():
        network = getattr(model, name)

        def counting(inputs, *args, call=network.call, seen=seen, **kwargs):
            # XLA cannot compile Python: the plain graph makes the same calls.
            tf.py_function(lambda n: seen.append(int(n)), [tf.shape(inputs)[0]], [])
            return call(inputs, *args, **kwargs)

        monkeypatch.setattr(network, "call", counting)
    return rows


def test_each_image_is_encoded_once_and_memory_is_bounded(
    make_model, images, monkeypatch
):
    model = make_model()
    expected = model.log_prob(images, 50, seed=1)
    counted = make_model()
    rows = count_rows(counted, monkeypatch)
    limit = memory_of(model, 20)
    actual = counted.log_prob(images, 50, seed=1, memory_limit=limit)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    assert rows["encoder"] == [1] * len(images)
    assert max(rows["decoder"]) <= 20
    assert sum(rows["decoder"]) == len(images) * 51  # 3 chunks of 17 an image


@pytest.mark.parametrize("k", [1, 2, 99, 500, 501, 5000])
@pytest.mark.parametrize("rows", [1, 10, 499, 2000])
def test_a_chunk_never_has_more_rows_than_allowed(model, k, rows):
    sampler = ImportanceSampler(model, k, memory_of(model, rows))
    assert 1 <= sampler.chunk * sampler.images <= rows
    rounds = -(-k // sampler.chunk)
    assert rounds * sampler.chunk - k < rounds  # hardly a sample is thrown away


def test_progress_is_shown_when_asked_for(model, images, capsys):
    model.log_prob(images, 2, seed=0)
    assert capsys.readouterr().out == ""
    model.log_prob(images, 2, seed=0, progress=True)
    assert "11/11" in capsys.readouterr().out


@pytest.mark.parametrize("bad", [0, -1, 2.5, "5", True])
@pytest.mark.parametrize("name", ["num_samples", "memory_limit"])
def test_numbers_are_checked(model, images, name, bad):
    with pytest.raises(ValueError, match="positive integer") as caught:
        model.log_prob(images, **{name: bad})
    assert str(caught.value).endswith(f"Received: {name}={bad!r}")


def test_likelihoods_of_many_parameters_take_fewer_rows(make_model):
    many = ImportanceSampler(make_model(likelihood="categorical"), 500, 2**20)
    few = ImportanceSampler(make_model(), 500, 2**20)
    assert few.chunk * few.images > many.chunk * many.images


def test_few_images_take_no_graph_of_their_own_each(model, images):
    for n in (1, 2, 3, 4):
        model.log_prob(images[:n], 400, seed=0)
    traces = model.num_traces
    for n in (4, 3, 1, 2):
        model.log_prob(images[-n:], 400, seed=1)
    assert model.num_traces == traces


def test_an_image_does_not_depend_on_its_batch(model, images):
    seeds = list(range(len(images)))
    together = model.log_prob(images, 300, seeds)
    alone = [model.log_prob(images[i : i + 1], 300, [i])[0] for i in (0, 5, 10)]
    np.testing.assert_allclose(together[[0, 5, 10]], alone, rtol=1e-5)
