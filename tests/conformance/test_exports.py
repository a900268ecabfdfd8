"""Every saved model of the repository, as TensorFlow Serving would run it."""

import concurrent.futures
import json

import numpy as np
import pytest
import tensorflow as tf

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
    if isinstance(model, vaezoo.Autoencoder):  # which draws none
        return np.random.default_rng(1).random((3, *model.image_shape), "float32")
    return model.sample(seed=[1, 2, 3], y=y)


@pytest.fixture(scope="module")
def code(model):
    """The output of `encode` that `decode` takes."""
    return "z" if isinstance(model, vaezoo.Autoencoder) else "z_mean"


@pytest.fixture(scope="module")
def needs_samples(model):
    if isinstance(model, vaezoo.Autoencoder):
        pytest.skip("an autoencoder draws no samples and has no density")


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
    for metric in card.metrics:
        if not metric.protocol.startswith("sprites of all factors; "):
            assert metric.n == card.data.sizes["test"]
        assert metric.unit != "nats" or metric.standard_error > 0


def test_the_card_has_a_bound_and_what_it_bounds(name, needs_samples):
    """Of a model that completes images once for each number of quadrants."""
    metrics = {metric.name: metric for metric in vaezoo.info(name).metrics}
    endings = [key.removeprefix("nll") for key in metrics if key.startswith("nll")]
    assert endings
    for ending in endings:
        terms = ("nll", "elbo", "reconstruction", "kl")
        nll, elbo, reconstruction, kl = (metrics[term + ending] for term in terms)
        assert nll.value <= -elbo.value
        assert nll.k >= 100
        difference = reconstruction.value - kl.value
        assert elbo.value == pytest.approx(difference, abs=0.01)


@pytest.fixture(scope="module")
def inputs(served, images, given, code):
    """From a signature and rows to its inputs."""
    pixels = (images * 255).round().astype("uint8")
    values = {
        "image": images,
        "seed": SEEDS,
        "z": served.run("encode", {"image": images, **given})[code],
        "image_bytes": np.array([tf.io.encode_png(p).numpy() for p in pixels], object),
        **given,
    }

    def inputs(signature, rows=slice(None)):
        names = [described.name for described in served.inputs(signature)]
        return {name: values[name][rows] for name in names}

    return inputs


def pictures(files):
    return np.array([tf.io.decode_png(file) for file in files]) / 255.0


def encoded(model, images, y):
    """What `encode` of the export returns, from Python."""
    if isinstance(model, vaezoo.Autoencoder):
        return {"z": model.encode(images, y)}
    posterior = model.encode(images, y)
    return {"z_mean": posterior.mean(), "z_stddev": posterior.stddev()}


def assert_close(received, expected):
    """The same numbers; of files, the same pictures to within a level of grey."""
    if received.dtype == object:
        received, expected = pictures(received), pictures(expected)
        np.testing.assert_allclose(received, expected, rtol=0, atol=1.01 / 255)
    else:
        np.testing.assert_allclose(received, expected, **CLOSE)


def test_every_signature_is_as_documented(model, served, code):
    nats = ("elbo", "kl", "log_prob", "reconstruction_log_prob")
    codes = ["z"] if code == "z" else ["z_mean", "z_stddev"]
    expected = {
        "reconstruct": ("image", ["reconstruction"]),
        "serving_default": ("image", ["reconstruction"]),
        "encode": ("image", codes),
        "decode": ("z", None),
    }
    png = {
        "reconstruct_png": ("image_bytes", ["image_bytes"]),
        "encode_png": ("image_bytes", codes),
        "decode_png": ("z", ["image_bytes"]),
    }
    if isinstance(model, vaezoo.VAE):
        expected["sample"] = ("seed", ["image", "z"])
        expected["log_prob"] = ("image seed", nats)
        png["sample_png"] = ("seed", ["image_bytes"])
    if model.image_shape[-1] in (1, 3):
        expected |= png
    image = ("float32", (None, *model.image_shape))
    z = ("float32", (None, model.latent_dim))
    kinds = {
        "image": image,
        "reconstruction": image,
        "mean": image,
        **dict.fromkeys(("z", "z_mean", "z_stddev"), z),
        **dict.fromkeys(nats, ("float32", (None,))),
        "seed": ("int64", (None,)),
        "image_bytes": ("string", (None,)),
    }
    condition = []
    if model.condition is not None:
        condition = [model.condition.serving_name]
        shape = (None, *model.condition.value_shape)
        kinds[condition[0]] = (model.condition.dtype, shape)
    assert set(served.signatures) == set(expected)
    for signature, (given, returned) in expected.items():
        tensors = served.inputs(signature)
        names = [tensor.name for tensor in tensors]
        assert names == sorted([*given.split(), *condition])
        outputs = served.outputs(signature)
        names = [tensor.name for tensor in outputs]
        if signature == "decode":  # and what TFP calls the likelihood's parameters
            assert "mean" in names
            assert len(names) > 1
        else:
            assert names == sorted(returned)
        for tensor in tensors + outputs:
            assert tensor.shape[0] is None
            assert None not in tensor.shape[1:]
            found = (tensor.dtype, tensor.shape)
            assert found == kinds.get(tensor.name, found)


