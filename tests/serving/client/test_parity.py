"""A client gives what the Python model gives, over either protocol."""

import concurrent.futures
import io

import numpy as np
import pytest
from PIL import Image

from vaezoo.serving import RequestError

CLOSE = {"rtol": 1e-4, "atol": 1e-5}
SAMPLES = 3


def test_verbs_of_a_model(client_of, served, images):
    client, model = client_of("plain"), served.models["plain"]
    posterior = model.encode(images)
    encoding = client.encode(images)
    np.testing.assert_allclose(encoding.z_mean, posterior.mean(), **CLOSE)
    np.testing.assert_allclose(encoding.z_stddev, posterior.stddev(), **CLOSE)
    likelihood = model.decode(encoding.z_mean)
    decoding = client.decode(encoding.z_mean)
    np.testing.assert_allclose(decoding.mean, likelihood.mean(), **CLOSE)
    logits = likelihood.distribution.logits_parameter()
    np.testing.assert_allclose(decoding.parameters["logits"], logits, **CLOSE)
    received = client.reconstruct(images)
    assert received.dtype == np.float32
    np.testing.assert_allclose(received, model.reconstruct(images), **CLOSE)
    terms = client.log_prob_terms(images, seed=5)
    expected = model.elbo_terms(images, seed=5)
    np.testing.assert_allclose(terms.elbo, expected.elbo, **CLOSE)
    np.testing.assert_allclose(terms.kl, expected.kl, **CLOSE)
    np.testing.assert_allclose(
        terms.reconstruction_log_prob, expected.reconstruction, **CLOSE
    )
    np.testing.assert_allclose(client.elbo(images, seed=5), expected.elbo, **CLOSE)
    estimate = model.log_prob(images, SAMPLES, seed=5)
    np.testing.assert_allclose(client.log_prob(images, seed=5), estimate, **CLOSE)


def test_the_same_seed_gives_the_same_draws(client_of, served):
    client, model = client_of("plain"), served.models["plain"]
    np.testing.assert_allclose(
        client.sample(5, seed=1), model.sample(5, seed=1), **CLOSE
    )
    seeds = [3, -(2**63), 2**63 - 1]
    np.testing.assert_allclose(
        client.sample(seed=seeds), model.sample(seed=seeds), **CLOSE
    )
    first, second = client.sample(2), client.sample(2)
    assert first.shape == (2, 6, 5, 1)
    assert np.abs(first - second).max() > 1e-6


