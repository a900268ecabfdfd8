import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.models import BetaVAE, ConvolutionalVAE, FullyConnectedVAE
from vaezoo.objectives import BetaELBO, Capacity

SHAPE = (4, 3, 1)
OPTIONS = {
    "fully_connected": {"hidden_units": (5,), "residual": True},
    "convolutional": {"filters": (3,), "dense_units": 6, "residual_blocks": 1},
}
FAMILIES = {"fully_connected": FullyConnectedVAE, "convolutional": ConvolutionalVAE}
networks = pytest.mark.parametrize("network", OPTIONS)


def make(network="fully_connected", **kwargs):
    keras.utils.set_random_seed(1)
    return BetaVAE(SHAPE, 2, network, **{**OPTIONS[network], **kwargs})


@networks
def test_the_networks_are_those_of_the_family(network):
    model = make(network)
    keras.utils.set_random_seed(1)
    plain = FAMILIES[network](SHAPE, 2, **OPTIONS[network])
    for weight, expected in zip(model.weights, plain.weights, strict=True):
        assert weight.path.split("/", 1)[1] == expected.path.split("/", 1)[1]
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize(
    ("arguments", "objective"),
    [
        ({}, BetaELBO(4.0)),
        ({"beta": 0.5, "warm_up_steps": 9}, BetaELBO(0.5, 9)),
        ({"free_bits": 0.25}, BetaELBO(4.0, 0, 0.25)),
        ({"beta": 30, "capacity": 25}, Capacity(30.0, 25.0, 100_000)),
        (
            {
                "beta": 30.0,
                "capacity": 0.0,
                "capacity_steps": 7,
                "warm_up_steps": 3,
                "free_bits": 0.1,
            },
            Capacity(30.0, 0.0, 7, 3, 0.1),
        ),
    ],
)
def test_the_arguments_make_the_objective(arguments, objective):
    model = make(**arguments)
    assert type(model.objective) is type(objective)
    assert model.objective.get_config() == objective.get_config()


@networks
@pytest.mark.parametrize("capacity", [None, 3.0])
def test_the_configuration_is_flat_json(network, capacity, tmp_path):
    model = make(network, beta=2.0, capacity=capacity, capacity_steps=5, free_bits=0.1)
    config = json.loads(json.dumps(model.get_config()))
    assert "objective" not in config
    expected = {"network": network, "beta": 2.0, "capacity": capacity}
    assert expected.items() <= config.items()
    assert OPTIONS[network].keys() <= config.keys()
    copy = BetaVAE.from_config(config)
    assert copy.get_config() == model.get_config()
    assert copy.objective.get_config() == model.objective.get_config()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert type(loaded) is BetaVAE
    assert loaded.get_config() == model.get_config()


def test_the_terms_at_a_step():
    images = np.random.default_rng(0).integers(0, 2, (6, *SHAPE)).astype("float32")
    seeds = tf.range(6, dtype=tf.int64)
    step = tf.constant(5, tf.int64)
    model = make(beta=3.0, warm_up_steps=10)
    terms = model.terms(images, seeds, step=step)
    expected = 1.5 * terms.kl - terms.reconstruction
    np.testing.assert_allclose(terms.loss, expected, rtol=1e-6)
    held = make(beta=20.0, capacity=4.0, capacity_steps=10)
    terms = held.terms(images, seeds, step=step)
    expected = 20.0 * np.abs(terms.kl - 2.0) - terms.reconstruction
    np.testing.assert_allclose(terms.loss, expected, rtol=1e-6)
    np.testing.assert_allclose(terms.elbo, terms.reconstruction - terms.kl, rtol=1e-6)


@networks
def test_it_combines_with_a_condition(network):
    model = make(network, condition=vaezoo.Labels(3), prior="conditional_normal")
    images = np.random.default_rng(0).integers(0, 256, (9, *SHAPE)).astype("uint8")
    y = np.arange(9) % 3
    model.compile("adam", jit_compile=False)
    logs = model.fit(images, y, epochs=2, verbose=0).history
    assert np.isfinite(logs["loss"]).all()
    assert model.sample(y=[0, 1, 2], seed=1).shape == (3, *SHAPE)
    assert np.isfinite(model.elbo(images, seed=1, y=y)).all()


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("beta", -1.0),
        ("beta", "4"),
        ("capacity", -2),
        ("capacity_steps", 2.5),
        ("warm_up_steps", -1),
        ("free_bits", float("nan")),
    ],
)
@pytest.mark.parametrize("capacity", [{}, {"capacity": 3.0}], ids=["beta", "capacity"])
def test_arguments_are_checked(name, bad, capacity):
    with pytest.raises(ValueError, match=f"Expected `{name}` to be") as caught:
        make(**{**capacity, name: bad})
    assert str(caught.value).endswith(f"Received: {name}={bad!r}")


@pytest.mark.parametrize(
    ("network", "options", "received"),
    [
        ("convolution", {}, "network='convolution'"),
        ("convolutional", {"hidden_units": (3,)}, "hidden_units"),
        ("fully_connected", {"objective": "elbo"}, "objective"),
    ],
)
def test_networks_and_their_options_are_checked(network, options, received):
    with pytest.raises(ValueError, match="Expected") as caught:
        BetaVAE(SHAPE, 2, network, **options)
    assert str(caught.value).endswith(f"Received: {received}")
