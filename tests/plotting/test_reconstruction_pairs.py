import numpy as np
import pytest

from vaezoo.plotting import reconstruction_pairs


def test_each_image_stands_above_its_reconstruction(images, cells):
    figure = reconstruction_pairs(images, 255 - images, columns=4)
    shown = cells(figure, (6, 5), columns=4, rows=4).reshape(4, 4, 6, 5, 3)
    colour = np.broadcast_to(images, (7, 6, 5, 3))
    np.testing.assert_array_equal(shown[0], colour[:4])
    np.testing.assert_array_equal(shown[1], 255 - colour[:4])
    np.testing.assert_array_equal(shown[2, :3], colour[4:])
    np.testing.assert_array_equal(shown[3, :3], 255 - colour[4:])
    assert (shown[2:, 3] == 255).all()


def test_rows_are_labelled(images):
    figure = reconstruction_pairs(images, images, columns=4)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["image", "reconstruction"] * 2


def test_of_a_model(model, images, cells):
    reconstructions = model.reconstruct(images)
    shown = cells(reconstruction_pairs(images, reconstructions), (6, 5), 7, 2)
    np.testing.assert_array_equal(
        shown[7:, :, :, :1], np.rint(reconstructions * 255).astype(np.uint8)
    )


def test_a_single_image(images, cells):
    shown = cells(reconstruction_pairs(images[:1], images[1:2]), (6, 5), 1, 2)
    np.testing.assert_array_equal(shown[..., :1], images[:2])


def test_other_shapes_are_refused(images):
    message = r"one reconstruction for each image.*Received.*\(7, 6, 5, 1\).*\(6, 6, 5"
    with pytest.raises(ValueError, match=message):
        reconstruction_pairs(images, images[:6])
    with pytest.raises(ValueError, match="of the same size"):
        reconstruction_pairs(images, images.transpose(0, 2, 1, 3))


def test_columns_must_be_a_positive_integer(images):
    with pytest.raises(ValueError, match="Received: columns=0"):
        reconstruction_pairs(images, images, columns=0)
