import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo import random
from vaezoo.layers import RealNVP
from vaezoo.models import ConditionalNormal, ConditionalRealNVP
from vaezoo.testing import check_vae

tfd = tfp.distributions

SHAPE = (4, 3, 1)
CLASSES = 3
FEATURES = tf.eye(CLASSES)


def trained(size=5, scale=0.3, **kwargs):
    """A prior with weights that are nobody's initial ones."""
    prior = ConditionalRealNVP(
        size, hidden_units=(6,), num_couplings=4, coupling_units=7, **kwargs
    )
    prior.build((None, CLASSES))
    rng = np.random.default_rng(1)
    for weight in prior.weights:
        weight.assign(rng.normal(0.0, scale, weight.shape))
    return prior


def gaussian_of(prior):
    """The Gaussian alone."""
    layer = ConditionalNormal(prior.event_size, prior.hidden_units, prior.activation)
    layer.build((None, CLASSES))
    layer.set_weights([w.numpy() for w in prior.weights[: len(layer.weights)]])
    return layer


def flow_of(prior, label):
    """The coupling layers alone, for one condition: what it says becomes a bias."""
    said = prior.hidden(FEATURES[label : label + 1])[0]
    layer = RealNVP(
        prior.event_size,
        prior.num_couplings,
        prior.coupling_units,
        prior.coupling_activation,
    )
    layer.build()
    for ours, theirs in zip(layer.couplings, prior.couplings, strict=True):
        kernel, bias, *rest = theirs.get_weights()
        own = len(theirs.kept)
        ours.set_weights(
            [
                kernel[:own],
                bias + tf.linalg.matvec(kernel[own:], said, transpose_a=True),
                *rest,
            ]
        )
    return layer


@pytest.fixture
def z():
    return tf.constant(np.random.default_rng(0).normal(size=(CLASSES, 5)), tf.float32)


def test_it_begins_as_the_standard_normal_for_every_condition(z):
    prior = ConditionalRealNVP(5)
    prior.build((None, CLASSES))
    expected = tfd.MultivariateNormalDiag(tf.zeros(5)).log_prob(z)
    density = prior.distribution(FEATURES)
    assert density.batch_shape == (CLASSES,)
    # The Gaussian's scale is 1 but for its lower bound of 1e-4.
    np.testing.assert_allclose(density.log_prob(z), expected, rtol=1e-3)


@pytest.mark.parametrize("label", range(CLASSES))
def test_it_is_the_gaussian_of_a_condition_seen_through_its_flow(z, label):
    prior = trained()
    gaussian = gaussian_of(prior).distribution(FEATURES)
    flow = flow_of(prior, label).distribution()
    noise, log_det = flow.bijector.to_noise(z)
    expected = gaussian.log_prob(noise)[label] + log_det[label]
    density = prior.distribution(FEATURES)
    np.testing.assert_allclose(density.log_prob(z)[label], expected, rtol=1e-5)
    # Samples in front of the conditions, as importance sampling has them.
    many = tf.stack([0.5 * z, z])
    np.testing.assert_allclose(density.log_prob(many)[1, label], expected, rtol=1e-5)


def test_the_density_of_every_condition_integrates_to_one():
    prior = trained(2, scale=0.4)
    step = 0.1
    axis = np.arange(-15.0, 15.0, step, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 1, 2)
    density = np.exp(prior.distribution(FEATURES).log_prob(grid).numpy())
    total = density.astype("float64").sum(axis=0) * step**2
    np.testing.assert_allclose(total, np.ones(CLASSES), atol=5e-3)
    assert np.abs(density[:, 0] - density[:, 1]).max() > 1e-3


def test_draws_are_those_of_the_gaussian_sent_forward():
    prior = trained()
    seeds = random.row_seeds(7, CLASSES)
    drawn = prior.draw(seeds, random.Stream.LATENT, FEATURES)
    gaussian = gaussian_of(prior).draw(seeds, random.Stream.LATENT, FEATURES)
    for label in range(CLASSES):
        expected = flow_of(prior, label).distribution().bijector.forward(gaussian)
        np.testing.assert_allclose(drawn[label], expected[label], rtol=1e-5, atol=1e-6)
    one = prior.draw(seeds[1:2], random.Stream.LATENT, FEATURES[1:2])
    np.testing.assert_allclose(one[0], drawn[1], rtol=1e-5, atol=1e-6)


