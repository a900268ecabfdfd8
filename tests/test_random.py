import math
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from vaezoo import random
from vaezoo.random import Stream

KNOWN_ANSWERS = [  # (key, counter, result): the `kat_vectors` of Random123
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0x1CB996FC, 0xBB002BE7)),
    (
        (0x13198A2E, 0x03707344),
        (0x243F6A88, 0x85A308D3),
        (0xC4923A9C, 0x483DF7A0),
    ),
]
SEEDS = np.array([0, 1, -1, 2**63 - 1, -(2**63), 123456789, 2**32, 2**31], "int64")
COUNT = 40_000
ROUNDING = 2e-6


def in_graph(function):
    return tf.function(function)


def under_xla(function):
    return tf.function(function, jit_compile=True)


def words(values):
    return tuple(tf.constant(value, tf.uint32) for value in values)


def numpy_threefry(key, counter):
    """Threefry-2x32-20 once more, in Python's unbounded integers."""
    mask = 0xFFFFFFFF
    schedule = [*key, key[0] ^ key[1] ^ 0x1BD11BDA]
    x0, x1 = ((c + k) & mask for c, k in zip(counter, schedule[:2], strict=True))
    rotations = (13, 15, 26, 6, 17, 29, 16, 24)
    for step in range(20):
        x0 = (x0 + x1) & mask
        rotation = rotations[step % 8]
        x1 = ((x1 << rotation | x1 >> (32 - rotation)) & mask) ^ x0
        if step % 4 == 3:
            group = step // 4 + 1
            x0 = (x0 + schedule[group % 3]) & mask
            x1 = (x1 + schedule[(group + 1) % 3] + group) & mask
    return x0, x1


def numpy_bits(seeds, pairs, stream, start=0):
    keys = [(int(seed) & 0xFFFFFFFF, int(seed) >> 32 & 0xFFFFFFFF) for seed in seeds]
    result = [
        [numpy_threefry(key, (index, stream)) for index in range(start, start + pairs)]
        for key in keys
    ]
    return np.moveaxis(np.array(result, "uint32"), -1, 0)


def unit_interval(bits):
    return ((bits >> 9).astype("float64") + 0.5) / 2**23


def kolmogorov_smirnov(values, cdf):
    """sqrt(n) times the largest distance of the empirical distribution from `cdf`."""
    expected = cdf(np.sort(values.ravel().astype("float64")))
    steps = np.arange(len(expected) + 1) / len(expected)
    distance = np.maximum(expected - steps[:-1], steps[1:] - expected).max()
    return math.sqrt(len(expected)) * distance


def normal_cdf(values):
    return 0.5 * (1.0 + tf.math.erf(values / math.sqrt(2.0)).numpy())


@pytest.mark.parametrize(("key", "counter", "expected"), KNOWN_ANSWERS)
@pytest.mark.parametrize("compiled", [lambda f: f, in_graph, under_xla])
def test_threefry_has_the_known_answers_of_random123(key, counter, expected, compiled):
    result = compiled(random.threefry2x32)(words(key), words(counter))
    assert tuple(int(word) for word in result) == expected


def test_threefry_broadcasts_and_agrees_with_python_integers():
    keys = np.array([[0, 3, 0xDEADBEEF], [5, 0x80000000, 7]], "uint32")
    counters = np.array([9, 0xFFFFFFFF], "uint32")
    result = random.threefry2x32(
        words((keys[0][:, None], keys[1][:, None])), words((counters[None], 2))
    )
    for row, key in enumerate(keys.T):
        for column, counter in enumerate(counters):
            expected = numpy_threefry([int(k) for k in key], (int(counter), 2))
            assert tuple(int(word[row, column]) for word in result) == expected


@pytest.mark.parametrize("compiled", [lambda f: f, in_graph, under_xla])
def test_bits_are_the_same_everywhere(compiled):
    function = compiled(lambda seeds: random.bits(seeds, 5, Stream.PIXELS, start=3))
    expected = numpy_bits(SEEDS, 5, Stream.PIXELS, start=3)
    np.testing.assert_array_equal(function(tf.constant(SEEDS)), expected)


