"""The terms and their gradients against a VAE written once more in NumPy float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo import random
from vaezoo.objectives import ELBO, Objective, Terms

tfd = tfp.distributions

IMAGE = (2, 3, 1)
PIXELS, HIDDEN, LATENT, BATCH = 6, 4, 2, 5
SEEDS = random.row_seeds(1, BATCH)
IMAGES = np.random.default_rng(0).integers(0, 2, (BATCH, *IMAGE)).astype("float32")
SHAPES = [  # kernel and bias of each dense layer, encoder first
    (PIXELS, HIDDEN),
    (HIDDEN,),
    (HIDDEN, 2 * LATENT),
    (2 * LATENT,),
    (LATENT, HIDDEN),
    (HIDDEN,),
    (HIDDEN, PIXELS),
    (PIXELS,),
]


@keras.saving.register_keras_serializable(package="vaezoo_tests")
class Weighted(Objective):
    """An objective of one's own: the KL term counts `beta` times."""

    def __init__(self, beta):
        self.beta = beta

    def loss(self, reconstruction, kl):
        return self.beta * kl - reconstruction

    def get_config(self):
        return {"beta": self.beta}


def make_model(objective=None, prior=None):
    encoder = keras.Sequential(
        [
            keras.Input(IMAGE),
            keras.layers.Flatten(),
            keras.layers.Dense(HIDDEN, "tanh"),
            keras.layers.Dense(2 * LATENT),
        ]
    )
    decoder = keras.Sequential(
        [
            keras.Input((LATENT,)),
            keras.layers.Dense(HIDDEN, "tanh"),
            keras.layers.Dense(PIXELS),
        ]
    )
    model = vaezoo.VAE(encoder, decoder, objective=objective, prior=prior, seed=3)
    rng = np.random.default_rng(2)
    model.set_weights([rng.normal(0.0, 0.7, w.shape) for w in model.weights])
    assert [tuple(w.shape) for w in model.trainable_weights] == SHAPES
    return model


def weights_of(model):
    return [np.asarray(w.value, "float64") for w in model.trainable_weights]


def numpy_terms(weights, images, noise):
    """Reconstruction and KL of each image, in nats, in float64."""
    w1, b1, w2, b2, w3, b3, w4, b4 = weights
    x = images.reshape(len(images), PIXELS).astype("float64")
    params = np.tanh(x @ w1 + b1) @ w2 + b2
    loc, raw = params[:, :LATENT], params[:, LATENT:]
    scale = 1e-4 + np.log1p(np.exp(raw) * (np.e - 1.0))
    z = loc + scale * noise
    probability = 1.0 / (1.0 + np.exp(-(np.tanh(z @ w3 + b3) @ w4 + b4)))
    reconstruction = np.sum(
        x * np.log(probability) + (1.0 - x) * np.log(1.0 - probability), axis=-1
    )
    kl = 0.5 * np.sum(loc**2 + scale**2 - 1.0 - 2.0 * np.log(scale), axis=-1)
    return reconstruction, kl


def numpy_loss(weights, images, noise, beta=1.0):
    reconstruction, kl = numpy_terms(weights, images, noise)
    return np.mean(beta * kl - reconstruction)


def central_differences(loss, weights, step=1e-5):
    """The gradient of a function of a list of arrays, one entry at a time."""
    gradients = []
    for index, weight in enumerate(weights):
        gradient = np.zeros_like(weight)
        for place in np.ndindex(weight.shape):
            values = []
            for sign in (1.0, -1.0):
                moved = [np.copy(w) for w in weights]
                moved[index][place] += sign * step
                values.append(loss(moved))
            gradient[place] = (values[0] - values[1]) / (2.0 * step)
        gradients.append(gradient)
    return gradients


def noise_of(seeds):
    return np.float64(random.normal(seeds, (LATENT,), random.Stream.LATENT))


