import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import (
    DistributionLambda,
    IndependentNormal,
    KLDivergenceAddLoss,
    KLDivergenceRegularizer,
    MultivariateNormalTriL,
    Prior,
    StandardNormal,
)

tfd = tfp.distributions

ROWS, FEATURES = 10, 5
X = np.random.default_rng(0).normal(size=(ROWS, FEATURES)).astype("float32")
PARAMS = np.random.default_rng(1).normal(size=(4, 5)).astype("float32")


@keras.saving.register_keras_serializable(package="vaezoo_tests")
class MovingPrior(Prior):
    """A prior with weights, whose KL to a posterior is exact."""

    def build(self, input_shape):
        self.loc = self.add_weight(shape=self.event_shape, name="loc")

    def distribution(self):
        loc = tf.convert_to_tensor(self.loc)
        return tfd.MultivariateNormalDiag(loc, tf.ones(self.event_shape))


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def wide_prior():
    return tfd.MultivariateNormalDiag(tf.zeros(2), 3.0 * tf.ones(2))


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def at_the_mean(distribution):
    return distribution.mean()


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def seven_samples(distribution):
    return distribution.sample(7)


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def no_loss(y, distribution):
    return 0.0 * distribution.log_prob(y)


@keras.saving.register_keras_serializable(package="vaezoo_tests")
def make_gaussian(params):
    return tfd.MultivariateNormalDiag(params[..., :2], tf.exp(params[..., 2:4]))


def by_regularizer(inputs, head=MultivariateNormalTriL, **kwargs):
    regularizer = KLDivergenceRegularizer(**kwargs)
    return head(2, activity_regularizer=regularizer, name="head")(inputs)


def by_layer(inputs, head=MultivariateNormalTriL, **kwargs):
    return KLDivergenceAddLoss(name="kl", **kwargs)(head(2, name="head")(inputs))


def make_model(add, **kwargs):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((FEATURES,))
    outputs = add(keras.layers.Dense(5, name="hidden")(inputs), **kwargs)
    return keras.Model(inputs, outputs)


def posterior_of(model):
    kernel, bias = model.get_layer("hidden").get_weights()
    return MultivariateNormalTriL(2)(X @ kernel + bias)


def expected_kl(model, exact, prior):
    posterior = posterior_of(model)
    if exact:
        return np.mean(tfd.kl_divergence(posterior, prior))
    z = posterior.mean()
    return np.mean(posterior.log_prob(z) - prior.log_prob(z))


adds = pytest.mark.parametrize("add", [by_regularizer, by_layer])


@pytest.mark.parametrize(
    ("add", "jit_compile", "exact"),
    [
        (by_regularizer, False, False),
        (by_regularizer, True, True),
        (by_layer, False, True),
        (by_layer, True, False),
    ],
)
def test_fit_and_evaluate_count_the_kl_once(add, exact, jit_compile):
    prior = StandardNormal(2)
    model = make_model(
        add, distribution_b=prior, use_exact_kl=exact, test_points_fn=at_the_mean
    )
    model.compile(keras.optimizers.SGD(0.0), no_loss, jit_compile=jit_compile)
    expected = expected_kl(model, exact, prior.distribution())
    assert abs(expected) > 0.1
    # Batches of 4, 4 and 2 rows: the number of rows must not matter.
    for fit in (model.fit, model.evaluate):
        for batch_size in (4,) if jit_compile else (4, ROWS):
            logs = fit(X, X[:, :2], batch_size=batch_size, verbose=0)
            loss = logs.history["loss"][0] if fit == model.fit else logs
            assert loss == pytest.approx(expected, rel=1e-5)


@adds
@pytest.mark.parametrize("run_eagerly", [False, True])
def test_it_is_what_training_minimizes(add, run_eagerly):
    model = make_model(add, distribution_b=StandardNormal(2), use_exact_kl=True)
    optimizer = keras.optimizers.Adam(0.1)
    model.compile(optimizer, no_loss, run_eagerly=run_eagerly)
    before = model.evaluate(X, X[:, :2], verbose=0)
    model.fit(X, X[:, :2], epochs=15, verbose=0)
    assert model.evaluate(X, X[:, :2], verbose=0) < 0.5 * before


@adds
def test_the_loss_is_there_after_a_call(add):
    model = make_model(add, distribution_b=StandardNormal(2), use_exact_kl=True)
    for _ in range(2):  # and not more of it after the next
        model(X)
        (loss,) = model.losses
        expected = expected_kl(model, True, StandardNormal(2).distribution())
        assert float(loss) == pytest.approx(expected, rel=1e-5)


@adds
def test_estimates_are_taken_at_the_value_that_is_passed_on(add):
    model = make_model(add, distribution_b=StandardNormal(2))
    distribution = model(X)
    z, prior = distribution.value(), StandardNormal(2).distribution()
    expected = np.mean(distribution.log_prob(z) - prior.log_prob(z))
    assert float(model.losses[0]) == pytest.approx(expected, rel=1e-5)


