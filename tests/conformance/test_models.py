"""Every family, and every saved model of the repository, is a sound VAE."""

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.models import families
from vaezoo.testing import check_vae

# A family that is registered is checked here, once it has a small example.
SMALL = {
    "ConvolutionalVAE": {
        "filters": (3, 4),
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
    return families()[name](image_shape, LATENT_DIM, **SMALL[name], **kwargs)


@pytest.fixture(params=families())
def family(request):
    return request.param


@pytest.fixture(scope="module", params=vaezoo.list_models())
def saved(request):
    return request.param


def test_family_passes_every_check(family):
    assert len(check_vae(small(family))) == 12


def test_family_is_public_and_registered(family):
    cls = families()[family]
    assert getattr(vaezoo, family) is cls
    assert keras.saving.get_registered_name(cls) == f"vaezoo>{family}"
    assert "Example:" in cls.__doc__


@pytest.mark.parametrize("image_shape", [(1, 1, 1), (5, 9, 3)], ids=str)
def test_family_takes_images_of_any_shape(family, image_shape):
    model = small(family, image_shape)
    images = model.sample(2, seed=0)
    assert images.shape == (2, *image_shape)
    assert np.isfinite(model.elbo(images, seed=1)).all()


def test_family_is_reproducible_from_its_seed(family):
    models = []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        models.append(small(family, seed=2))
    images = models[0].sample(6, seed=3)
    results = []
    for model in models:
        model.compile("sgd", jit_compile=False)
        model.fit(images, batch_size=4, shuffle=False, verbose=0)
        results.append(model.elbo(images, seed=4))
    np.testing.assert_array_equal(*results)


def test_a_family_without_an_example_is_pointed_out():
    with pytest.raises(pytest.fail.Exception, match="add the arguments of a small one"):
        small("UnheardOfVAE")


def test_saved_model_passes_every_check(saved):
    model = vaezoo.load(saved)
    assert model.compiled
    assert len(check_vae(model, model.sample(8, seed=0))) == 12


def test_saved_model_has_an_architecture_without_weights(saved):
    model, fresh = vaezoo.load(saved), vaezoo.load(saved, weights=None)
    assert fresh.get_config() == model.get_config()
    pairs = zip(fresh.get_weights(), model.get_weights(), strict=True)
    assert any((new != old).any() for new, old in pairs)
