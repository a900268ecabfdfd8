import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo import random
from vaezoo.layers import RealNVP

tfb, tfd = tfp.bijectors, tfp.distributions

SHAPE = (6, 5, 1)


def trained(size=5, scale=0.2, **kwargs):
    """A flow with weights that are nobody's initial ones."""
    prior = RealNVP(size, **{"num_couplings": 5, "hidden_units": 7, **kwargs})
    prior.build()
    rng = np.random.default_rng(1)
    for weight in prior.weights:
        weight.assign(rng.normal(0.0, scale, weight.shape))
    return prior


@pytest.fixture
def z():
    return tf.constant(np.random.default_rng(0).normal(size=(6, 5)), tf.float32)


def test_it_begins_as_the_standard_normal(z):
    prior = RealNVP(5)
    prior.build()
    expected = tfd.MultivariateNormalDiag(tf.zeros(5)).log_prob(z)
    np.testing.assert_allclose(prior.distribution().log_prob(z), expected, rtol=1e-6)
    seeds = random.row_seeds(3, 6)
    noise = random.normal(seeds, (5,), random.Stream.LATENT)
    np.testing.assert_array_equal(prior.draw(seeds, random.Stream.LATENT), noise)


def test_the_density_is_that_of_tfp_s_real_nvp(z):
    """The same networks in TFP's bijectors, permutations written out."""
    prior = trained()
    orders = [np.concatenate([c.kept, c.changed]) for c in prior.couplings]

    def shift_and_log_scale(coupling):
        def function(kept, _, **__):
            return coupling._parameters(kept, None)

        return function

    layers = []
    for coupling, order in zip(prior.couplings, orders, strict=True):
        real_nvp = tfb.RealNVP(
            num_masked=len(coupling.kept),
            shift_and_log_scale_fn=shift_and_log_scale(coupling),
        )
        # TFP keeps the first dimensions.
        layers += [
            tfb.Permute(order.astype("int32")),
            real_nvp,
            tfb.Permute(np.argsort(order).astype("int32")),
        ]
    # tfb.Chain applies the last one first.
    theirs = tfd.TransformedDistribution(
        tfd.MultivariateNormalDiag(tf.zeros(5)), tfb.Chain(layers[::-1])
    )
    ours = prior.distribution()
    np.testing.assert_allclose(ours.log_prob(z), theirs.log_prob(z), rtol=1e-5)
    np.testing.assert_allclose(
        ours.bijector.forward(z), theirs.bijector.forward(z), rtol=1e-5, atol=1e-6
    )


def test_the_log_determinant_is_that_of_the_jacobian(z):
    bijector = trained().distribution().bijector
    with tf.GradientTape() as tape:
        tape.watch(z)
        noise, log_det = bijector.to_noise(z)
    jacobian = tape.batch_jacobian(noise, z)
    np.testing.assert_allclose(
        log_det, tf.linalg.slogdet(jacobian)[1], rtol=1e-4, atol=1e-5
    )
    # What TFP's own density would use.
    ildj = bijector.inverse_log_det_jacobian(z, event_ndims=1)
    np.testing.assert_allclose(ildj, log_det, rtol=1e-6)


