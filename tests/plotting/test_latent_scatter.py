import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.plotting import latent_scatter
from vaezoo.plotting.principal_components import principal_components


@pytest.fixture(scope="module")
def many():
    return np.random.default_rng(5).integers(0, 256, (60, 6, 5, 1)).astype("uint8")


@pytest.fixture(scope="module")
def codes(model, many):
    return model.encode(many).mean().numpy().astype(float)


def points(figure):
    """Positions and colours of all points, in the order of their positions."""
    collection = figure.axes[0].collections[0]
    positions = np.asarray(collection.get_offsets())
    order = np.lexsort(positions.T)
    colors = np.broadcast_to(collection.get_facecolor(), (len(positions), 4))
    return positions[order], colors[order]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def sorted_rows(positions):
    return positions[np.lexsort(positions.T)]


def test_two_dimensions_are_shown_as_they_are(many):
    keras.utils.set_random_seed(0)
    model = vaezoo.FullyConnectedVAE((6, 5, 1), latent_dim=2, hidden_units=(8,))
    figure = latent_scatter(model, many)
    codes = model.encode(many).mean().numpy()
    np.testing.assert_allclose(points(figure)[0], sorted_rows(codes), rtol=1e-6)
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z0", "z1")
    assert axes.get_aspect() == 1.0


def test_more_are_projected_on_principal_components(model, many, codes):
    figure = latent_scatter(model, many)
    expected = principal_components(codes)
    np.testing.assert_allclose(points(figure)[0], sorted_rows(expected.positions))
    assert figure.axes[0].get_xlabel() == (
        f"component 1 of the codes ({expected.share[0]:.0%} of the codes' variance)"
    )


def test_classes_are_projected_on_the_plane_of_their_means(model, many, codes):
    labels = np.arange(60) % 3
    means = np.stack([codes[labels == k].mean(axis=0) for k in range(3)])
    expected = principal_components(codes, means).positions
    figure = latent_scatter(model, many, labels)
    np.testing.assert_allclose(points(figure)[0], sorted_rows(expected))
    assert "class means" in figure.axes[0].get_xlabel()
    figure = latent_scatter(model, many, labels, "components")
    assert "of the codes (" in figure.axes[0].get_ylabel()


def test_the_colours_are_those_of_the_legend(model, many, codes):
    labels = np.random.default_rng(0).integers(0, 3, 60)
    figure = latent_scatter(model, many, labels, [2, 0], names=["a", "b"])
    assert legend(figure) == ["a", "b", "2"]
    handles = [h.get_facecolor()[0][:3] for h in figure.legends[0].legend_handles]
    positions, colors = points(figure)
    order = np.lexsort(codes[:, [2, 0]].T)
    np.testing.assert_allclose(positions, codes[order][:, [2, 0]])
    np.testing.assert_allclose(colors[:, :3], np.array(handles)[labels[order]])


def test_words_and_many_numbers(model, many):
    figure = latent_scatter(model, many, np.array(["cat", "dog"] * 30))
    assert legend(figure) == ["cat", "dog"]
    figure = latent_scatter(model, many, np.linspace(0, 1, 60))
    assert len(figure.axes) == 2
    assert not figure.legends


def test_everything_lies_within_the_figure(model, many):
    figure = latent_scatter(model, many, np.arange(60) % 20)
    figure.canvas.draw()
    width, height = figure.get_size_inches() * figure.dpi
    box = figure.legends[0].get_window_extent()
    assert 0 <= box.x0 < box.x1 <= width + 1
    assert 0 <= box.y0 < box.y1 <= height + 1
    assert box.x0 > figure.axes[0].get_window_extent().x1 - 1


def test_the_style_of_the_session_is_left_alone(model, many, read_back):
    import matplotlib
    from matplotlib import style

    expected = read_back(latent_scatter(model, many, np.arange(60) % 3))
    with style.context("dark_background"):
        before = matplotlib.rcParams.copy()
        shown = read_back(latent_scatter(model, many, np.arange(60) % 3))
        after = matplotlib.rcParams.copy()
    assert after == before
    np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": [0, 1]}, "`labels` of 60 rows"),
        ({"labels": np.zeros((60, 2))}, r"`labels` of shape \(60,\)"),
        ({"labels": [f"c{i}" for i in range(60)]}, "at most 20 different"),
        ({"dimensions": [0, 0]}, "two different"),
        ({"dimensions": "tsne"}, "classes, components.*Received: dimensions='tsne'"),
        ({"dimensions": "classes"}, "3 to 20 classes.*Received: no labels"),
    ],
)
def test_bad_arguments_are_refused(model, many, arguments, message):
    with pytest.raises(ValueError, match=message):
        latent_scatter(model, many, **arguments)
