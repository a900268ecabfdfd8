"""Each layer that `tfp.layers` has, beside TFP's own under Keras 2."""

import inspect
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo.layers
from vaezoo.layers import IndependentNormal, KLDivergenceRegularizer, StandardNormal

tfd, tfpl = tfp.distributions, tfp.layers
SOFTPLUS_RANGE = 4.0

# From the name of a layer to arguments, and those of `params_size`.
CASES = [
    ("IndependentBernoulli", ((3, 2),), ((3, 2),)),
    ("IndependentBernoulli", (), ()),
    ("IndependentNormal", ((2, 3, 1),), ((2, 3, 1),)),
    ("IndependentNormal", (4,), (4,)),
    ("IndependentNormal", (), ()),
    ("IndependentLogistic", ((2, 2),), ((2, 2),)),
    ("IndependentLogistic", (), ()),
    ("IndependentPoisson", ((2, 2),), ((2, 2),)),
    ("IndependentPoisson", (), ()),
    ("OneHotCategorical", (5,), (5,)),
    ("MultivariateNormalTriL", (1,), (1,)),
    ("MultivariateNormalTriL", (4,), (4,)),
    ("MixtureNormal", (3, (2, 2)), (3, (2, 2))),
    ("MixtureNormal", (3,), (3,)),
    ("MixtureLogistic", (2, 3), (2, 3)),
    ("MixtureLogistic", (2,), (2,)),
    ("CategoricalMixtureOfOneHotCategorical", (4, 3), (4, 3)),
]
COMPONENTS = [
    ("IndependentNormal", (3,), 6),
    ("IndependentLogistic", ((2, 1),), 4),
    ("IndependentPoisson", (2,), 2),
    ("IndependentBernoulli", ((2, 2),), 4),
    ("OneHotCategorical", (3,), 3),
    ("MultivariateNormalTriL", (2,), 5),
]