@pytest.mark.parametrize(
    ("beta", "compiled"), [(1.0, "eager"), (1.0, "graph"), (1.0, "xla"), (4.0, "eager")]
)
def test_terms_and_gradients_are_those_of_numpy(beta, compiled):
    model = make_model(ELBO() if beta == 1.0 else Weighted(beta))

    def function(images, seeds):
        with tf.GradientTape() as tape:
            terms = model.objective.terms(model, images, seeds, training=True)
            loss = tf.reduce_mean(terms.loss)
        return terms, tape.gradient(loss, model.trainable_weights)

    if compiled != "eager":
        function = tf.function(function, jit_compile=compiled == "xla")
    terms, gradients = function(tf.constant(IMAGES), SEEDS)
    noise, weights = noise_of(SEEDS), weights_of(model)
    reconstruction, kl = numpy_terms(weights, IMAGES, noise)
    assert isinstance(terms, Terms)
    assert {tuple(term.shape) for term in terms} == {(BATCH,)}
    assert {term.dtype for term in terms} == {tf.float32}
    np.testing.assert_allclose(terms.reconstruction, reconstruction, rtol=1e-5)
    np.testing.assert_allclose(terms.kl, kl, rtol=1e-5)
    np.testing.assert_allclose(terms.loss, beta * kl - reconstruction, rtol=1e-5)
    np.testing.assert_allclose(terms.elbo, reconstruction - kl, rtol=1e-5)
    expected = central_differences(
        lambda w: numpy_loss(w, IMAGES, noise, beta), weights
    )
    for gradient, reference in zip(gradients, expected, strict=True):
        assert np.abs(reference).max() > 0.0
        np.testing.assert_allclose(gradient, reference, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_step_of_training_follows_that_gradient(jit_compile):
    model = make_model()
    model.compile(keras.optimizers.SGD(0.1), jit_compile=jit_compile)
    before = weights_of(model)
    seed = random.fold_in(3, 0, random.Stream.TRAIN)
    noise = noise_of(random.row_seeds(seed, BATCH))
    history = model.fit(IMAGES, batch_size=BATCH, shuffle=False, verbose=0).history
    reconstruction, kl = numpy_terms(before, IMAGES, noise)
    expected = {
        "loss": np.mean(kl - reconstruction),
        "elbo": np.mean(reconstruction - kl),
        "reconstruction": np.mean(reconstruction),
        "kl": np.mean(kl),
    }
    assert {key: values[0] for key, values in history.items()} == pytest.approx(
        expected, rel=1e-5
    )
    gradients = central_differences(lambda w: numpy_loss(w, IMAGES, noise), before)
    for new, old, gradient in zip(weights_of(model), before, gradients, strict=True):
        np.testing.assert_allclose(old - new, 0.1 * gradient, rtol=2e-4, atol=2e-6)


def test_the_mean_over_noise_is_the_elbo():
    # One image, many seeds: the mean of the estimate is a Gauss-Hermite integral.
    model = make_model()
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    grid = np.stack(np.meshgrid(nodes, nodes), -1).reshape(-1, LATENT)
    mass = np.outer(weights, weights).ravel() / weights.sum() ** 2
    images = np.repeat(IMAGES[:1], len(grid), axis=0)
    reconstruction, kl = numpy_terms(weights_of(model), images, grid)
    count = 20_000
    images = tf.repeat(tf.constant(IMAGES[:1]), count, axis=0)
    terms = model.objective.terms(model, images, random.row_seeds(7, count))
    elbo = terms.elbo.numpy()
    error = abs(elbo.mean() - (mass @ reconstruction - kl[0]))
    assert error < 4.5 * elbo.std() / np.sqrt(count)


@keras.saving.register_keras_serializable(package="vaezoo_tests")
class MixturePrior(vaezoo.layers.Prior):
    """Two Gaussians: no closed form of the KL divergence."""

    def distribution(self):
        loc = tf.constant([[-1.0], [2.0]]) * tf.ones((2, self.event_size))
        return tfd.MixtureSameFamily(
            tfd.Categorical(probs=[0.25, 0.75]),
            tfd.MultivariateNormalDiag(loc, tf.ones((2, self.event_size))),
        )


def test_the_monte_carlo_kl_uses_the_sample_that_was_decoded():
    model = make_model(prior=MixturePrior(LATENT))
    terms = model.objective.terms(model, tf.constant(IMAGES), SEEDS)
    posterior = model.infer(tf.constant(IMAGES))
    z = posterior.mean() + posterior.stddev() * tf.constant(noise_of(SEEDS), "float32")
    expected = posterior.log_prob(z) - model.prior.log_prob(z)
    np.testing.assert_allclose(terms.kl, expected, rtol=1e-4, atol=1e-5)
    reconstruction = model.generate(z).log_prob(IMAGES)
    np.testing.assert_allclose(terms.reconstruction, reconstruction, rtol=1e-5)


def test_a_row_depends_on_its_image_and_seed_alone():
    model = make_model()
    together = model.objective.terms(model, tf.constant(IMAGES), SEEDS)
    order = [3, 0, 4, 1, 2]
    permuted = model.objective.terms(
        model, tf.constant(IMAGES[order]), tf.gather(SEEDS, order)
    )
    alone = model.objective.terms(model, tf.constant(IMAGES[2:3]), SEEDS[2:3])
    for name, term in together._asdict().items():
        actual = getattr(permuted, name)
        np.testing.assert_allclose(actual, term.numpy()[order], rtol=1e-5)
        np.testing.assert_allclose(getattr(alone, name), term[2:3], rtol=1e-5)


def test_objectives_are_rebuilt_from_their_configuration():
    for objective in (ELBO(), Weighted(2.5)):
        serialized = keras.saving.serialize_keras_object(objective)
        again = keras.saving.deserialize_keras_object(serialized, safe_mode=True)
        assert type(again) is type(objective)
        assert again.get_config() == objective.get_config()


def test_what_is_not_defined_says_so():
    with pytest.raises(NotImplementedError, match="Objective must define `loss`"):
        Objective().loss(tf.zeros(1), tf.zeros(1))
