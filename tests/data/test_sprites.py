import hashlib

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from vaezoo.data import Sprites, load

EVERY_SHAPE = [
    (shape, scale, orientation)
    for shape in range(3)
    for scale in range(6)
    for orientation in range(40)
]


def at(x, y):
    return np.array([(*factors, x, y) for factors in EVERY_SHAPE])


def test_the_factor_grid_is_that_of_dsprites():
    sprites = Sprites()
    assert sprites.factor_names == ("shape", "scale", "orientation", "x", "y")
    assert sprites.factor_sizes == (3, 6, 40, 32, 32)
    assert len(sprites) == 737280
    assert sprites.images([0]).shape == (1, 64, 64, 1)


def test_factors_and_indices_are_inverse_on_the_whole_grid():
    sprites = Sprites()
    everything = np.arange(len(sprites))
    factors = sprites.factors_of(everything)
    assert factors.max(axis=0).tolist() == [2, 5, 39, 31, 31]
    np.testing.assert_array_equal(sprites.indices_of(factors), everything)


def test_factors_and_indices_give_the_same_images():
    sprites = Sprites(28)
    images, factors = sprites.sample(50, seed=3)
    np.testing.assert_array_equal(sprites.images(factors), images)
    np.testing.assert_array_equal(sprites.images(sprites.indices_of(factors)), images)


def test_the_order_asked_for_is_the_order_given():
    sprites = Sprites(28)
    _, factors = sprites.sample(300, seed=0)
    one_by_one = np.concatenate([sprites.images(row[None]) for row in factors])
    np.testing.assert_array_equal(sprites.images(factors), one_by_one)


def test_moving_by_one_step_moves_the_image_by_one_pixel_at_64():
    sprites = Sprites()
    middle = sprites.images(at(10, 20))
    np.testing.assert_array_equal(
        sprites.images(at(11, 20)), np.roll(middle, 1, axis=2)
    )
    np.testing.assert_array_equal(
        sprites.images(at(10, 21)), np.roll(middle, 1, axis=1)
    )


def test_all_combinations_differ_at_64_but_for_the_symmetries():
    # Positions only move the picture (previous test), so it is enough that no two of
    # the other combinations agree up to a shift.
    sprites = Sprites()
    factors = at(16, 16)
    canonical = sprites.canonical_indices(sprites.indices_of(factors))
    groups = {}
    for image, twin in zip(sprites.images(factors)[..., 0], canonical, strict=True):
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        groups.setdefault((cut.shape, cut.tobytes()), set()).add(twin)
    assert all(len(twins) == 1 for twins in groups.values())
    assert len(groups) == 6 * (10 + 20 + 40)


@pytest.mark.parametrize("size", [28, 64, (28, 20)])
def test_symmetric_twins_are_the_same_image(size):
    sprites = Sprites(size)
    indices = np.random.default_rng(0).integers(len(sprites), size=300)
    twins = sprites.canonical_indices(indices)
    assert (twins != indices).any()
    np.testing.assert_array_equal(sprites.images(indices), sprites.images(twins))


@pytest.mark.parametrize("size", [64, 28, 16, (28, 20), (17, 40)])
def test_every_sprite_lies_whole_inside_the_frame(size):
    # A frame shifted to give room on every side shows the same number of pixels.
    sprites = Sprites(size)
    height, width, _ = sprites.image_shape
    for x, y in ((0, 0), (31, 0), (0, 31), (31, 31)):
        factors = at(x, y)
        images = sprites.images(factors)
        assert set(np.unique(images)) == {0, 255}
        assert images.any(axis=(1, 2, 3)).all()
        scale = (0.5 + 0.1 * factors[:, 1]) * min(height, width)
        area = (images > 0).sum(axis=(1, 2, 3)) / scale**2
        for shape, expected in enumerate((0.1271, 0.1019, 0.1496)):
            mean = area[factors[:, 0] == shape].mean()
            assert mean == pytest.approx(expected, rel=0.06)


def test_scale_x_and_y_mean_what_they_say():
    sprites = Sprites()
    small, large = (sprites.images([[1, s, 0, 16, 16]])[0, ..., 0] for s in (0, 5))
    assert large.astype(bool).sum() == pytest.approx(
        4 * small.astype(bool).sum(), rel=0.05
    )
    left = sprites.images([[0, 2, 0, 0, 31]])[0, ..., 0]
    assert left[:, :32].any()
    assert not left[:, 32:].any()
    assert not left[:32].any()


def test_the_heart_stands_upright_and_turns_anticlockwise():
    sprites = Sprites()
    upright, quarter = (sprites.images([[2, 5, k, 16, 16]])[0, ..., 0] for k in (0, 10))
    around = (slice(16, 49), slice(16, 49))
    np.testing.assert_array_equal(upright[around], upright[around][:, ::-1])
    widths = (upright > 0).sum(axis=1)
    rows = np.flatnonzero(widths)
    assert widths[rows[3]] > widths[rows[-3]]
    np.testing.assert_array_equal(quarter[around], np.rot90(upright[around]))


def test_the_pixels_are_the_same_everywhere():
    images, _ = Sprites().sample(500, seed=0)
    digest = hashlib.sha256(images.tobytes()).hexdigest()
    assert digest == "7e3994edf53386103b23d7cabf0200b4ea089df98ec5f38f820ffec07007f821"


def test_samples_repeat_with_their_seed_only():
    sprites = Sprites(16)
    first, factors = sprites.sample(20, seed=1)
    again, _ = sprites.sample(20, seed=1)
    _, others = sprites.sample(20, seed=2)
    np.testing.assert_array_equal(first, again)
    assert (factors != others).any()


@hypothesis.given(st.integers(737280) | st.integers(max_value=-1))
def test_indices_outside_are_refused(index):
    hypothesis.assume(-(2**62) < index < 2**62)
    with pytest.raises(ValueError, match="Received: values from"):
        Sprites().factors_of([index])


@pytest.mark.parametrize(
    "wanted", [[0.5], [[0, 0, 0, 0]], [[3, 0, 0, 0, 0]], [[0, 0, -1, 0, 0]], 7]
)
def test_sprites_that_do_not_exist_are_refused(wanted):
    with pytest.raises(ValueError, match="Received: "):
        Sprites().images(wanted)


@pytest.mark.parametrize("size", [0, 15, 28.0, (28, 28, 1), "28", None, (64, 8)])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(ValueError, match="Expected image_size"):
        Sprites(size)


def test_no_images_is_an_empty_array():
    assert Sprites(28).images(np.empty((0, 5), int)).shape == (0, 28, 28, 1)


def test_the_splits_share_no_image():
    sprites = Sprites(28)
    parts = [load("sprites", s, image_size=28) for s in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [20_000, 2_000, 2_000]
    indices = np.concatenate([sprites.indices_of(part.attributes) for part in parts])
    assert len(np.unique(sprites.canonical_indices(indices))) == 24_000
    part = parts[1]
    np.testing.assert_array_equal(part.images, sprites.images(part.attributes))
    np.testing.assert_array_equal(part.labels, part.attribute("shape"))
    assert part.num_classes == 3