def test_samples_have_the_density_that_it_says():
    prior = trained()
    density = prior.distribution(FEATURES)
    drawn = density.sample(20_000, seed=[1, 2])
    assert drawn.shape == (20_000, CLASSES, 5)
    # E[p'(z) / p(z)] = 1 for any density p' within p's reach, such as another class's.
    other = prior.distribution(tf.roll(FEATURES, 1, axis=0))
    ratio = tf.exp(other.log_prob(drawn) - density.log_prob(drawn)).numpy()
    error = ratio.std(axis=0) / np.sqrt(len(ratio))
    assert np.all(np.abs(ratio.mean(axis=0) - 1) < 4 * error + 1e-3)
    assert np.all(error < 0.2)


def test_half_precision_does_not_reach_the_density(z):
    half, full = trained(dtype="mixed_float16"), trained()
    received = half.distribution(FEATURES)
    assert received.dtype == tf.float32
    # The network of the condition works in half precision.
    expected = full.distribution(FEATURES).log_prob(z)
    np.testing.assert_allclose(received.log_prob(z), expected, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"event_size": 1}, "at least 2 latent dimensions"),
        ({"event_size": 4, "num_couplings": 0}, "`num_couplings`"),
        ({"event_size": 4, "coupling_units": 2.5}, "`coupling_units`"),
        ({"event_size": 4, "hidden_units": (0,)}, "hidden_units"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ConditionalRealNVP(**arguments)


@pytest.fixture(scope="module")
def images():
    return (np.random.default_rng(3).random((60, *SHAPE)) > 0.6).astype("float32")


@pytest.fixture(scope="module")
def model():
    model = vaezoo.ConditionalVAE(
        SHAPE,
        4,
        vaezoo.Labels(CLASSES),
        hidden_units=(8,),
        prior="conditional_real_nvp",
        seed=0,
    )
    rng = np.random.default_rng(4)
    for weight in model.prior_layer.weights:
        weight.assign(rng.normal(0.0, 0.15, weight.shape))
    return model


def test_a_model_has_the_prior_by_name_and_trains_all_of_it(model, images):
    assert isinstance(model.prior_layer, ConditionalRealNVP)
    seeds = random.row_seeds(1, 60)
    with tf.GradientTape() as tape:
        loss = model.terms(images, seeds, np.arange(60) % CLASSES, training=True).loss
    weights = model.trainable_weights
    for weight, gradient in zip(
        weights, tape.gradient(loss, [w.value for w in weights]), strict=True
    ):
        assert gradient is not None, weight.path
        assert np.any(gradient), weight.path
    assert model.prior_for(np.arange(3)).batch_shape == (3,)


def test_a_model_with_it_is_its_configuration_and_its_file(model, images, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    y = np.arange(60) % CLASSES
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(
        loaded.elbo(images, seed=1, y=y), model.elbo(images, seed=1, y=y)
    )


def test_samples_of_a_trained_model_keep_to_the_condition():
    """Samples show what was asked for."""
    y = np.repeat(np.arange(CLASSES), 60)
    images = np.zeros((len(y), *SHAPE), "float32")
    images[np.arange(len(y)), y] = 1.0  # a row of pixels for each class
    model = vaezoo.ConditionalVAE(
        SHAPE,
        2,
        vaezoo.Labels(CLASSES),
        hidden_units=(16,),
        prior="conditional_real_nvp",
        seed=0,
    )
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(images, y, batch_size=60, epochs=80, verbose=0)
    drawn = model.sample(seed=np.arange(len(y)), y=y).reshape(len(y), 4, 3).mean(-1)
    assert np.mean(drawn.argmax(axis=1) == y) > 0.95


@pytest.mark.slow
def test_a_model_with_it_passes_every_check(model):
    check_vae(model)
