import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo import random
from vaezoo.layers import (
    CategoricalMixtureOfOneHotCategorical,
    DistributionLambda,
    DistributionLayer,
    IndependentBernoulli,
    IndependentNormal,
    IndependentPoisson,
    MixtureLogistic,
    MixtureNormal,
    MixtureSameFamily,
    MultivariateNormalTriL,
    OneHotCategorical,
)

tfd = tfp.distributions

COUNT = 20_000


@keras.saving.register_keras_serializable(package="vaezoo_tests")
class ShiftedNormal(DistributionLayer):
    """A component with a weight, as a user writes one."""

    @classmethod
    def params_size(cls, event_shape):
        return event_shape[0]

    def build(self, input_shape):
        super().build(input_shape)
        self.shift = self.add_weight(shape=(), initializer="ones", name="shift")

    def distribution(self, params):
        loc = params + tf.convert_to_tensor(self.shift)
        return tfd.Independent(tfd.Normal(loc, 1.0), 1)


def parameters(layer, rows=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, layer.num_params)).astype("float32")


def test_the_logits_then_each_component_in_turn():
    params = parameters(MixtureNormal(3, 2))
    distribution = MixtureNormal(3, 2)(params)
    assert isinstance(distribution, tfd.MixtureSameFamily)
    logits, components = params[:, :3], params[:, 3:].reshape(4, 3, 4)
    np.testing.assert_array_equal(distribution.mixture_distribution.logits, logits)
    inside = distribution.components_distribution.distribution
    np.testing.assert_array_equal(inside.loc, components[..., :2])
    weights = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    mean = (weights[..., None] * components[..., :2]).sum(1)
    np.testing.assert_allclose(distribution.mean(), mean, rtol=1e-4, atol=1e-6)


LAYERS = {
    "normal": MixtureNormal(3, (2, 2)),
    "logistic": MixtureLogistic(2, 3),
    "one_hot": CategoricalMixtureOfOneHotCategorical(4, 3),
    "triangular": MixtureSameFamily(2, MultivariateNormalTriL(2)),
    "bernoulli": MixtureSameFamily(2, IndependentBernoulli((2, 1))),
    "poisson": MixtureSameFamily(3, IndependentPoisson(2)),
    "nested": MixtureSameFamily(2, MixtureNormal(3, 2)),
    "single": MixtureNormal(1, 2),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_draws_follow_the_distribution(layer):
    params = np.repeat(parameters(layer, 1), COUNT, 0)
    distribution = layer(params)
    drawn = layer.draw(distribution, random.row_seeds(1, COUNT), 0).numpy()
    assert drawn.shape == (COUNT, *layer.event_shape)
    mean, deviation = (
        moment[0].numpy() for moment in (distribution.mean(), distribution.stddev())
    )
    error = np.abs(drawn.mean(0) - mean) / deviation
    assert error.max() < 4.5 / np.sqrt(COUNT)
    np.testing.assert_allclose(drawn.std(0), deviation, rtol=0.05)


def test_the_choice_knows_nothing_of_the_noise():
    # Within the draws of either component, the noise is standard normal.
    layer = MixtureNormal(2, 1)
    raw = float(np.log(np.expm1(1.0)))
    params = np.repeat(np.float32([[0.0, 1.0, -50.0, raw, 50.0, raw]]), COUNT, 0)
    drawn = layer.draw(layer(params), random.row_seeds(2, COUNT), 0).numpy()[:, 0]
    assert np.mean(drawn > 0.0) == pytest.approx(1.0 / (1.0 + np.exp(-1.0)), abs=0.02)
    for noise in (drawn[drawn > 0.0] - 50.0, drawn[drawn < 0.0] + 50.0):
        assert abs(noise.mean()) < 4.5 / np.sqrt(noise.size)
        assert noise.std() == pytest.approx(1.0, abs=0.05)


def test_draws_have_no_gradient():
    layer = MixtureNormal(2, 3)
    params = tf.constant(parameters(layer))
    with tf.GradientTape() as tape:
        tape.watch(params)
        drawn = layer.draw(layer(params), random.row_seeds(1, 4), 0)
    assert tape.gradient(drawn, params) is None
    with pytest.raises(NotImplementedError, match="must define `draw_many`"):
        layer.draw_many(layer(params), random.row_seeds(1, 4), 0, 2)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_configurations_are_the_arguments(layer):
    config = json.loads(json.dumps(layer.get_config()))
    copy = type(layer).from_config(config)
    assert json.loads(json.dumps(copy.get_config())) == config
    params = parameters(layer)
    np.testing.assert_array_equal(copy(params).mean(), layer(params).mean())
    # What is built inside must not show in the configuration.
    assert json.loads(json.dumps(layer.get_config())) == config


def test_a_component_may_have_weights(tmp_path):
    layer = MixtureSameFamily(2, ShiftedNormal(3))
    model = keras.Sequential([keras.Input((8,)), layer])
    assert len(model.trainable_weights) == 1
    layer.component_layer.shift.assign(3.0)
    params = parameters(layer)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(params).mean(), model(params).mean())
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(model(params).log_prob(tf.zeros((4, 3))))
    (gradient,) = tape.gradient(loss, [weight.value for weight in model.weights])
    assert abs(float(gradient)) > 0.0