def test_protocols_agree_to_the_last_bit(served, images):
    with served.client("rest", "plain") as rest, served.client("grpc", "plain") as grpc:
        for a, b in zip(rest.encode(images), grpc.encode(images), strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(rest.sample(9, seed=3), grpc.sample(9, seed=3))
        assert rest.sample_png(3, seed=3) == grpc.sample_png(3, seed=3)
        assert rest.metadata() == grpc.metadata()
        assert rest.status() == grpc.status()


def test_uint8_images_are_scaled_as_in_python(client_of, served, images):
    client, model = client_of("plain"), served.models["plain"]
    pixels = (images * 200).astype(np.uint8)
    np.testing.assert_allclose(
        client.reconstruct(pixels), model.reconstruct(pixels), **CLOSE
    )
    np.testing.assert_allclose(
        client.elbo(pixels, seed=1), model.elbo(pixels, seed=1), **CLOSE
    )


def test_labels(client_of, served, images):
    client, model = client_of("labelled"), served.models["labelled"]
    y = np.arange(len(images)) % 3
    np.testing.assert_allclose(
        client.encode(images, y).z_mean, model.encode(images, y).mean(), **CLOSE
    )
    for label in (y, y[:, None], 2):
        np.testing.assert_allclose(
            client.reconstruct(images, label), model.reconstruct(images, label), **CLOSE
        )
    np.testing.assert_allclose(
        client.sample(4, seed=1, y=1), model.sample(4, seed=1, y=1), **CLOSE
    )
    np.testing.assert_allclose(
        client.sample(seed=1, y=[0, 1, 2]), model.sample(seed=1, y=[0, 1, 2]), **CLOSE
    )
    np.testing.assert_allclose(
        client.log_prob(images, seed=1, y=y),
        model.log_prob(images, SAMPLES, seed=1, y=y),
        **CLOSE,
    )


def test_partial_images(client_of, served, images):
    client, model = client_of("completing"), served.models["completing"]
    y = model.condition.known_quadrants(images, 1)
    assert np.isnan(y).any()
    np.testing.assert_allclose(
        client.reconstruct(images, y), model.reconstruct(images, y), **CLOSE
    )
    pixels = (images * 255).astype(np.uint8)
    np.testing.assert_allclose(
        client.sample(seed=2, y=pixels), model.sample(seed=2, y=pixels), **CLOSE
    )


def test_files(client_of, served):
    client = client_of("plain")
    files = client.sample_png(3, seed=1)
    assert len(files) == 3
    assert all(file.startswith(b"\x89PNG") for file in files)
    images = client.sample(3, seed=1)
    encoding = client.encode_png(files)
    pixels = np.round(images * 255).astype(np.uint8)
    np.testing.assert_allclose(encoding.z_mean, client.encode(pixels).z_mean, **CLOSE)
    decoded = client.decode_png(encoding.z_mean)
    assert decoded == client.reconstruct_png(files)
    shown = pixels_of(decoded[0])
    expected = np.round(client.reconstruct(pixels)[0, :, :, 0] * 255)
    assert np.abs(shown - expected).max() <= 1
    with pytest.raises(RequestError, match="6x5") as caught:
        client.encode_png([files[0], b"no picture"])
    assert caught.value.code == "INVALID_ARGUMENT"
    with pytest.raises(ValueError, match="list of the bytes of image files"):
        client.encode_png(files[0])


def test_files_with_labels(client_of, served):
    client = client_of("labelled")
    files = client.sample_png(seed=1, y=[0, 1, 2])
    assert len(client.reconstruct_png(files, [0, 1, 2])) == 3
    assert client.encode_png(files, 1).z_mean.shape == (3, 2)


def pixels_of(file):
    return np.asarray(Image.open(io.BytesIO(file))).astype(float)


@pytest.mark.parametrize("rows", [1, 4])
def test_many_requests_are_one_answer(client_of, served, images, rows):
    client, whole = client_of("plain", max_rows=rows), client_of("plain")
    np.testing.assert_allclose(
        client.encode(images).z_mean, whole.encode(images).z_mean, rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        client.sample(11, seed=4), served.models["plain"].sample(11, seed=4), **CLOSE
    )
    assert client.sample_png(9, seed=4) == whole.sample_png(9, seed=4)


def test_more_rows_than_the_server_takes_at_once(client_of, served):
    rows = served.manager.limits.max_rows + 10
    client = client_of("plain")
    images = client.sample(rows, seed=1)
    np.testing.assert_allclose(
        images[-3:], served.models["plain"].sample(rows, seed=1)[-3:], **CLOSE
    )


def test_versions_and_labels(client_of):
    by_label, by_number = (
        client_of("plain", label="stable"),
        client_of("plain", version=1),
    )
    np.testing.assert_array_equal(
        by_label.sample(3, seed=1), by_number.sample(3, seed=1)
    )
    assert by_label.metadata().version == 1
    (status,) = by_number.status()
    assert status == (1, "AVAILABLE", "OK", "")


def test_signatures_by_name(client_of, images):
    client = client_of("plain")
    outputs = client.predict({"image": images})
    np.testing.assert_array_equal(outputs["reconstruction"], client.reconstruct(images))
    drawn = client.predict({"seed": [1, 2]}, "sample")
    assert drawn["z"].shape == (2, 3)


def test_a_client_in_many_threads(client_of):
    client = client_of("plain")
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        images = list(threads.map(lambda s: client.sample(2, seed=s), range(40)))
    for seed in (0, 17, 39):
        np.testing.assert_allclose(
            images[seed], client.sample(2, seed=seed), rtol=1e-5, atol=1e-6
        )
    assert len({image.tobytes() for image in images}) == 40
