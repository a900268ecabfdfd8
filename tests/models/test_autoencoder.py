"""The baseline without densities."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.serving import ServingSession, check_export

SHAPE = (4, 3, 1)
OPTIONS = {
    "fully_connected": {"hidden_units": (6,)},
    "convolutional": {"filters": (3,), "dense_units": 5},
}


def make(network="fully_connected", **kwargs):
    keras.utils.set_random_seed(3)
    return vaezoo.Autoencoder(
        SHAPE, 2, network=network, **{**OPTIONS[network], **kwargs}
    )


@pytest.fixture(params=OPTIONS)
def autoencoder(request):
    return make(request.param)


@pytest.fixture(scope="module")
def grey():
    return np.random.default_rng(5).integers(0, 256, (11, *SHAPE)).astype("uint8")


@pytest.fixture(scope="module")
def binary(grey):
    return (grey > 127).astype("float32")


def test_an_image_has_one_code(autoencoder, binary):
    codes = autoencoder.encode(binary)
    assert isinstance(codes, np.ndarray)
    assert (codes.shape, codes.dtype) == ((11, 2), np.float32)
    np.testing.assert_array_equal(autoencoder.encode(binary), codes)
    likelihood = autoencoder.decode(codes)
    assert likelihood.batch_shape == (11,)
    reconstruction = autoencoder.reconstruct(binary)
    np.testing.assert_allclose(reconstruction, likelihood.mean(), rtol=1e-5)
    np.testing.assert_allclose(autoencoder(binary), reconstruction, rtol=1e-5)
    autoencoder.compile()
    predicted = autoencoder.predict(binary, batch_size=4, verbose=0)
    np.testing.assert_allclose(predicted, reconstruction, rtol=1e-5)
    grey = (255 * binary).astype("uint8")
    np.testing.assert_allclose(autoencoder.encode(grey), codes, rtol=1e-5)


def test_the_loss_is_minus_log_p_of_x_given_the_code(autoencoder, binary):
    autoencoder.compile("sgd", jit_compile=False)
    logs = autoencoder.evaluate(binary, batch_size=4, verbose=0, return_dict=True)
    expected = autoencoder.decode(autoencoder.encode(binary)).log_prob(binary)
    assert logs == {
        "loss": pytest.approx(-np.mean(expected), rel=1e-5),
        "reconstruction": pytest.approx(np.mean(expected), rel=1e-5),
    }


def test_its_reconstruction_term_is_that_of_a_vae_without_noise(binary):
    vae = vaezoo.FullyConnectedVAE(SHAPE, 2, hidden_units=(6,))
    model = make()
    *first, kernel, bias = vae.encoder.get_weights()
    bias[2:] = -30.0  # the posterior's scale is as small as it gets
    vae.encoder.set_weights([*first, kernel * [1, 1, 0, 0], bias])
    model.encoder.set_weights([*first, kernel[:, :2], bias[:2]])
    model.decoder.set_weights(vae.decoder.get_weights())
    terms = model.terms(binary, tf.range(11, dtype=tf.int64))
    expected = vae.elbo_terms(binary, 0).reconstruction
    np.testing.assert_allclose(terms.reconstruction, expected, atol=1e-2)


@pytest.mark.slow
def test_training_beats_the_mean_image(grey):
    model = make()
    model.compile(keras.optimizers.Adam(0.02), jit_compile=False)
    few = grey[:4] // 128 * 255
    logs = model.fit(few, epochs=150, validation_data=few, verbose=0).history
    assert set(logs) == {"loss", "reconstruction", "val_loss", "val_reconstruction"}
    mean = few.mean(axis=0) / 255.0
    entropy = -np.where(few > 0, np.log(mean + 1e-9), np.log(1 - mean + 1e-9))
    assert logs["val_loss"][-1] < 0.5 * entropy.sum() / len(few)


def test_grey_pixels_are_binarized_by_the_seed(grey):
    models = [make(seed=seed) for seed in (0, 0, 1)]
    for model in models:
        model.compile("sgd", jit_compile=False)
    losses = [model.evaluate(grey, verbose=0)[0] for model in models]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize(
    "verb",
    [
        lambda model: model.sample(3),
        lambda model: model.sample(n=3, seed=1),
        lambda model: model.prior,
        lambda model: model.prior_for(),
        lambda model: model.elbo(np.zeros((2, *SHAPE))),
        lambda model: model.elbo_terms(np.zeros((2, *SHAPE))),
        lambda model: model.log_prob(np.zeros((2, *SHAPE)), num_samples=5),
        lambda model: vaezoo.evaluation.evaluate_likelihood(
            model, np.zeros((2, *SHAPE)), num_samples=5
        ),
    ],
)
def test_verbs_that_need_a_density_say_why_there_is_none(verb):
    with pytest.raises(NotImplementedError, match="no density") as caught:
        verb(make())
    assert "vaezoo.FullyConnectedVAE" in str(caught.value)
    assert "Received: a call of `" in str(caught.value)


def test_bad_images_and_codes_are_refused(autoencoder, grey):
    with pytest.raises(ValueError, match="Received: shape"):
        autoencoder.encode(grey[..., 0])
    with pytest.raises(ValueError, match="Received: shape"):
        autoencoder.decode(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="Expected no condition"):
        autoencoder.encode(grey, np.zeros(11, int))
    with pytest.raises(ValueError, match=r"reports loss, reconstruction.*Received"):
        autoencoder.compile(loss="mse")


def test_a_loss_that_is_not_finite_stops_training(autoencoder, grey):
    autoencoder.compile("sgd", jit_compile=False)
    last = autoencoder.decoder.layers
    bias = next(layer for layer in reversed(last) if layer.weights).bias
    bias.assign(np.full(bias.shape, np.nan))
    with pytest.raises(vaezoo.models.NonFiniteLossError, match="`reconstruction`"):
        autoencoder.fit(grey, verbose=0)


@pytest.mark.parametrize(
    ("network", "condition"),
    [("fully_connected", None), ("convolutional", vaezoo.Labels(3))],
    ids=str,
)
def test_it_is_its_configuration_its_file_and_its_export(
    network, condition, grey, tmp_path
):
    model = make(network, condition=condition, name="mine", seed=4)
    y = None if condition is None else condition.cycle(11)
    config = model.get_config()
    assert config["network"] == network
    assert vaezoo.Autoencoder.from_config(config).get_config() == config
    model.compile(jit_compile=False)
    model.fit(grey, y, verbose=0)
    expected = model.reconstruct(grey, y)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.reconstruct(grey, y), expected)
    folder = vaezoo.export(model, tmp_path / "mine")
    check_export(folder)
    again = vaezoo.load(tmp_path / "mine")
    assert isinstance(again, vaezoo.Autoencoder)
    np.testing.assert_array_equal(again.reconstruct(grey, y), expected)
    assert vaezoo.info(tmp_path / "mine").log_prob_samples is None
    given = {} if y is None else {"label": y}
    with ServingSession(folder) as served:
        verbs = ("decode", "encode", "reconstruct")
        of_files = tuple(f"{verb}_png" for verb in verbs)
        assert set(served.signatures) == {*verbs, *of_files, "serving_default"}
        inputs = {"image": np.float32(grey / 255.0), **given}
        received = served.run("serving_default", inputs)["reconstruction"]
        np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)
        z = served.run("encode", inputs)["z"]
        np.testing.assert_allclose(z, model.encode(grey, y), rtol=1e-4, atol=1e-5)
        decoded = served.run("decode", {"z": z, **given})
        np.testing.assert_allclose(decoded["mean"], expected, rtol=1e-4, atol=1e-5)


def test_a_conditional_autoencoder_uses_the_condition(binary):
    condition = vaezoo.Labels(3)
    model, y = make(condition=condition), condition.cycle(11)
    other = (y + 1) % 3
    assert np.abs(model.encode(binary, y) - model.encode(binary, other)).min() > 0
    codes = model.encode(binary, y)
    first, second = (model.decode(codes, labels).mean() for labels in (y, other))
    assert (np.abs(first - second).reshape(11, -1).max(axis=1) > 1e-4).all()
    with pytest.raises(ValueError, match="y=None"):
        model.encode(binary)


def test_any_likelihood_will_do(binary):
    with pytest.raises(ValueError, match=r"Expected `likelihood`.*Received"):
        make(likelihood="guess")
    head = vaezoo.layers.IndependentBernoulli(SHAPE, name="mine")
    assert make(likelihood=head).likelihood is head


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float64"])
def test_precisions(policy, binary):
    model = make(dtype=policy)
    model.compile("sgd", jit_compile=False)
    logs = model.fit(binary, verbose=0).history
    assert np.isfinite(logs["loss"]).all()
    assert model.encode(binary).dtype == np.float32
    assert model.reconstruct(binary).dtype == np.float32