def test_initial_params_give_every_component_the_mean_image():
    layer = MixtureNormal(3, (2, 2, 1))
    mean = np.random.default_rng(1).random((2, 2, 1)).astype("float32")
    params = layer.initial_params(tf.constant(mean))
    assert params.shape == (layer.num_params,)
    np.testing.assert_allclose(layer(params[None]).mean()[0], mean, rtol=1e-5)


def test_a_mixture_density_network_learns():
    # Two branches: y is +2 or -2 whatever x is, where one Gaussian would answer 0.
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(256, 1)).astype("float32")
    y = 2.0 * rng.choice([-1.0, 1.0], (256, 1)) + 0.1 * rng.normal(size=(256, 1))
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(MixtureNormal.params_size(2, 1)),
            MixtureNormal(2, 1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.1), lambda y, d: -d.log_prob(y))
    model.fit(x, y.astype("float32"), epochs=60, verbose=0)
    locations = model(x[:1]).components_distribution.mean().numpy().ravel()
    np.testing.assert_allclose(np.sort(locations), [-2.0, 2.0], atol=0.3)


@pytest.mark.parametrize("bad", [0, -1, 2.5, None, True, "2"], ids=repr)
def test_the_number_of_components_is_a_positive_integer(bad):
    makers = [
        lambda: MixtureSameFamily(bad, IndependentNormal(2)),
        lambda: MixtureNormal(bad, 2),
        lambda: MixtureLogistic(bad, 2),
        lambda: CategoricalMixtureOfOneHotCategorical(2, bad),
        lambda: MixtureSameFamily.params_size(bad, 4),
        lambda: MixtureNormal.params_size(bad, 4),
    ]
    for make in makers:
        with pytest.raises(ValueError, match="Expected `num_components`") as caught:
            make()
        assert str(caught.value).endswith(f"Received: num_components={bad!r}")


@pytest.mark.parametrize(
    "bad",
    [None, "IndependentNormal", IndependentNormal, DistributionLambda(lambda t: t)],
    ids=str,
)
def test_components_are_made_by_a_layer_of_the_room(bad):
    with pytest.raises(ValueError, match="Expected `component_layer`") as caught:
        MixtureSameFamily(2, bad)
    assert str(caught.value).endswith(f"Received: component_layer={bad!r}")


def test_a_wrong_input_says_how_many_parameters_are_expected():
    with pytest.raises(ValueError, match="expects an input with 15 parameters"):
        MixtureNormal(3, 2)(np.zeros((4, 12), "float32"))


def test_samples_of_the_components_dtype():
    layer = MixtureSameFamily(2, OneHotCategorical(3, sample_dtype="int32"))
    spec = layer.compute_output_spec(keras.Input((layer.num_params,)))
    assert spec.dtype == layer(parameters(layer)).numpy().dtype == "int32"
