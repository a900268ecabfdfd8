import numpy as np
import pytest

from vaezoo.plotting import analogy, interpolate, interpolated_grid


def test_the_linear_path_is_the_straight_line():
    path = interpolate([0.0, 4.0], [8.0, 0.0], [0.0, 0.25, 1.0], "linear")
    np.testing.assert_allclose(path, [[0, 4], [2, 3], [8, 0]])


def test_the_spherical_path_turns_at_a_constant_rate():
    t = np.linspace(0, 1, 7)
    path = interpolate([3.0, 0.0], [0.0, 3.0], t)
    angle = t * np.pi / 2
    np.testing.assert_allclose(
        path, 3 * np.stack([np.cos(angle), np.sin(angle)], axis=1), atol=1e-12
    )


def test_the_arc_keeps_the_length_in_many_dimensions():
    a, b = np.random.default_rng(0).normal(size=(2, 5, 40))
    a, b = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b))
    arc = interpolate(a, b, np.linspace(0, 1, 9))
    np.testing.assert_allclose(np.linalg.norm(arc, axis=-1), 1.0)
    steps = np.linalg.norm(np.diff(arc, axis=1), axis=-1)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[:, :1], steps.shape))
    assert np.linalg.norm(interpolate(a, b, [0.5], "linear"), axis=-1).max() < 0.9


@pytest.mark.parametrize("path", ["spherical", "linear"])
def test_the_ends_are_the_vectors(path):
    a, b = np.random.default_rng(0).normal(size=(2, 3, 4))
    ends = interpolate(a, b, [0.0, 1.0], path)
    np.testing.assert_allclose(ends, np.stack([a, b], axis=1), atol=1e-12)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1.0, 2.0], [2.0, 4.0]),
        ([1.0, 2.0], [1.0, 2.0]),
        ([1.0, 2.0], [-1.0, -2.0]),
        ([0.0, 0.0], [1.0, 2.0]),
        ([0.0, 0.0], [0.0, 0.0]),
    ],
)
def test_without_an_arc_it_is_the_straight_line(a, b):
    t = np.linspace(0, 1, 5)
    np.testing.assert_allclose(interpolate(a, b, t), interpolate(a, b, t, "linear"))


def test_nearly_parallel_vectors():
    a, b = np.array([1.0, 0.0]), np.array([1.0, 1e-5])
    middle = interpolate(a, b, [0.5])[0]
    np.testing.assert_allclose(middle, [1.0, 5e-6], rtol=1e-9)


def test_a_grid_is_bilinear_between_its_anchors():
    anchors = np.random.default_rng(0).normal(size=(3, 2, 4))
    grid = interpolated_grid(anchors, (1, 3), "linear")
    assert grid.shape == (5, 5, 4)
    np.testing.assert_allclose(grid[::2, ::4], anchors)
    np.testing.assert_allclose(grid[1, 2], anchors[:2].mean(axis=(0, 1)))
    quarter = 0.75 * anchors[0, 0] + 0.25 * anchors[0, 1]
    np.testing.assert_allclose(grid[0, 1], quarter)


def test_a_grid_goes_around_the_origin():
    anchors = np.array([[[1.0, 0, 0], [0, 1.0, 0]], [[0, 0, 1.0], [0.6, 0.8, 0]]])
    grid = interpolated_grid(anchors, 2)
    assert grid.shape == (4, 4, 3)
    np.testing.assert_allclose(np.linalg.norm(grid, axis=-1), 1.0)
    np.testing.assert_array_equal(interpolated_grid(anchors, 0), anchors)


def test_analogy():
    np.testing.assert_array_equal(analogy([1, 1], [2, 5], [10, 20]), [11, 24])
