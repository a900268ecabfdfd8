import io

import keras
import numpy as np
import pytest
from PIL import Image

import vaezoo


@pytest.fixture(scope="session")
def model():
    keras.utils.set_random_seed(0)
    return vaezoo.FullyConnectedVAE((6, 5, 1), latent_dim=4, hidden_units=(8,))


@pytest.fixture(scope="session")
def images():
    return np.random.default_rng(0).integers(0, 256, (7, 6, 5, 1)).astype("uint8")


@pytest.fixture(scope="session")
def read_back():
    """`read_back(figure)` -> the pixels of the saved PNG, uint8 (height, width, 3)."""

    def read(figure, **kwargs):
        file = io.BytesIO()
        figure.savefig(file, format="png", **kwargs)
        picture = np.asarray(Image.open(file))
        if picture.shape[-1] == 4:
            assert (picture[..., 3] == 255).all()
        return picture[..., :3]

    return read


@pytest.fixture(scope="session")
def cells(read_back):
    """`cells(figure, shape, columns, rows)` -> the images, read from its pixels.

    They are looked for from the right and the bottom, where there are no labels.
    """

    def cut(figure, image_shape, columns, rows):
        picture = read_back(figure)
        height, width = image_shape[:2]
        zoom = _zoom(picture, height, width, columns, rows)
        picture = picture[::-1, ::-1][: (rows * (height + 2) + 2) * zoom]
        small = picture[::zoom, : (columns * (width + 2) + 2) * zoom : zoom]
        again = small.repeat(zoom, axis=0).repeat(zoom, axis=1)
        np.testing.assert_array_equal(picture[:, : again.shape[1]], again)
        small = small[::-1, ::-1]
        return np.stack(
            [
                small[2 + (height + 2) * row :, 2 + (width + 2) * column :][
                    :height, :width
                ]
                for row in range(rows)
                for column in range(columns)
            ]
        )

    def _zoom(picture, height, width, columns, rows):
        across = columns * (width + 2) + 2
        down = rows * (height + 2) + 2
        return max(1, min(720 // across, 960 // down))

    return cut