def penalty(distribution, **kwargs):
    """What Keras makes of the regularizer."""
    regularizer = KLDivergenceRegularizer(StandardNormal(2), **kwargs)
    value = regularizer(distribution)
    return float(value) / keras.ops.shape(distribution)[0]


@pytest.mark.parametrize("axis", [(), None, 0, [0], (0, 1)])
def test_several_points_are_averaged_over(axis):
    layer = MultivariateNormalTriL(2)
    points = np.random.default_rng(2).normal(size=(50, 4, 2)).astype("float32")
    distribution, prior = layer(PARAMS), StandardNormal(2).distribution()
    expected = np.mean(distribution.log_prob(points) - prior.log_prob(points))
    actual = penalty(
        distribution, test_points_reduce_axis=axis, test_points_fn=lambda _: points
    )
    assert actual == pytest.approx(expected, rel=1e-5)


def test_a_layer_may_convert_to_several_samples():
    regularizer = KLDivergenceRegularizer(StandardNormal(2))
    layer = MultivariateNormalTriL(2, seven_samples, activity_regularizer=regularizer)
    distribution = layer(PARAMS)
    z, prior = distribution.value(), StandardNormal(2).distribution()
    assert z.shape == distribution.shape == (7, 4, 2)
    expected = np.mean(distribution.log_prob(z) - prior.log_prob(z))
    assert float(layer.losses[0]) == pytest.approx(expected, rel=1e-5)
    assert layer(keras.Input((5,))).shape == (7, None, 2)


@pytest.mark.parametrize("exact", [False, True])
def test_further_axes_of_the_batch_belong_to_an_example(exact):
    # As in an ELBO: an example of three time steps has the sum of their KLs.
    params = np.random.default_rng(3).normal(size=(4, 3, 5)).astype("float32")
    distribution = MultivariateNormalTriL(2)(params)
    prior = StandardNormal(2).distribution()
    points = distribution.mean()
    kl = tfd.kl_divergence(distribution, prior)
    if not exact:
        kl = distribution.log_prob(points) - prior.log_prob(points)
    actual = penalty(distribution, use_exact_kl=exact, test_points_fn=at_the_mean)
    assert actual == pytest.approx(np.mean(np.sum(kl, 1)), rel=1e-5)


def test_distributions_without_a_batch():
    distribution = MultivariateNormalTriL(2)(PARAMS[0])
    regularizer = KLDivergenceRegularizer(StandardNormal(2), use_exact_kl=True)
    expected = tfd.kl_divergence(distribution, StandardNormal(2).distribution())
    np.testing.assert_allclose(regularizer.mean_kl(distribution), expected)
    scalar = IndependentNormal(())(PARAMS[0, :2])
    standard = KLDivergenceRegularizer(tfd.Normal(0.0, 1.0), test_points_fn=at_the_mean)
    expected = scalar.log_prob(scalar.mean()) - standard.distribution_b.log_prob(
        scalar.mean()
    )
    np.testing.assert_allclose(standard(scalar), expected, rtol=1e-6)


def test_an_empty_batch_costs_nothing():
    empty = MultivariateNormalTriL(2)(PARAMS[:0])
    regularizer = KLDivergenceRegularizer(StandardNormal(2), use_exact_kl=True)
    assert float(regularizer(empty)) == 0.0


@adds
def test_weights_scale_it(add):
    plain = make_model(add, distribution_b=wide_prior, use_exact_kl=True)
    rate = tf.Variable(0.5)
    half = make_model(add, distribution_b=wide_prior, use_exact_kl=True, weight=rate)
    plain(X), half(X)
    np.testing.assert_allclose(half.losses[0], 0.5 * plain.losses[0], rtol=1e-6)
    rate.assign(0.0)  # as a callback does that warms the KL up
    half(X)
    assert float(half.losses[0]) == 0.0
    with pytest.raises(ValueError, match="`weight` to be a number"):
        half.to_json()


@adds
@pytest.mark.parametrize("head", [MultivariateNormalTriL, "lambda"])
def test_a_prior_with_weights_is_trained_and_saved(add, head, tmp_path):
    if head == "lambda":
        head = lambda size, **kwargs: DistributionLambda(make_gaussian, **kwargs)  # noqa: E731
    prior = MovingPrior(2)
    model = make_model(add, head=head, distribution_b=prior, use_exact_kl=True)
    assert any(weight is prior.loc for weight in model.trainable_weights)
    before = prior.loc.numpy()
    model.compile("sgd", no_loss)
    model.fit(X, X[:, :2], verbose=0)
    assert np.abs(prior.loc.numpy() - before).min() > 0.0
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for one, other in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    expected = model.evaluate(X, X[:, :2], verbose=0)
    assert loaded.evaluate(X, X[:, :2], verbose=0) == pytest.approx(expected, rel=1e-6)
    clone = keras.models.clone_model(model)
    assert len(clone.weights) == len(model.weights)
    assert all(weight is not prior.loc for weight in clone.weights)


