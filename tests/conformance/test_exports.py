"""Every saved model of the repository, as TensorFlow Serving would run it."""

import json

import numpy as np
import pytest

import vaezoo
from vaezoo.serving import ServingSession, check_export
from vaezoo.zoo import file_digests, version_folder
from vaezoo.zoo.catalog import shipped_folder

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
SEEDS = np.array([5, -6, 2**40])


@pytest.fixture(scope="module", params=vaezoo.list_models())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name):
    return vaezoo.load(name)


@pytest.fixture(scope="module")
def served(name):
    with ServingSession(version_folder(name)) as session:
        yield session


@pytest.fixture(scope="module")
def y(model):
    """Conditions, for a conditional model."""
    return None if model.condition is None else model.condition.example(3)


@pytest.fixture(scope="module")
def given(model, y):
    """The input of every signature of a conditional model."""
    return {} if y is None else {model.condition.serving_name: y}


@pytest.fixture(scope="module")
def images(model, y):
    return model.sample(seed=[1, 2, 3], y=y)


def test_warmup_requests_and_golden_samples_replay(name):
    check_export(version_folder(name))


def test_the_card_lists_every_file(name):
    folder, card = version_folder(name), vaezoo.info(name)
    assert card.files == file_digests(folder)
    assert card.size_bytes == sum((folder / f).stat().st_size for f in card.files)
    whole = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    assert whole < 8_000_000


def test_the_card_says_what_it_is_and_how_it_was_made(name, model):
    card = vaezoo.info(name)
    assert card.name == name == model.name
    assert card.family == type(model).__name__
    assert card.architecture == json.loads(json.dumps(model.get_config()))
    assert card.parameters == model.count_params()
    assert all((card.description, card.licence, card.data_licence, card.reference))
    assert card.data.split in card.data.sizes
    assert card.training.epochs > 0
    assert card.training.wall_time_seconds > 0
    recipe = shipped_folder("recipes") / card.training.recipe.removeprefix("recipes/")
    assert recipe.is_file()
    assert card.training.command == f"vaezoo train {recipe.stem}"
    metrics = {metric.name: metric for metric in card.metrics}
    assert {"nll", "elbo", "reconstruction", "kl"} <= set(metrics)
    for metric in metrics.values():
        assert metric.n == card.data.sizes["test"]
        assert metric.unit != "nats" or metric.standard_error > 0
    nll, elbo = metrics["nll"], metrics["elbo"]
    assert nll.value <= -elbo.value
    assert nll.k >= 5000


def test_every_signature_is_batched_and_described(served):
    expected = {"serving_default", "reconstruct", "encode", "decode", "sample"}
    assert expected | {"log_prob"} <= set(served.signatures)
    for signature in served.signatures:
        for tensor in served.inputs(signature) + served.outputs(signature):
            assert tensor.shape[0] is None
            assert None not in tensor.shape[1:]


def test_images_in_images_out(model, served, images, y, given):
    inputs = {"image": images, **given}
    received = served.run("serving_default", inputs)["reconstruction"]
    np.testing.assert_allclose(received, model.reconstruct(images, y), **CLOSE)


def test_encode_and_decode(model, served, images, y, given):
    posterior = model.encode(images, y)
    received = served.run("encode", {"image": images, **given})
    np.testing.assert_allclose(received["z_mean"], posterior.mean(), **CLOSE)
    np.testing.assert_allclose(received["z_stddev"], posterior.stddev(), **CLOSE)
    decoded = served.run("decode", {"z": received["z_mean"], **given})["mean"]
    np.testing.assert_allclose(
        decoded, model.decode(received["z_mean"], y).mean(), **CLOSE
    )


def test_one_seed_one_image_in_python_and_in_the_server(model, served, y, given):
    received = served.run("sample", {"seed": SEEDS, **given})["image"]
    np.testing.assert_allclose(received, model.sample(seed=SEEDS, y=y), **CLOSE)


def test_log_prob_is_that_of_python(name, model, served, images, y, given):
    received = served.run("log_prob", {"image": images, "seed": SEEDS, **given})
    k = vaezoo.info(name).log_prob_samples
    estimate = model.log_prob(images, k, SEEDS, y)
    np.testing.assert_allclose(received["log_prob"], estimate, **CLOSE)
    np.testing.assert_allclose(received["elbo"], model.elbo(images, SEEDS, y), **CLOSE)
    terms = received["reconstruction_log_prob"] - received["kl"]
    np.testing.assert_allclose(received["elbo"], terms, **CLOSE)


def test_a_row_depends_on_itself_alone(served, images, given):
    inputs = {"image": images, "seed": SEEDS, **given}
    together = served.run("log_prob", inputs)
    backwards = served.run("log_prob", {k: v[::-1] for k, v in inputs.items()})
    alone = served.run("log_prob", {k: v[:1] for k, v in inputs.items()})
    for key, values in together.items():
        np.testing.assert_allclose(backwards[key][::-1], values, **CLOSE)
        np.testing.assert_allclose(alone[key], values[:1], **CLOSE)


def test_no_rows_and_no_change(served, images, given):
    before = served.variables()
    rows = {"image": images, "seed": SEEDS, **given}
    inputs = {key: values[:0] for key, values in rows.items()}
    for values in served.run("log_prob", inputs).values():
        assert values.shape == (0,)
    for key, value in served.variables().items():
        np.testing.assert_array_equal(value, before[key])
