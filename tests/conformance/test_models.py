"""Every family, and every saved model of the repository, is a sound VAE."""

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.models import families
from vaezoo.testing import check_vae

# A family that is registered is checked here, once it has a small example.
SMALL = {
    "BetaVAE": {"hidden_units": (7,)},
    "ConditionalVAE": {"condition": vaezoo.Labels(3), "hidden_units": (7,)},
    "ConvolutionalVAE": {
        "filters": (3,),
        "dense_units": 6,
        "residual_blocks": 1,
    },
    "FullyConnectedVAE": {"hidden_units": (7, 7), "residual": True},
}
SHAPE, LATENT_DIM = (7, 6, 2), 3


def small(name, image_shape=SHAPE, **kwargs):
    if name not in SMALL:
        pytest.fail(
            f"The family {name} is registered, but has no example: add the arguments "
            f"of a small one to SMALL in {__file__}"
        )
    arguments = {**SMALL[name], **kwargs}
    return families()[name](image_shape, LATENT_DIM, **arguments)


def condition_of(model, rows):
    return None if model.condition is None else model.condition.example(rows)


@pytest.fixture(params=families())
def family(request):
    return request.param


@pytest.fixture(params=vaezoo.list_models())
def saved(request):
    return request.param


def test_family_passes_every_check(family):
    assert len(check_vae(small(family))) == 13


def test_family_is_public_and_registered(family):
    cls = families()[family]
    assert getattr(vaezoo, family) is cls
    assert keras.saving.get_registered_name(cls) == f"vaezoo>{family}"
    assert "Example:" in cls.__doc__


@pytest.mark.parametrize(
    "image_shape",
    [
        (1, 1, 1),
        (5, 9, 3),
        (28, 20, 1),
        pytest.param((28, 28, 1), marks=pytest.mark.slow),
        pytest.param((32, 32, 3), marks=pytest.mark.slow),
        pytest.param((64, 64, 3), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_family_takes_images_of_any_shape(family, image_shape):
    model = small(family, image_shape)
    y = condition_of(model, 2)
    images = model.sample(2, seed=0, y=y)
    assert images.shape == (2, *image_shape)
    assert np.isfinite(model.elbo(images, seed=1, y=y)).all()


CONDITIONS = {
    "Attributes": vaezoo.Attributes(2),
    "Labels": vaezoo.Labels(3),
    "PartialImage": vaezoo.PartialImage(SHAPE),
}


@pytest.mark.slow
def test_family_passes_every_check_with_labels_and_a_prior_of_them(family):
    model = small(family, condition=vaezoo.Labels(4), prior="conditional_normal")
    assert len(check_vae(model)) == 13


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"),
    [("FullyConnectedVAE", "Attributes"), ("ConvolutionalVAE", "PartialImage")],
)
def test_networks_pass_every_check_with_other_conditions(name, kind):
    assert len(check_vae(small(name, condition=CONDITIONS[kind]))) == 13


@pytest.mark.parametrize("kind", CONDITIONS)
def test_family_takes_every_condition(family, kind):
    condition = CONDITIONS[kind]
    model = small(family, condition=condition, prior="conditional_normal")
    y = condition.example(5, seed=1)
    images = model.sample(seed=range(5), y=y)
    assert images.shape == (5, *SHAPE)
    assert not np.array_equal(images, model.sample(seed=range(5), y=y[[1, 2, 0, 4, 3]]))
    assert np.isfinite(model.elbo(images, 1, y)).all()
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    np.testing.assert_array_equal(copy.elbo(images, 1, y), model.elbo(images, 1, y))


def test_family_is_reproducible_from_its_seed(family):
    models = []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        models.append(small(family, seed=2))
    y = condition_of(models[0], 6)
    images = models[0].sample(6, seed=3, y=y)
    results = []
    for model in models:
        model.compile("sgd", jit_compile=False)
        model.fit(images, y, batch_size=4, shuffle=False, verbose=0)
        results.append(model.elbo(images, seed=4, y=y))
    np.testing.assert_array_equal(*results)


def test_a_family_without_an_example_is_pointed_out():
    with pytest.raises(pytest.fail.Exception, match="add the arguments of a small one"):
        small("UnheardOfVAE")


@pytest.mark.parametrize(
    "name",
    [
        # The quickest to check stands for the others.
        pytest.param(name, marks=[] if name == "fc_vae_mnist" else [pytest.mark.slow])
        for name in vaezoo.list_models()
    ],
)
def test_saved_model_passes_every_check(name):
    model = vaezoo.load(name)
    assert model.compiled
    if isinstance(model, vaezoo.Autoencoder):  # it has no density to check
        with pytest.raises(ValueError, match=r"Expected a vaezoo\.VAE"):
            check_vae(model)
        return
    y = condition_of(model, 8)
    assert len(check_vae(model, model.sample(8, seed=0, y=y), y)) == 13


def test_saved_model_has_an_architecture_without_weights(saved):
    model, fresh = vaezoo.load(saved), vaezoo.load(saved, weights=None)
    assert fresh.get_config() == model.get_config()
    pairs = zip(fresh.get_weights(), model.get_weights(), strict=True)
    assert any((new != old).any() for new, old in pairs)
