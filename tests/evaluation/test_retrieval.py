import numpy as np
import pytest

import vaezoo
from vaezoo.evaluation import retrieve

SHAPE = (4, 3, 1)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (40, *SHAPE)).astype("uint8")


def test_images_are_found_by_their_codes(images):
    model = vaezoo.FullyConnectedVAE(SHAPE, 2, hidden_units=(4,))
    codes = model.encode(images).mean().numpy().astype(np.float64)
    found = retrieve(model, images[:7], images, k=4)
    distances = np.linalg.norm(codes[:7, None] - codes, axis=-1)
    order = np.argsort(distances, axis=1, kind="stable")[:, :4]
    np.testing.assert_array_equal(found.indices, order)
    expected = np.take_along_axis(distances, order, axis=1)
    np.testing.assert_allclose(found.distances, expected, rtol=1e-6)
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(7))
    assert (found.distances[:, 0] == 0.0).all()


def test_any_function_will_do(images):
    def brightness(x):
        return x.mean(axis=(1, 2, 3))[:, None]

    found = retrieve(brightness, images[:3], images[3:], k=1)
    gaps = np.abs(brightness(images[:3]) - brightness(images[3:]).T)
    np.testing.assert_array_equal(found.indices[:, 0], gaps.argmin(axis=1))


def test_bad_arguments(images):
    model = vaezoo.FullyConnectedVAE(SHAPE, 2, hidden_units=(4,))
    with pytest.raises(ValueError, match="Received: None"):
        retrieve(None, images, images)
    with pytest.raises(ValueError, match="Received: k=41"):
        retrieve(model, images, images, k=41)
    with pytest.raises(ValueError, match="Expected images"):
        retrieve(model, images[:, :2], images)
