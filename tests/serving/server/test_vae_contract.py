"""Exported models over REST: rows, conditions and image files."""

import base64
import io
import json

import keras
import matplotlib.image
import numpy as np
import pytest

import vaezoo
from vaezoo.serving.server import BatchingOptions, ModelManager
from vaezoo.serving.server.rest_api import RestApi

TINY = "/v1/models/tiny_vae:predict"


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    """A conditional model that nobody has trained, and its server's interface."""
    keras.utils.set_random_seed(1)
    model = vaezoo.ConditionalVAE(
        (6, 5, 1),
        2,
        vaezoo.Labels(3),
        network="fully_connected",
        hidden_units=(6,),
    )
    base = tmp_path_factory.mktemp("models") / "by_label"
    vaezoo.export(model, base, log_prob_samples=2, card={"licence": "CC0"})
    options = BatchingOptions(max_rows=8, max_delay=0.0)
    with ModelManager(
        {"by_label": base}, batching=options, poll_seconds=None
    ) as manager:
        yield model, RestApi(manager)


def images(count):
    return np.random.default_rng(0).random((count, 6, 5, 1)).astype(np.float32).round(4)


def posted(api, signature, instances):
    body = json.dumps({"signature_name": signature, "instances": instances}).encode()
    answer = api.handle("POST", "/v1/models/by_label:predict", body)
    return answer.status, json.loads(answer.body)


@pytest.mark.slow
def test_rows_with_a_label(conditional):
    model, api = conditional
    x, labels, seeds = images(4), [0, 1, 2, 1], [5, 6, 7, 8]
    rows = [
        {"image": image.tolist(), "label": label}
        for image, label in zip(x, labels, strict=True)
    ]
    status, answer = posted(api, "serving_default", rows)
    assert status == 200
    np.testing.assert_allclose(
        np.float32(answer["predictions"]),
        model.reconstruct(x, np.array(labels)),
        atol=1e-5,
    )
    posterior = model.encode(x, np.array(labels))
    status, answer = posted(api, "encode", rows)
    assert status == 200
    encoded = [row["z_mean"] for row in answer["predictions"]]
    np.testing.assert_allclose(encoded, posterior.mean(), atol=1e-5)
    seeded = [row | {"seed": seed} for row, seed in zip(rows, seeds, strict=True)]
    status, answer = posted(api, "log_prob", seeded)
    assert status == 200
    expected = model.elbo(x, np.array(seeds), np.array(labels))
    elbo = [row["elbo"] for row in answer["predictions"]]
    np.testing.assert_allclose(elbo, expected, rtol=1e-5)
    drawn = [{"seed": 3, "label": label} for label in (0, 1)]
    status, answer = posted(api, "sample", drawn)
    assert status == 200
    assert answer["predictions"][0]["image"] != answer["predictions"][1]["image"]


@pytest.mark.slow
def test_rows_without_a_label_are_refused(conditional):
    _, api = conditional
    status, answer = posted(api, "sample", [1, 2])
    assert status == 400
    assert "label,seed" in answer["error"]
    status, answer = posted(api, "sample", [{"seed": 1, "label": 1.5}])
    assert status == 400
    assert "Input 'label'" in answer["error"]


def png(image):
    file = io.BytesIO()
    matplotlib.image.imsave(file, np.repeat(image, 3, axis=-1), format="png")
    return {"b64": base64.b64encode(file.getvalue()).decode()}


def test_files_in_and_out(ask):
    x = images(2).round()
    body = {"signature_name": "encode_png", "instances": [png(image) for image in x]}
    status, answer, _ = ask("POST", TINY, body)
    assert status == 200
    plain = {"signature_name": "encode", "instances": x.tolist()}
    assert ask("POST", TINY, plain)[1] == answer
    body = {
        "signature_name": "reconstruct_png",
        "instances": [{"image_bytes": png(x[0])}],
    }
    status, answer, _ = ask("POST", TINY, body)
    assert status == 200
    (row,) = answer["predictions"]
    picture = matplotlib.image.imread(io.BytesIO(base64.b64decode(row["b64"])))
    status, answer, _ = ask("POST", TINY, {"instances": x[:1].tolist()})
    np.testing.assert_allclose(
        picture, np.float32(answer["predictions"])[0, ..., 0], atol=0.003
    )


def test_bytes_that_are_no_picture(ask):
    for junk in ("", "aGVsbG8=", "iVBORw0KGgo="):
        rows = [png(images(1)[0]), {"b64": junk}]
        body = {"signature_name": "reconstruct_png", "instances": rows}
        status, answer, _ = ask("POST", TINY, body)
        assert status == 400
        assert "6x5x1" in answer["error"]
    body = {"signature_name": "reconstruct_png", "instances": rows[:1]}
    assert ask("POST", TINY, body)[0] == 200