@pytest.mark.parametrize("compiled", [lambda f: f, in_graph, under_xla])
def test_seeds_are_the_same_everywhere(compiled):
    def function(seed, step):
        folded = random.fold_in(seed, step, Stream.TRAIN)
        return folded, random.row_seeds(folded, 4, start=2)

    folded, rows = compiled(function)(
        tf.constant(-5, tf.int64), tf.constant(7, tf.int64)
    )
    low, high = numpy_bits([-5], 1, Stream.TRAIN, start=7)[:, 0, 0].tolist()
    assert int(folded) == (high & 0x7FFFFFFF) << 32 | low
    low, high = numpy_bits([int(folded)], 4, Stream.ROWS, start=2)[:, 0].astype("int64")
    np.testing.assert_array_equal(rows, (high & 0x7FFFFFFF) << 32 | low)


@pytest.mark.parametrize("compiled", [lambda f: f, in_graph, under_xla])
@pytest.mark.parametrize("shape", [(7,), (2, 3), (2, 2, 3)])
def test_uniform_numbers_are_exact(compiled, shape):
    function = compiled(lambda seeds: random.uniform(seeds, shape, Stream.PIXELS))
    values = function(tf.constant(SEEDS)).numpy()
    # Each entry along the first of several axes begins with a new pair of words.
    count, size = (shape[0], math.prod(shape[1:])) if len(shape) > 1 else (1, *shape)
    words = numpy_bits(SEEDS, count * ((size + 1) // 2), Stream.PIXELS)
    pairs = np.moveaxis(words, 0, -1).reshape(len(SEEDS), count, -1)
    expected = unit_interval(pairs[:, :, :size])
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, expected.reshape(-1, *shape))


@pytest.mark.parametrize("compiled", [lambda f: f, in_graph, under_xla])
@pytest.mark.parametrize("dimension", [1, 4, 5])
def test_normal_numbers_are_box_muller_to_rounding(compiled, dimension):
    function = compiled(lambda seeds: random.normal(seeds, (dimension,), 3))
    word0, word1 = numpy_bits(SEEDS, (dimension + 1) // 2, 3)
    radius = np.sqrt(-2.0 * np.log(unit_interval(word0)))
    angle = 2.0 * np.pi * unit_interval(word1)
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    expected = expected.reshape(len(SEEDS), -1)[:, :dimension]
    values = function(tf.constant(SEEDS))
    assert values.dtype == tf.float32
    np.testing.assert_allclose(values, expected, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("compiled", [lambda f: f, in_graph, under_xla])
def test_bernoulli_draws_are_the_same_everywhere(compiled):
    probabilities = np.random.default_rng(0).random((len(SEEDS), 3, 3, 1), "float32")
    expected = random.bernoulli(tf.constant(SEEDS), tf.constant(probabilities))
    values = compiled(random.bernoulli)(tf.constant(SEEDS), tf.constant(probabilities))
    np.testing.assert_array_equal(values, expected)
    assert set(np.unique(values)) == {0.0, 1.0}


def test_uniform_moments_and_distribution():
    values = random.uniform(random.row_seeds(1, 4), (COUNT // 4,)).numpy()
    assert values.min() > 0.0
    assert values.max() < 1.0
    assert abs(values.mean() - 1 / 2) < 4 * math.sqrt(1 / 12 / COUNT)
    assert abs(values.var() - 1 / 12) < 4 * math.sqrt(1 / 180 / COUNT)
    assert kolmogorov_smirnov(values, lambda u: u) < 1.95  # 0.1 % level


def test_normal_moments_and_distribution():
    values = random.normal(random.row_seeds(2, 4), (COUNT // 4,)).numpy()
    for power, moment, variance in [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)]:
        error = abs((values.astype("float64") ** power).mean() - moment)
        assert error < 4 * math.sqrt(variance / COUNT)
    assert kolmogorov_smirnov(values, normal_cdf) < 1.95
    # Box-Muller makes pairs, whose two numbers must not know of each other.
    pairs = values.reshape(-1, 2)
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 4 / math.sqrt(len(pairs))
    assert abs(np.corrcoef(pairs.T**2)[0, 1]) < 4 / math.sqrt(len(pairs))


def test_one_number_a_row_is_as_random_as_many():
    # What a model uses most: few numbers from each of many rows' seeds.
    values = random.normal(random.row_seeds(3, COUNT), (1,)).numpy()[:, 0]
    assert kolmogorov_smirnov(values, normal_cdf) < 1.95
    lagged = np.corrcoef(values[1:], values[:-1])[0, 1]
    assert abs(lagged) < 4 / math.sqrt(COUNT)


def test_every_bit_is_fair():
    drawn = np.stack(random.bits(random.row_seeds(4, 8), COUNT // 16, 1)).ravel()
    ones = (drawn[:, None] >> np.arange(32, dtype="uint32") & 1).mean(0)
    np.testing.assert_allclose(ones, 0.5, atol=4.5 * 0.5 / math.sqrt(len(drawn)))


@pytest.mark.parametrize("probability", [0.0, 2**-16, 0.01, 0.3, 0.5, 0.999, 1.0])
def test_bernoulli_meets_its_probability(probability):
    probabilities = tf.fill((40, COUNT), probability)
    values = random.bernoulli(random.row_seeds(5, 40), probabilities).numpy()
    variance = probability * (1 - probability) / values.size
    assert abs(values.mean() - probability) <= 4 * math.sqrt(variance)


def test_bernoulli_pixels_are_independent_of_each_other():
    values = random.bernoulli(random.row_seeds(6, COUNT // 8), tf.fill((5000, 8), 0.5))
    correlation = np.corrcoef(values.numpy().T) - np.eye(8)
    assert np.abs(correlation).max() < 4.5 / math.sqrt(5000)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_bernoulli_takes_probabilities_of_any_float_type(dtype):
    seeds = random.row_seeds(7, 3)
    probabilities = np.array([[0.0, 1.0, 0.5, 0.25]] * 3)
    values = random.bernoulli(seeds, tf.constant(probabilities, dtype))
    assert values.dtype == tf.float32
    expected = random.bernoulli(seeds, tf.constant(probabilities, "float32"))
    np.testing.assert_array_equal(values, expected)


def test_streams_of_one_seed_are_independent():
    seeds = random.row_seeds(8, 1)
    assert len({int(stream) for stream in Stream}) == len(Stream)
    draws = [random.normal(seeds, (COUNT // 4,), stream)[0] for stream in Stream]
    correlation = np.corrcoef(np.stack(draws)) - np.eye(len(Stream))
    assert np.abs(correlation).max() < 4.5 / math.sqrt(COUNT // 4)


@pytest.mark.parametrize(
    ("draw", "rounding"),
    [
        (lambda seeds: random.uniform(seeds, (5,)), 0.0),
        # The last bit of a vectorized logarithm depends on the place in memory.
        (lambda seeds: random.normal(seeds, (5,)), ROUNDING),
        (lambda seeds: random.normal(seeds, (3, 5)), ROUNDING),
        (lambda seeds: random.bernoulli(seeds, tf.fill((len(seeds), 6), 0.5)), 0.0),
    ],
    ids=["uniform", "normal", "normal of rank 2", "bernoulli"],
)
def test_a_row_depends_on_its_own_seed_alone(draw, rounding):
    close = {"rtol": rounding, "atol": rounding}
    together = draw(tf.constant(SEEDS)).numpy()
    np.testing.assert_allclose(draw(tf.constant(SEEDS[::-1])), together[::-1], **close)
    for row in range(len(SEEDS)):
        alone = draw(tf.constant(SEEDS[row : row + 1]))
        np.testing.assert_allclose(alone, together[row : row + 1], **close)
    assert len(np.unique(together, axis=0)) > len(SEEDS) - 2
    assert draw(tf.constant([], tf.int64)).shape[0] == 0


def test_row_seeds_can_be_taken_in_pieces():
    whole = random.row_seeds(9, 100)
    pieces = [random.row_seeds(9, 30), random.row_seeds(9, 70, start=30)]
    np.testing.assert_array_equal(tf.concat(pieces, 0), whole)
    counted = random.row_seeds(9, tf.constant(70), start=tf.constant(30))
    np.testing.assert_array_equal(counted, whole[30:])


@pytest.mark.parametrize("seed", [0, 1, -1, 2**40 + 3, -(2**63), 2**63 - 1])
def test_row_seeds_without_tensorflow_are_the_same(seed):
    for count in (1, 2, 1000):
        expected = random.row_seeds(seed, count)
        actual = random.row_seeds_array(seed, count)
        assert actual.dtype == np.int64
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("shape", [(1,), (2,), (5,), (3, 1)])
def test_uniform_can_be_taken_in_pieces(shape):
    seeds = tf.constant(SEEDS)
    whole = random.uniform(seeds, (9, *shape), Stream.IMPORTANCE)
    first = random.uniform(seeds, (4, *shape), Stream.IMPORTANCE)
    rest = random.uniform(seeds, (5, *shape), Stream.IMPORTANCE, tf.constant(4))
    np.testing.assert_array_equal(tf.concat([first, rest], 1), whole)


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_normal_can_be_taken_in_pieces(dimension):
    seeds = tf.constant(SEEDS)
    whole = random.normal(seeds, (9, dimension), Stream.IMPORTANCE)
    first = random.normal(seeds, (4, dimension), Stream.IMPORTANCE)
    rest = random.normal(seeds, (5, dimension), Stream.IMPORTANCE, tf.constant(4))
    pieces = tf.concat([first, rest], 1)
    np.testing.assert_allclose(pieces, whole, rtol=ROUNDING, atol=ROUNDING)


def test_row_seeds_do_not_repeat():
    several = [random.row_seeds(seed, COUNT).numpy() for seed in (0, 1, -1, 2**40)]
    together = np.concatenate(several)
    assert together.dtype == np.int64
    assert together.min() >= 0
    assert len(np.unique(together)) == len(together)


def test_folding_in_gives_another_seed_for_each_number_and_stream():
    folded = {
        int(random.fold_in(seed, step, stream))
        for seed in (0, 1)
        for step in range(20)
        for stream in Stream
    }
    assert len(folded) == 2 * 20 * len(Stream)


def test_another_process_draws_the_same():
    code = (
        "import tensorflow as tf; from vaezoo import random; "
        "s = random.row_seeds(random.fold_in(-3, 12, random.Stream.TRAIN), 5); "
        "b = random.bernoulli(s, tf.fill((5, 30), 0.5)); "
        "print('|'.join(v.numpy().tobytes().hex() for v in "
        "(s, random.uniform(s, (7,)), random.normal(s, (2, 3)), b)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    seeds = random.row_seeds(random.fold_in(-3, 12, Stream.TRAIN), 5)
    here = (
        seeds,
        random.uniform(seeds, (7,)),
        random.normal(seeds, (2, 3)),
        random.bernoulli(seeds, tf.fill((5, 30), 0.5)),
    )
    assert other.stdout.strip() == "|".join(v.numpy().tobytes().hex() for v in here)


@pytest.mark.parametrize("seed", [0, -(2**63), 2**63 - 1, np.int32(7), np.uint8(3)])
def test_check_seed_returns_a_python_integer(seed):
    checked = random.check_seed(seed)
    assert type(checked) is int
    assert checked == seed


@pytest.mark.parametrize(
    "seed", [None, "1", 1.0, True, 2**63, -(2**63) - 1, [1], np.uint64(2**63)]
)
def test_check_seed_says_what_it_received(seed):
    with pytest.raises(ValueError, match="64-bit integer") as caught:
        random.check_seed(seed, "my_seed")
    assert str(caught.value).endswith(f"Received: my_seed={seed!r}")


@pytest.mark.parametrize("rows", [1, 100, 128, 129])
@pytest.mark.parametrize("pairs", [10, 98])
def test_a_compiled_draw_has_the_same_bits(rows, pairs):
    seeds = random.row_seeds(5, rows)

    @tf.function
    def draw(seeds):
        with random.compiled():
            return random.bits(seeds, pairs, Stream.BINARIZE)

    expected = random.bits(seeds, pairs, Stream.BINARIZE)
    for received, words in zip(draw(seeds), expected, strict=True):
        np.testing.assert_array_equal(received, words)


def test_only_draws_within_are_compiled():
    seeds = random.row_seeds(5, 3)

    def compiles():
        graph = tf.function(lambda: random.bits(seeds, 98, 0)).get_concrete_function()
        operations = graph.graph.get_operations()
        return any("_XlaMustCompile" in op.node_def.attr for op in operations)

    with random.compiled():
        assert compiles()
    assert not compiles()


def test_a_draw_adds_few_operations_to_a_graph():
    @tf.function
    def draws(seeds):
        for stream in (1, 2, 3):
            seeds = tf.cast(random.bits(seeds, 1, stream)[0][:, 0], tf.int64)
        return seeds

    graph = draws.get_concrete_function(tf.TensorSpec([None], tf.int64)).graph
    assert len(graph.get_operations()) < 3 * 50