def parameters(size, *batch, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.uniform(-SOFTPLUS_RANGE, SOFTPLUS_RANGE, (*(batch or (4,)), size))
    return tf.constant(values, tf.float32)


def assert_same_distribution(ours, theirs):
    # As an array: TFP remembers the noise that it made a tensor of.
    value = theirs.sample(3, seed=(1, 2)).numpy()
    assert ours.batch_shape == theirs.batch_shape
    assert ours.event_shape == theirs.event_shape
    assert ours.dtype == theirs.dtype
    assert ours.sample((2, 3)).shape == theirs.sample((2, 3)).shape
    close = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(ours.log_prob(value), theirs.log_prob(value), **close)
    np.testing.assert_allclose(ours.mean(), theirs.mean(), **close)
    np.testing.assert_allclose(ours.stddev(), theirs.stddev(), **close)
    # The same seed gives TFP's own samples of either, so the parameters are the same.
    np.testing.assert_allclose(ours.sample(3, seed=(1, 2)), value, **close)


@pytest.mark.parametrize("batch", [(4,), (2, 3)], ids=str)
@pytest.mark.parametrize(("name", "arguments", "sizes"), CASES)
def test_the_distribution_is_that_of_tfp(name, arguments, sizes, batch):
    ours, theirs = getattr(vaezoo.layers, name), getattr(tfpl, name)
    size = ours.params_size(*sizes)
    assert type(size) is int
    assert size == theirs.params_size(*sizes)
    params = parameters(size, *batch)
    assert_same_distribution(ours(*arguments)(params), theirs(*arguments)(params))
    assert_same_distribution(
        ours.new(params, *arguments), theirs.new(params, *arguments)
    )


@pytest.mark.parametrize(("name", "arguments", "size"), COMPONENTS)
def test_mixtures_of_layers_are_those_of_tfp(name, arguments, size):
    ours, theirs = getattr(vaezoo.layers, name), getattr(tfpl, name)
    total = vaezoo.layers.MixtureSameFamily.params_size(3, size)
    assert total == tfpl.MixtureSameFamily.params_size(3, size) == 3 * (1 + size)
    params = parameters(total)
    assert_same_distribution(
        vaezoo.layers.MixtureSameFamily(3, ours(*arguments))(params),
        tfpl.MixtureSameFamily(3, theirs(*arguments))(params),
    )


def test_functions_of_tensors_make_what_they_make_in_tfp():
    def make(t):
        return tfd.Independent(tfd.Gamma(tf.exp(t[..., :2]), tf.exp(t[..., 2:])), 1)

    params = parameters(4)
    assert_same_distribution(
        vaezoo.layers.DistributionLambda(make)(params),
        tfpl.DistributionLambda(make)(params),
    )


def test_the_mean_of_a_categorical_mixture_in_logs():
    params = parameters(15)
    ours = vaezoo.layers.CategoricalMixtureOfOneHotCategorical(4, 3)(params)
    theirs = tfpl.CategoricalMixtureOfOneHotCategorical(4, 3)(params)
    np.testing.assert_allclose(ours.log_mean(), theirs.log_mean(), rtol=1e-5)
    np.testing.assert_allclose(tf.exp(ours.log_mean()), ours.mean(), rtol=1e-5)


def test_the_names_and_order_of_arguments_are_those_of_tfp():
    names = {name for name, *_ in CASES} | {"MixtureSameFamily", "DistributionLambda"}
    names |= {"KLDivergenceRegularizer", "KLDivergenceAddLoss"}
    for name in names:
        ours = inspect.signature(getattr(vaezoo.layers, name)).parameters
        theirs = inspect.signature(getattr(tfpl, name)).parameters
        expected = [key for key in theirs if key != "kwargs"]
        assert list(ours)[: len(expected)] == expected
        for key in set(expected) - {"convert_to_tensor_fn"}:
            assert ours[key].default == theirs[key].default, (name, key)


def test_every_layer_of_this_kind_has_its_counterpart():
    theirs = {n for n in dir(tfpl) if n[0].isupper() and hasattr(vaezoo.layers, n)}
    assert {name for name, *_ in CASES} < theirs
    kinds = (tfpl.DistributionLambda, tfpl.KLDivergenceRegularizer)
    kinds = {n for n in dir(tfpl) if inspect.isclass(getattr(tfpl, n))} & {
        n for n in dir(tfpl) if n[0].isupper() and issubclass(getattr(tfpl, n), kinds)
    }
    # Flows and Gaussian processes learn more than the parameters of a head.
    others = {"AutoregressiveTransform", "VariationalGaussianProcess"}
    assert kinds - theirs == others


@pytest.mark.parametrize("name", ["sample", "mean", "mode", "logits"])
def test_the_conversions_of_the_tutorials(name):
    conversion = getattr(tfd.Bernoulli if name == "logits" else tfd.Distribution, name)
    params = parameters(6)
    ours = vaezoo.layers.IndependentBernoulli((3, 2), conversion)(params)
    theirs = tfpl.IndependentBernoulli((3, 2), conversion)(params)
    if name == "sample":
        assert ours.numpy().shape == tf.convert_to_tensor(theirs).shape
    else:
        np.testing.assert_allclose(ours.numpy(), tf.convert_to_tensor(theirs))


def test_the_spread_of_a_full_covariance_is_that_of_tfp():
    params = parameters(9)
    ours = vaezoo.layers.MultivariateNormalTriL(3)(params)
    theirs = tfpl.MultivariateNormalTriL(3)(params)
    for name in ("stddev", "variance", "covariance", "entropy"):
        np.testing.assert_allclose(
            getattr(ours, name)(), getattr(theirs, name)(), rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("weight", [None, 0.25, np.float32([0.0, 1.0, 2.0, 0.5])])
def test_the_regularizer_is_that_of_tfp(exact, weight):
    params = parameters(5)
    arguments = {"use_exact_kl": exact, "weight": weight}
    points = tf.constant(np.random.default_rng(1).normal(size=(4, 2)), tf.float32)
    if not exact:
        arguments["test_points_fn"] = lambda _: points
    prior = tfd.MultivariateNormalDiag(tf.zeros(2), tf.ones(2))
    theirs = tfpl.KLDivergenceRegularizer(prior, **arguments)
    for own_prior in (StandardNormal(2), prior, lambda: prior):
        ours = KLDivergenceRegularizer(own_prior, **arguments)
        np.testing.assert_allclose(
            ours(vaezoo.layers.MultivariateNormalTriL(2)(params)),
            theirs(tfpl.MultivariateNormalTriL(2)(params)),
            rtol=1e-5,
        )


@pytest.mark.parametrize("exact", [False, True])
def test_the_penalty_of_a_layer_is_that_of_tfp_once(exact):
    # Both versions of Keras divide what an activity regularizer returns by the rows.
    # TFP's layers add it twice, https://github.com/tensorflow/probability/issues/1215.
    prior = tfd.Independent(tfd.Normal(tf.zeros(3), 1.0), 1)
    arguments = {"use_exact_kl": exact, "test_points_fn": tfd.Distribution.mean}
    theirs = tfpl.IndependentNormal(
        3, activity_regularizer=tfpl.KLDivergenceRegularizer(prior, **arguments)
    )
    ours = IndependentNormal(
        3, activity_regularizer=KLDivergenceRegularizer(prior, **arguments)
    )
    params = parameters(6)
    ours(params), theirs(params)
    assert len(theirs.losses) == 2
    np.testing.assert_allclose(ours.losses, theirs.losses[:1], rtol=1e-5)


GRID = np.linspace(-60.0, 60.0, 4001, dtype="float32")
DENSITIES = {
    "IndependentNormal": IndependentNormal(1),
    "IndependentLogistic": vaezoo.layers.IndependentLogistic(1),
    "MixtureNormal": vaezoo.layers.MixtureNormal(3, 1),
    "MixtureLogistic": vaezoo.layers.MixtureLogistic(2, 1),
    "MixtureSameFamily": vaezoo.layers.MixtureSameFamily(2, IndependentNormal(1)),
}


@pytest.mark.parametrize("layer", DENSITIES.values(), ids=DENSITIES)
def test_densities_integrate_to_one(layer):
    distribution = layer(0.5 * parameters(layer.num_params))
    density = tf.exp(distribution.log_prob(GRID[:, None, None]))
    density = density.numpy().astype("float64")
    step = GRID[1] - GRID[0]
    integral = step * (density.sum(axis=0) - (density[0] + density[-1]) / 2)
    np.testing.assert_allclose(integral, np.ones(4), rtol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        vaezoo.layers.MultivariateNormalTriL(2),
        vaezoo.layers.MixtureSameFamily(2, vaezoo.layers.MultivariateNormalTriL(2)),
        IndependentNormal(2),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_densities_of_the_plane_integrate_to_one(layer):
    distribution = layer(0.4 * parameters(layer.num_params))
    axis = np.linspace(-20.0, 20.0, 401, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), -1)[:, :, None, :]
    density = tf.exp(distribution.log_prob(grid)).numpy().astype("float64")
    integral = density.sum((0, 1)) * (axis[1] - axis[0]) ** 2
    np.testing.assert_allclose(integral, np.ones(4), rtol=1e-3)


def binary_vectors(size):
    return np.array(list(itertools.product([0.0, 1.0], repeat=size)), "float32")


OUTCOMES = {
    "IndependentBernoulli": (
        vaezoo.layers.IndependentBernoulli(4),
        binary_vectors(4),
    ),
    "IndependentPoisson": (
        vaezoo.layers.IndependentPoisson(1),
        np.arange(300, dtype="float32")[:, None],
    ),
    "OneHotCategorical": (vaezoo.layers.OneHotCategorical(5), np.eye(5, dtype="f")),
    "CategoricalMixtureOfOneHotCategorical": (
        vaezoo.layers.CategoricalMixtureOfOneHotCategorical(5, 3),
        np.eye(5, dtype="f"),
    ),
    "MixtureSameFamily": (
        vaezoo.layers.MixtureSameFamily(3, vaezoo.layers.IndependentBernoulli((2, 1))),
        binary_vectors(2)[:, :, None],
    ),
}


@pytest.mark.parametrize(("layer", "outcomes"), OUTCOMES.values(), ids=OUTCOMES)
def test_masses_sum_to_one(layer, outcomes):
    distribution = layer(parameters(layer.num_params))
    mass = tf.exp(distribution.log_prob(outcomes[:, None])).numpy()
    assert (mass >= 0.0).all()
    np.testing.assert_allclose(mass.sum(0, dtype="float64"), np.ones(4), rtol=1e-5)


def test_vaezoo_itself_needs_no_keras_2():
    assert not issubclass(IndependentNormal, tfpl.DistributionLambda)
    assert issubclass(IndependentNormal, keras.layers.Layer)