@adds
@pytest.mark.parametrize(
    "kwargs",
    [
        {"distribution_b": wide_prior, "test_points_fn": seven_samples},
        {"distribution_b": wide_prior, "test_points_reduce_axis": 0},
        {"distribution_b": wide_prior, "test_points_reduce_axis": None},
        {"distribution_b": wide_prior, "test_points_reduce_axis": [0, 1]},
        {"distribution_b": StandardNormal(2), "use_exact_kl": True, "weight": 0.5},
        {"distribution_b": StandardNormal(2), "weight": np.float32([1.0, 2.0])},
    ],
)
def test_configurations_are_the_arguments(add, kwargs):
    model = make_model(add, **kwargs)
    layer = model.layers[-1]
    config = json.loads(json.dumps(layer.get_config()))
    copy = type(layer).from_config(config)
    assert json.loads(json.dumps(copy.get_config())) == config
    before = KLDivergenceRegularizer(**kwargs)
    after = KLDivergenceRegularizer.from_config(
        json.loads(json.dumps(before.get_config()))
    )
    assert after.use_exact_kl == before.use_exact_kl
    assert after.test_points_reduce_axis == before.test_points_reduce_axis
    assert after.test_points_fn is before.test_points_fn
    assert type(after.distribution_b) is type(before.distribution_b)
    np.testing.assert_array_equal(after.weight, before.weight)


@adds
@pytest.mark.parametrize(
    ("prior", "message"),
    [
        (wide_prior(), "to be a Prior or a registered function"),
        (lambda: wide_prior(), "to be registered"),
    ],
)
def test_what_cannot_be_rebuilt_works_but_is_not_saved(add, prior, message, tmp_path):
    model = make_model(add, distribution_b=prior, use_exact_kl=True)
    model(X)
    expected = expected_kl(model, True, wide_prior())
    assert float(model.losses[0]) == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ValueError, match=message) as caught:
        model.save(tmp_path / "model.keras")
    assert str(caught.value).endswith(f"Received: distribution_b={prior!r}")


def test_unregistered_points_are_used_but_not_saved():
    regularizer = KLDivergenceRegularizer(
        wide_prior, test_points_fn=lambda d: d.sample()
    )
    assert np.isfinite(regularizer(MultivariateNormalTriL(2)(PARAMS)))
    with pytest.raises(ValueError, match="`test_points_fn` to be registered"):
        regularizer.get_config()


@pytest.mark.parametrize("policy", ["mixed_float16", "float64"])
@adds
def test_it_is_computed_in_float32_or_better(add, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        prior = StandardNormal(2)
        model = make_model(add, distribution_b=prior, use_exact_kl=True)
        model(X)
    finally:
        keras.config.set_dtype_policy(before)
    assert model.losses[0].dtype == ("float64" if policy == "float64" else "float32")
    assert model(X).dtype == model.losses[0].dtype
    kernel, bias = (np.float32(w) for w in model.get_layer("hidden").get_weights())
    posterior = MultivariateNormalTriL(2)(X @ kernel + bias)
    kl = tfd.kl_divergence(posterior, StandardNormal(2).distribution())
    np.testing.assert_allclose(model.losses[0], np.mean(kl), rtol=0.02)


@pytest.mark.parametrize(
    "prior", [3, None, "normal", MovingPrior, keras.layers.Dense(2)], ids=str
)
@pytest.mark.parametrize("kind", [KLDivergenceRegularizer, KLDivergenceAddLoss])
def test_other_priors_are_refused(kind, prior):
    with pytest.raises(TypeError, match="Expected `distribution_b`") as caught:
        kind(prior)
    assert str(caught.value).endswith(f"Received: distribution_b={prior!r}")


def test_other_points_are_refused():
    with pytest.raises(TypeError, match="Received: test_points_fn='mean'"):
        KLDivergenceRegularizer(wide_prior, test_points_fn="mean")


def test_only_distributions_have_a_divergence():
    regularizer = KLDivergenceRegularizer(wide_prior)
    with pytest.raises(TypeError, match="that returns a distribution"):
        keras.layers.Dense(2, activity_regularizer=regularizer)(X)
    with pytest.raises(TypeError, match="that returns a distribution"):
        KLDivergenceAddLoss(wide_prior)(X)


def test_the_layer_passes_the_distribution_on():
    layer, posterior = KLDivergenceAddLoss(wide_prior), MultivariateNormalTriL(2)
    distribution = posterior(PARAMS)
    assert layer(distribution) is distribution
    assert layer.compute_output_shape((None, 2)) == (None, 2)
    drawn = posterior.draw(layer(distribution), random.row_seeds(1, 4), 1)
    assert drawn.shape == (4, 2)
