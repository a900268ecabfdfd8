"""Warm-up and free bits, the two options that every objective takes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo import random
from vaezoo.layers import MultivariateNormalDiag, Prior, StandardNormal
from vaezoo.objectives import (
    ELBO,
    BetaELBO,
    BetaTCVAE,
    Capacity,
    DoublyReparameterized,
    ImportanceWeighted,
    Objective,
    kl_divergence,
    kl_per_dimension,
)
from vaezoo.objectives.free_bits import above_floor, sum_with_free_bits
from vaezoo.objectives.schedule import linear_rise

tfd = tfp.distributions

PLAIN = {"warm_up_steps": 0, "free_bits": 0.0}
OBJECTIVES = [
    (ELBO, {}),
    (BetaELBO, {"beta": 2.5}),
    (Capacity, {"gamma": 7.0, "capacity": 3.0, "steps": 9}),
    (
        BetaTCVAE,
        {
            "alpha": 0.5,
            "beta": 3.0,
            "gamma": 2.0,
            "dataset_size": 70,
            "estimator": "minibatch_stratified",
        },
    ),
    (ImportanceWeighted, {"num_samples": 3}),
    (DoublyReparameterized, {"num_samples": 3}),
]
every_objective = pytest.mark.parametrize(("cls", "arguments"), OBJECTIVES)


# --- the schedule ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "steps", "expected"),
    [(0, 4, 0.0), (1, 4, 0.25), (4, 4, 1.0), (9, 4, 1.0), (0, 0, 1.0), (None, 4, 1.0)],
)
def test_a_linear_rise(step, steps, expected):
    step = None if step is None else tf.constant(step, tf.int64)
    value = linear_rise(step, steps, "float64")
    assert value.dtype == tf.float64
    assert float(value) == expected


def test_the_warm_up_weighs_the_kl_divergence(make_model, binary, seeds):
    model = make_model(BetaELBO(3.0, warm_up_steps=10))
    plain = make_model(ELBO()).terms(binary, seeds)
    for step, weight in ((0, 0.0), (4, 0.4), (10, 1.0), (50, 1.0), (None, 1.0)):
        at = None if step is None else tf.constant(step, tf.int64)
        terms = model.terms(binary, seeds, step=at)
        expected = 3.0 * weight * plain.kl - plain.reconstruction
        np.testing.assert_allclose(terms.loss, expected, rtol=1e-6)
        np.testing.assert_allclose(terms.elbo, plain.elbo, rtol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{}, {"jit_compile": True, "steps_per_execution": 3}],
    ids=str,
)
def test_training_counts_its_steps(make_model, binary, training_seeds, options):
    model = make_model(ELBO(warm_up_steps=5))
    model.compile(keras.optimizers.SGD(0.0), **{"jit_compile": False, **options})
    logs = model.fit(
        binary, batch_size=4, epochs=2, shuffle=False, verbose=0, validation_data=binary
    ).history
    for epoch in range(2):
        values = []
        for batch in range(3):
            step, rows = 3 * epoch + batch, binary[4 * batch : 4 * batch + 4]
            terms = model.terms(rows, training_seeds(0, step, len(rows)))
            values.extend(min(1.0, step / 5) * terms.kl - terms.reconstruction)
        assert logs["loss"][epoch] == pytest.approx(np.mean(values), rel=1e-5)
    # `evaluate` looks at the end of the schedule.
    assert logs["val_loss"][0] == pytest.approx(-logs["val_elbo"][0], rel=1e-6)


def test_the_schedule_goes_on_after_a_second_fit(make_model, binary):
    model = make_model(ELBO(warm_up_steps=1))
    model.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    for first in (True, False):
        logs = model.fit(binary, batch_size=11, verbose=0).history
        kl_counts = -logs["elbo"][0] == pytest.approx(logs["loss"][0], rel=1e-6)
        assert kl_counts != first


# --- free bits ------------------------------------------------------------------------


def test_the_mean_is_the_sum_of_maxima():
    rng = np.random.default_rng(0)
    kl = rng.uniform(0.0, 1.0, (50, 8)).astype("float32") * np.linspace(0, 2, 8)
    kl = tf.constant(kl, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(kl)
        charged = sum_with_free_bits(kl, above_floor(kl, 0.4), 0.4)
        mean = tf.reduce_mean(charged)
    means = kl.numpy().mean(0)
    assert 0 < (means > 0.4).sum() < 8
    assert float(mean) == pytest.approx(np.maximum(0.4, means).sum(), rel=1e-6)
    gradient = tape.gradient(mean, kl).numpy()
    np.testing.assert_allclose(gradient, np.tile(means > 0.4, (50, 1)) / 50.0)


@pytest.mark.parametrize("beta", [1.0, 3.0])
def test_free_bits_of_a_model(make_model, binary, seeds, beta):
    plain = make_model(ELBO())
    posterior = plain.encode(binary)
    loc, scale = posterior.mean().numpy(), posterior.stddev().numpy()
    kl = (0.5 * (loc**2 + scale**2 - 1.0) - np.log(scale)).mean(0)
    floor = float(kl.mean())  # one dimension above, one below
    terms = make_model(BetaELBO(beta, free_bits=floor)).terms(binary, seeds)
    charged = np.mean(terms.loss + terms.reconstruction)
    assert charged == pytest.approx(beta * np.maximum(floor, kl).sum(), rel=1e-5)
    expected = plain.terms(binary, seeds)
    np.testing.assert_allclose(terms.elbo, expected.elbo, rtol=1e-6)
    np.testing.assert_allclose(terms.kl, expected.kl, rtol=1e-6)


def test_free_bits_keep_latents_in_use(make_model, binary):
    # A price that makes every dimension collapse, but for what is free.
    kl = {}
    for floor in (0.0, 0.3):
        model = make_model(BetaELBO(10.0, free_bits=floor))
        model.compile(keras.optimizers.Adam(0.005), jit_compile=False)
        many = np.tile(binary, (300, 1, 1, 1))
        model.fit(many, batch_size=11, shuffle=False, verbose=0)
        posterior = model.encode(binary)
        parts = kl_per_dimension(posterior, model.prior, posterior.mean())
        kl[floor] = parts.numpy().mean(0)
    assert (kl[0.0] < 0.02).all()
    assert (kl[0.3] > 0.2).all()


class Mixture(Prior):
    """Two Gaussians: neither independent dimensions nor a closed form."""

    def distribution(self):
        loc = tf.constant([[-1.0], [2.0]]) * tf.ones((2, self.event_size))
        return tfd.MixtureSameFamily(
            tfd.Categorical(probs=[0.25, 0.75]),
            tfd.MultivariateNormalDiag(loc, tf.ones((2, self.event_size))),
        )


class LogisticPosterior(MultivariateNormalDiag):
    """Independent dimensions without a closed form."""

    def distribution(self, params):
        normal = super().distribution(params)
        return tfd.Independent(tfd.Logistic(normal.mean(), normal.stddev()), 1)

    def draw(self, distribution, seeds, stream):
        return self.draw_many(distribution, seeds, stream, 1)[0]

    def draw_many(self, distribution, seeds, stream, count, start=0):
        uniform = random.uniform(seeds, (count, *self.event_shape), stream)
        noise = tf.transpose(tf.math.log(uniform / (1.0 - uniform)), [1, 0, 2])
        inner = distribution.distribution
        return inner.loc + inner.scale * noise


class FullPosterior(MultivariateNormalDiag):
    """Dependent dimensions."""

    def distribution(self, params):
        normal = super().distribution(params)
        tril = tf.linalg.diag(normal.stddev()) + tf.constant([[0.0, 0.0], [0.5, 0.0]])
        return tfd.MultivariateNormalTriL(normal.mean(), tril)

    def draw_many(self, distribution, seeds, stream, count, start=0):
        noise = random.normal(seeds, (count, *self.event_shape), stream, start)
        noise = tf.transpose(noise, [1, 0, 2])
        return distribution.mean() + tf.linalg.matvec(distribution.scale_tril, noise)

    def draw(self, distribution, seeds, stream):
        return self.draw_many(distribution, seeds, stream, 1)[0]


HEADS = {
    "dependent prior": (MultivariateNormalDiag, Mixture, 1),
    "no closed form": (LogisticPosterior, StandardNormal, 2),
    "dependent posterior": (FullPosterior, StandardNormal, 1),
    "neither": (FullPosterior, Mixture, 1),
}


@pytest.mark.parametrize("name", HEADS)
def test_the_kl_per_dimension_sums_to_the_kl(make_model, binary, seeds, name):
    posterior, prior, groups = HEADS[name]
    model = make_model(ELBO(), posterior=posterior(2), prior=prior(2))
    q = model.infer(tf.constant(binary))
    z = model.posterior.draw(q, seeds, random.Stream.LATENT)
    parts = kl_per_dimension(q, model.prior, z)
    assert parts.shape == (len(binary), groups)
    whole = kl_divergence(q, model.prior, z)
    np.testing.assert_allclose(tf.reduce_sum(parts, -1), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", HEADS)
@every_objective
def test_every_objective_takes_any_heads(
    make_model, binary, seeds, cls, arguments, name
):
    posterior, prior, _ = HEADS[name]
    heads = {"posterior": posterior(2), "prior": prior(2)}
    plain = [{}] if name == "neither" else []
    for options in (*plain, {"free_bits": 0.2, "warm_up_steps": 4}):
        model = make_model(cls(**arguments, **options), **heads)
        with tf.GradientTape() as tape:
            step = tf.constant(2, tf.int64)
            terms = model.terms(binary, seeds, training=True, step=step)
        weights = [weight.value for weight in model.trainable_weights]
        gradients = tape.gradient(terms.loss, weights)
        assert all(np.isfinite(gradient).all() for gradient in gradients)
        for term in terms:
            assert term.shape == (len(binary),)
            assert np.isfinite(term).all()
        difference = terms.reconstruction - terms.kl
        np.testing.assert_allclose(terms.elbo, difference, rtol=1e-5)


@pytest.mark.parametrize("name", HEADS)
def test_free_bits_of_one_group_hold_for_the_whole(make_model, binary, seeds, name):
    posterior, prior, groups = HEADS[name]
    heads = {"posterior": posterior(2), "prior": prior(2)}
    terms = make_model(ELBO(free_bits=500.0), **heads).terms(binary, seeds)
    charged = terms.loss + terms.reconstruction
    np.testing.assert_allclose(charged, 500.0 * groups, rtol=1e-5)
    assert abs(np.mean(terms.kl)) < 100.0


# --- configuration and arguments ------------------------------------------------------


@every_objective
def test_the_configuration_is_the_constructor(cls, arguments):
    objective = cls(**arguments, warm_up_steps=7, free_bits=0.5)
    config = {**arguments, "warm_up_steps": 7, "free_bits": 0.5}
    assert objective.get_config() == config
    assert cls(**arguments).get_config() == {**arguments, **PLAIN}
    serialized = keras.saving.serialize_keras_object(objective)
    assert serialized["registered_name"] == f"vaezoo>{cls.__name__}"
    again = keras.saving.deserialize_keras_object(serialized, safe_mode=True)
    assert type(again) is cls
    assert again.get_config() == config


def test_numbers_of_numpy_become_json():
    objective = Capacity(np.float32(2.0), np.int64(3), np.int32(5), np.int64(1))
    config = objective.get_config()
    assert config == {"gamma": 2.0, "capacity": 3.0, "steps": 5, **PLAIN} | {
        "warm_up_steps": 1
    }
    assert {type(value) for value in config.values()} == {int, float}


BAD = [
    (cls, name, bad)
    for cls, arguments in OBJECTIVES
    for name in ("warm_up_steps", "free_bits", *arguments)
    for bad in (-1, float("nan"), "2", True)
    if name != "estimator"
]
BAD += [(Capacity, "steps", 2.5), (ImportanceWeighted, "num_samples", 0)]
BAD += [(BetaTCVAE, "dataset_size", 0), (BetaELBO, "beta", float("inf"))]


@pytest.mark.parametrize(("cls", "name", "bad"), BAD)
def test_arguments_are_checked(cls, name, bad):
    with pytest.raises(ValueError, match=f"Expected `{name}` to be") as caught:
        cls(**{name: bad})
    assert str(caught.value).endswith(f"Received: {name}={bad!r}")


def test_an_objective_of_ones_own_need_not_know_the_options(make_model, binary, seeds):
    class Own(Objective):
        def __init__(self):
            pass

        def loss(self, reconstruction, kl):
            return 2.0 * kl - reconstruction

    terms = make_model(Own()).terms(binary, seeds, step=tf.constant(0, tf.int64))
    expected = 2.0 * terms.kl - terms.reconstruction
    np.testing.assert_allclose(terms.loss, expected, rtol=1e-6)


def test_names_of_the_families():
    names = {
        "beta_elbo": BetaELBO,
        "beta_tcvae": BetaTCVAE,
        "capacity": Capacity,
        "doubly_reparameterized": DoublyReparameterized,
        "elbo": ELBO,
        "importance_weighted": ImportanceWeighted,
    }
    for name, cls in names.items():
        model = vaezoo.FullyConnectedVAE((2, 2, 1), 2, (3,), objective=name)
        assert type(model.objective) is cls
        assert model.get_config()["objective"] == name