def test_the_density_integrates_to_one():
    prior = trained(2, scale=0.4, hidden_units=16)
    step = 0.05
    axis = np.arange(-12.0, 12.0, step, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    density = np.exp(prior.distribution().log_prob(grid).numpy().astype("float64"))
    assert density.sum() * step**2 == pytest.approx(1.0, abs=2e-3)
    # ... and is no Gaussian's: its samples would do better under their own moments.
    sample = prior.distribution().sample(5000, seed=(1, 2)).numpy()
    gaussian = np.linalg.slogdet(2.0 * np.pi * np.e * np.cov(sample.T))[1] / 2.0
    assert -prior.distribution().log_prob(sample).numpy().mean() < gaussian - 0.02


def test_samples_are_noise_sent_forward(z):
    prior = trained()
    bijector = prior.distribution().bijector
    seeds = random.row_seeds(7, 6)
    drawn = prior.draw(seeds, random.Stream.LATENT)
    noise = random.normal(seeds, (5,), random.Stream.LATENT)
    np.testing.assert_allclose(bijector.to_noise(drawn)[0], noise, rtol=1e-4, atol=1e-5)
    one = prior.draw(seeds[2:3], random.Stream.LATENT)
    np.testing.assert_allclose(one[0], drawn[2], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_any_batch_shape_and_both_compilers(z, jit_compile):
    prior = trained()
    expected = prior.distribution().log_prob(z)

    def density(value):
        return prior.distribution().log_prob(value)

    compiled = tf.function(density, jit_compile=jit_compile)
    for shape in ((6,), (2, 3), (1, 2, 3)):
        value = tf.reshape(z, (*shape, 5))
        np.testing.assert_allclose(
            compiled(value), tf.reshape(expected, shape), rtol=1e-5, atol=1e-5
        )
    np.testing.assert_allclose(prior(tf.zeros((6, 2))).log_prob(z), expected, rtol=1e-6)


def test_half_precision_does_not_reach_the_density(z):
    half, full = trained(dtype="mixed_float16"), trained()
    assert half.distribution().dtype == tf.float32
    np.testing.assert_array_equal(
        half.distribution().log_prob(z), full.distribution().log_prob(z)
    )
    wide = trained(dtype="float64")
    seeds = random.row_seeds(1, 3)
    np.testing.assert_allclose(
        wide.draw(seeds, random.Stream.LATENT),
        full.draw(seeds, random.Stream.LATENT),
        rtol=1e-5,
        atol=1e-6,
    )
    double = wide.distribution()
    assert double.dtype == tf.float64
    np.testing.assert_allclose(
        double.log_prob(tf.cast(z, tf.float64)),
        full.distribution().log_prob(z),
        rtol=1e-5,
    )


def test_it_is_saved(tmp_path, z):
    prior = trained()
    model = keras.Sequential([keras.Input((2,)), prior])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    copy = loaded.layers[-1]
    assert copy.get_config() == prior.get_config()
    np.testing.assert_array_equal(
        copy.distribution().log_prob(z), prior.distribution().log_prob(z)
    )


@pytest.mark.parametrize("size", [2, 3, 4, 7])
def test_every_dimension_is_changed(size):
    prior = trained(size, scale=0.5, num_couplings=2)
    noise = np.random.default_rng(2).normal(size=(4, size)).astype("float32")
    moved = prior.distribution().bijector.forward(noise).numpy()
    assert np.all(np.abs(moved - noise) > 1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"event_size": 1}, "at least 2 latent dimensions"),
        ({"event_size": 4, "num_couplings": 0}, "`num_couplings`"),
        ({"event_size": 4, "hidden_units": 2.5}, "`hidden_units`"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        RealNVP(**arguments)


@pytest.fixture(scope="module")
def images():
    return (np.random.default_rng(3).random((64, *SHAPE)) > 0.6).astype("float32")


@pytest.fixture(scope="module")
def model():
    model = vaezoo.FullyConnectedVAE(
        SHAPE, 4, hidden_units=(8,), prior="real_nvp", name="flow", seed=0
    )
    rng = np.random.default_rng(4)
    for weight in model.prior_layer.weights:
        weight.assign(rng.normal(0.0, 0.15, weight.shape))
    return model


def test_a_model_has_the_prior_by_name(model, images):
    assert isinstance(model.prior_layer, RealNVP)
    with tf.GradientTape() as tape:
        loss = model.terms(images, random.row_seeds(1, 64), training=True).loss
    weights = model.trainable_weights
    for weight, gradient in zip(
        weights, tape.gradient(loss, [w.value for w in weights]), strict=True
    ):
        assert gradient is not None, weight.path
        assert np.any(gradient), weight.path


def test_the_kl_is_the_samples_log_ratio(model, images):
    terms = model.elbo_terms(images, seed=5)
    posterior = model.encode(images)
    z = posterior.sample(2000, seed=(1, 2))
    ratio = posterior.log_prob(z) - model.prior.log_prob(z)
    error = np.std(ratio, axis=0).mean() / np.sqrt(len(images))
    assert np.mean(terms.kl) == pytest.approx(np.mean(ratio), abs=4.0 * error)


def test_the_bound_is_below_the_importance_sampled_density(model, images):
    elbo = np.mean(model.elbo(images, seed=1))
    log_prob = np.mean(model.log_prob(images, num_samples=500, seed=1))
    assert elbo < log_prob - 0.05


@pytest.mark.slow
def test_it_learns_what_a_gaussian_prior_cannot(images):
    """Codes in two clusters: bright and dark images."""
    rng = np.random.default_rng(5)
    bright = rng.random(2000) > 0.5
    x = rng.random((2000, *SHAPE)) < np.where(bright, 0.9, 0.1)[:, None, None, None]
    x = x.astype("float32")
    bounds = {}
    for prior in ("standard_normal", "real_nvp"):
        keras.utils.set_random_seed(0)
        model = vaezoo.FullyConnectedVAE(
            SHAPE, 2, hidden_units=(16,), prior=prior, seed=0
        )
        model.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
        model.fit(x, epochs=15, batch_size=100, verbose=0)
        bounds[prior] = np.mean(model.log_prob(x[:500], num_samples=100, seed=0))
    # One bit, ln 2, tells the clusters apart; a Gaussian prior leaves a gap besides.
    assert bounds["real_nvp"] > bounds["standard_normal"] + 0.02


def test_it_is_exported_and_loaded(model, images, tmp_path):
    folder = vaezoo.export(model, tmp_path / "flow", log_prob_samples=3)
    copy = vaezoo.load(tmp_path / "flow")
    np.testing.assert_allclose(
        copy.log_prob(images, num_samples=3, seed=1),
        model.log_prob(images, num_samples=3, seed=1),
        rtol=1e-6,
    )
    with vaezoo.serving.ServingSession(folder) as served:
        image = served.run("sample", {"seed": [1, 2, 3]})["image"]
    np.testing.assert_allclose(image, model.sample(seed=[1, 2, 3]), atol=1e-5)


def test_a_traversal_of_it_can_be_drawn(model, images):
    figure = vaezoo.plotting.latent_traversal(model, 3)
    assert figure.axes
