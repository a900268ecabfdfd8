import numpy as np
import pytest

from vaezoo.plotting import arrange_on_grid, nearest_codes


def length(codes, places):
    """The distances between neighbours on the grid, in total."""
    grid = codes[places]
    return sum(
        np.linalg.norm(np.diff(grid, axis=axis), axis=-1).sum() for axis in (0, 1)
    )


def test_the_nearest_come_first():
    codes = np.array([[0.0], [10.0], [1.0], [3.0], [-2.0]])
    assert nearest_codes(codes, 0, 4).tolist() == [0, 2, 4, 3]
    assert nearest_codes(codes, 1, 1).tolist() == [1]


def test_the_center_comes_before_its_double():
    assert nearest_codes(np.zeros((3, 2)), 2, 3)[0] == 2


@pytest.mark.parametrize("seed", range(3))
def test_a_flat_grid_in_many_dimensions_is_found_again(seed):
    random = np.random.default_rng(seed)
    across, up = np.linalg.qr(random.normal(size=(20, 2)))[0].T
    down, right = np.indices((4, 6)).reshape(2, 24)
    codes = right[:, None] * across + down[:, None] * up
    shuffled = random.permutation(24)
    places = shuffled[arrange_on_grid(codes[shuffled], 4, 6)]
    # Up to a turn or a mirror image: neighbours are neighbours.
    assert length(codes, places) == pytest.approx(4 * 5 + 3 * 6)
    assert sorted(places.reshape(-1)) == list(range(24))


def test_no_swap_makes_it_shorter():
    codes = np.random.default_rng(0).normal(size=(12, 5))
    places = arrange_on_grid(codes, 3, 4)
    assert sorted(places.reshape(-1)) == list(range(12))
    best = length(codes, places)
    assert best < length(codes, np.arange(12).reshape(3, 4))
    for i in range(12):
        for j in range(i):
            order = places.reshape(-1).copy()
            order[[i, j]] = order[[j, i]]
            assert length(codes, order.reshape(3, 4)) >= best - 1e-9


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1)])
def test_lines(shape):
    codes = np.array([[3.0], [1.0], [4.0], [0.0], [2.0]])[: shape[0] * shape[1]]
    line = codes[arrange_on_grid(codes, *shape)].reshape(-1)
    assert abs(np.diff(line)).sum() == len(line) - 1


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"2 x 3 latent vectors.*Received: 5"):
        arrange_on_grid(np.zeros((5, 2)), 2, 3)
    with pytest.raises(ValueError, match=r"`rows`.*Received: rows=0"):
        arrange_on_grid(np.zeros((5, 2)), 0, 3)
    with pytest.raises(ValueError, match=r"within the 5 images.*center=5"):
        nearest_codes(np.zeros((5, 2)), 5, 2)
    with pytest.raises(ValueError, match="6 images asked for"):
        nearest_codes(np.zeros((5, 2)), 0, 6)
