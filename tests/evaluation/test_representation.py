import numpy as np
import pytest

import vaezoo
from vaezoo.evaluation import representation

SHAPE = (4, 3, 1)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (12, *SHAPE)).astype("uint8")


def test_codes_of_a_vae_are_posterior_means(images):
    model = vaezoo.FullyConnectedVAE(SHAPE, 2, hidden_units=(4,))
    codes = representation(model)(images)
    np.testing.assert_array_equal(codes, model.encode(images).mean().numpy())
    assert codes.dtype == np.float32


def test_codes_of_an_autoencoder_and_of_functions(images):
    model = vaezoo.Autoencoder(SHAPE, 2, hidden_units=(4,))
    codes = model.encode(images)
    np.testing.assert_array_equal(representation(model)(images), codes)
    np.testing.assert_array_equal(representation(model.encode)(images), codes)
    flat = representation(lambda x: x.reshape(len(x), -1))(images)
    assert (flat.shape, flat.dtype) == ((12, 12), np.float64)


def test_none_takes_codes():
    codes = np.ones((3, 2), np.float32)
    assert representation(None)(codes) is codes


def test_a_conditional_model_needs_a_function_with_its_conditions(images):
    model = vaezoo.ConditionalVAE(SHAPE, 2, vaezoo.Labels(3), hidden_units=(4,))
    with pytest.raises(ValueError, match="pass a function") as caught:
        representation(model)
    assert "Received: ConditionalVAE" in str(caught.value)
    y = np.zeros(12, int)
    codes = representation(lambda x: model.encode(x, y).mean())(images)
    assert codes.shape == (12, 2)


@pytest.mark.parametrize("bad", [3, "fc_vae_mnist", np.ones((2, 2))])
def test_no_representation(bad):
    with pytest.raises(ValueError, match=r"Expected a model, a function .*Received"):
        representation(bad)