def test_images_in_images_out(model, served, images, y, given):
    inputs = {"image": images, **given}
    received = served.run("serving_default", inputs)["reconstruction"]
    np.testing.assert_allclose(received, model.reconstruct(images, y), **CLOSE)


def test_encode_and_decode(model, served, images, y, given, code):
    received = served.run("encode", {"image": images, **given})
    for key, expected in encoded(model, images, y).items():
        np.testing.assert_allclose(received[key], expected, **CLOSE)
    decoded = served.run("decode", {"z": received[code], **given})["mean"]
    expected = model.decode(received[code], y).mean()
    np.testing.assert_allclose(decoded, expected, **CLOSE)


def test_one_seed_one_image_in_python_and_in_the_server(
    model, served, y, given, needs_samples
):
    received = served.run("sample", {"seed": SEEDS, **given})["image"]
    np.testing.assert_allclose(received, model.sample(seed=SEEDS, y=y), **CLOSE)


def test_log_prob_is_that_of_python(
    name, model, served, images, y, given, needs_samples
):
    received = served.run("log_prob", {"image": images, "seed": SEEDS, **given})
    k = vaezoo.info(name).log_prob_samples
    estimate = model.log_prob(images, k, SEEDS, y)
    np.testing.assert_allclose(received["log_prob"], estimate, **CLOSE)
    np.testing.assert_allclose(received["elbo"], model.elbo(images, SEEDS, y), **CLOSE)
    terms = received["reconstruction_log_prob"] - received["kl"]
    np.testing.assert_allclose(received["elbo"], terms, **CLOSE)


def test_files_in_files_out(model, served, y, inputs):
    if model.image_shape[-1] not in (1, 3):
        return
    files = inputs("encode_png")
    pixels = np.array([tf.io.decode_png(file) for file in files["image_bytes"]])
    received = served.run("encode_png", files)
    for key, expected in encoded(model, pixels, y).items():
        np.testing.assert_allclose(received[key], expected, **CLOSE)
    half = {"rtol": 0, "atol": 0.501 / 255}
    received = served.run("reconstruct_png", files)["image_bytes"]
    np.testing.assert_allclose(pictures(received), model.reconstruct(pixels, y), **half)
    if "sample_png" in served.signatures:
        received = served.run("sample_png", inputs("sample_png"))["image_bytes"]
        drawn = model.sample(None, SEEDS, y)
        np.testing.assert_allclose(pictures(received), drawn, **half)
    z = inputs("decode_png")["z"]
    received = served.run("decode_png", inputs("decode_png"))["image_bytes"]
    np.testing.assert_allclose(pictures(received), model.decode(z, y).mean(), **half)


def test_a_row_depends_on_itself_alone(served, inputs):
    backwards = slice(None, None, -1)
    for signature in served.signatures:
        together = served.run(signature, inputs(signature))
        turned = served.run(signature, inputs(signature, backwards))
        alone = served.run(signature, inputs(signature, slice(0, 1)))
        for key, values in together.items():
            assert_close(turned[key], values[backwards])
            assert_close(alone[key], values[:1])


def test_no_rows_and_no_change(served, inputs):
    before = served.variables()
    for signature in served.signatures:
        received = served.run(signature, inputs(signature, slice(0, 0)))
        for output in served.outputs(signature):
            assert received[output.name].shape == (0, *output.shape[1:])
    for key, value in served.variables().items():
        np.testing.assert_array_equal(value, before[key])


@pytest.mark.slow
def test_large_batches(served, inputs):
    rows = np.arange(1024) % 3
    for signature in served.signatures:
        few = served.run(signature, inputs(signature))
        many = served.run(signature, inputs(signature, rows))
        for key, values in few.items():
            assert_close(many[key], values[rows])


@pytest.mark.slow
def test_a_thousand_calls_of_many_threads(served, inputs):
    """Each gets its own answer, and none leaves anything behind."""
    before = served.variables()
    calls = [
        (signature, slice(row, row + 1))
        for signature in served.signatures
        for row in range(3)
    ]
    expected = [served.run(name, inputs(name, rows)) for name, rows in calls]

    def call(number):
        name, rows = calls[number % len(calls)]
        return served.run(name, inputs(name, rows))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for number, received in enumerate(pool.map(call, range(1000))):
            for key, values in expected[number % len(calls)].items():
                assert_close(received[key], values)
    for key, value in served.variables().items():
        np.testing.assert_array_equal(value, before[key])


@pytest.mark.slow
def test_the_loaded_model_trains_on(name, y, images):
    """As one whose weights came from elsewhere, not as one that begins anew."""
    loaded, other = vaezoo.load(name), vaezoo.load(name, weights=None)
    other.set_weights(loaded.get_weights())
    for model in (loaded, other):
        model.fit(images, y, epochs=2, verbose=0)
    for mine, theirs in zip(loaded.weights, other.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-7)
