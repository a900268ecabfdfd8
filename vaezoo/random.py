"""Counter-based random numbers: one seed, one draw, wherever it is computed.

`tf.random.stateless_*` gives other bits under XLA than in a graph. Here every draw is
Threefry-2x32-20 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3")
written in plain uint32 operations, so eager mode, `tf.function`, XLA and an exported
SavedModel agree: the random bits exactly, the floats made from them to rounding.

Every row of a batch has a 64-bit seed of its own, which is the generator's key. A draw
is a function of (row seed, stream, index) alone, so a row's numbers do not depend on
which other rows share its batch.
"""

import contextlib
import contextvars
import enum
import functools
import math
from collections.abc import Callable, Iterator, Sequence

import tensorflow as tf

from vaezoo.row_seeds import PARITY, ROTATIONS, ROWS_STREAM
from vaezoo.row_seeds import check_seed as check_seed
from vaezoo.row_seeds import row_seeds_array as row_seeds_array

# Pairs of words a row from which on a draw is worth an XLA program.
_MANY = 64
_compiled = contextvars.ContextVar("compiled", default=False)


class Stream(enum.IntEnum):
    """What a draw is for; streams of one seed are independent of each other."""

    ROWS = ROWS_STREAM
    LATENT = 1
    BINARIZE = 2
    PIXELS = 3
    IMPORTANCE = 4
    TRAIN = 5
    TEST = 6
    VALUES = 7
    ORDER = 8


def threefry2x32(
    key: tuple[tf.Tensor, tf.Tensor], counter: tuple[tf.Tensor, tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Twenty rounds of Threefry-2x32; key and counter words are uint32 and broadcast.

    Args:
        key: Two uint32 tensors.
        counter: Two uint32 tensors.

    Returns:
        Two uint32 tensors of the broadcast shape.

    Reference:
        Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
        SC 2011; the known answers of Random123 are in the tests.
    """
    words = [tf.convert_to_tensor(word) for word in (*key, *counter)]
    shape = functools.reduce(tf.broadcast_static_shape, [w.shape for w in words])
    results = _threefry2x32(*words)
    for result in results:
        result.set_shape(shape)
    return results


# One graph for words of all shapes: these 200 operations, traced anew for each draw,
# were half of the time that it takes to make the graphs of a small model, and 25
# kilobytes a draw in an exported one.
@tf.function(autograph=False, input_signature=[tf.TensorSpec(None, tf.uint32)] * 4)
def _threefry2x32(
    key0: tf.Tensor, key1: tf.Tensor, counter0: tf.Tensor, counter1: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    keys = (key0, key1, key0 ^ key1 ^ tf.constant(PARITY, tf.uint32))
    x0, x1 = counter0 + keys[0], counter1 + keys[1]
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = _rotated_left(x1, rotation) ^ x0
        x0 = x0 + keys[(group + 1) % 3]
        x1 = x1 + keys[(group + 2) % 3] + tf.constant(group + 1, tf.uint32)
    return x0, x1


def row_seeds(
    seed: int | tf.Tensor, count: int | tf.Tensor, start: int | tf.Tensor = 0
) -> tf.Tensor:
    """Seeds for `count` rows from one seed.

    Args:
        seed: An integer or a scalar int64 tensor.
        count: How many rows.
        start: Index of the first row, so that a long array can be taken in pieces.

    Returns:
        int64 tensor `(count,)`.
    """
    rows = tf.cast(tf.range(count) + start, tf.uint32)
    stream = tf.fill(tf.shape(rows), tf.constant(int(Stream.ROWS), tf.uint32))
    words = threefry2x32(_key(tf.convert_to_tensor(seed, tf.int64)), (rows, stream))
    return _join(*words)


def fold_in(seed: int | tf.Tensor, data: int | tf.Tensor, stream: Stream) -> tf.Tensor:
    """A new scalar seed from a seed and a number, such as the training step.

    Args:
        seed: An integer or a scalar int64 tensor.
        data: A non-negative integer or scalar int64 tensor.
        stream: What the new seed is for.

    Returns:
        Scalar int64 tensor.
    """
    low = tf.cast(tf.convert_to_tensor(data, tf.int64) & 0xFFFFFFFF, tf.uint32)
    key = _key(tf.convert_to_tensor(seed, tf.int64))
    return _join(*threefry2x32(key, (low, tf.constant(int(stream), tf.uint32))))


def bits(
    seeds: tf.Tensor, pairs: int, stream: int, start: int | tf.Tensor = 0
) -> tuple[tf.Tensor, tf.Tensor]:
    """Two uint32 words for each row and each index in `start ... start + pairs - 1`.

    Args:
        seeds: int64 `(batch,)`.
        pairs: Number of indices.
        stream: Which stream.
        start: First index.

    Returns:
        Two uint32 tensors `(batch, pairs)`.
    """
    if _compiled.get() and pairs >= _MANY and isinstance(start, int):
        rows = tf.shape(seeds)[0]
        padded = tf.pad(seeds, [[0, _compiled_rows(rows) - rows]])
        word0, word1 = _compiled_bits(pairs, int(stream), start)(padded)
        return word0[:rows], word1[:rows]
    return _bits(seeds, pairs, stream, start)


@contextlib.contextmanager
def compiled() -> Iterator[None]:
    """Makes each long draw inside an XLA program of its own, with the same bits.

    In a plain graph on a CPU such a draw then takes a ninth of the time. It is not for
    graphs that are exported.
    """
    token = _compiled.set(True)
    try:
        yield
    finally:
        _compiled.reset(token)


def _compiled_rows(rows: tf.Tensor) -> tf.Tensor:
    """For how many rows XLA compiles: few sizes, whatever the sizes of batches."""
    sizes = tf.constant([2**power for power in range(7, 21)])
    return tf.maximum(rows, tf.reduce_min(tf.where(sizes >= rows, sizes, 2**20)))


@functools.cache
def _compiled_bits(pairs: int, stream: int, start: int) -> Callable:
    def body(seeds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return _bits(seeds, pairs, stream, start)

    return tf.function(body, jit_compile=True, autograph=False, reduce_retracing=True)


def _bits(
    seeds: tf.Tensor, pairs: int, stream: int, start: int | tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    key0, key1 = _key(seeds)
    index = tf.cast(tf.range(pairs) + start, tf.uint32)
    counter = (index[None, :], tf.constant(int(stream), tf.uint32))
    return threefry2x32((key0[:, None], key1[:, None]), counter)


def uniform(
    seeds: tf.Tensor,
    shape: Sequence[int],
    stream: int = Stream.VALUES,
    start: int | tf.Tensor = 0,
) -> tf.Tensor:
    """Uniform numbers in the open interval (0, 1), with 23 random bits each.

    The first axis of `shape` may be read in pieces, as for `normal`.

    Args:
        seeds: int64 `(batch,)`.
        shape: Shape of one row's draw.
        stream: Which stream.
        start: Index along the first axis of a `shape` of rank 2 or more to start at.

    Returns:
        float32 `(batch, *shape)`.
    """
    count = shape[0] if len(shape) > 1 else 1
    size = math.prod(shape[1:] if len(shape) > 1 else shape)
    pairs = (size + 1) // 2
    values = _interleave(*bits(seeds, count * pairs, stream, start * pairs))
    values = tf.reshape(values, [-1, count, 2 * pairs])[:, :, :size]
    return tf.reshape(_unit_interval(values), [-1, *shape])


def normal(
    seeds: tf.Tensor,
    shape: Sequence[int],
    stream: int = Stream.VALUES,
    start: int | tf.Tensor = 0,
) -> tf.Tensor:
    """Standard normal numbers by the Box-Muller transform.

    The first axis of `shape` may be read in pieces: `normal(seeds, (k, d), start=s)` is
    rows `s ... s + k - 1` of the longer draw, whatever the pieces.

    Args:
        seeds: int64 `(batch,)`.
        shape: Shape of one row's draw, rank 1 `(d,)` or 2 `(k, d)`.
        stream: Which stream.
        start: Index along the first axis of a rank-2 `shape` to start at.

    Returns:
        float32 `(batch, *shape)`.
    """
    dimension = shape[-1]
    count = shape[0] if len(shape) == 2 else 1
    pairs = (dimension + 1) // 2
    word0, word1 = bits(seeds, count * pairs, stream, start * pairs)
    radius = tf.sqrt(-2.0 * tf.math.log(_unit_interval(word0)))
    angle = (2.0 * math.pi) * _unit_interval(word1)
    values = _interleave(radius * tf.cos(angle), radius * tf.sin(angle))
    values = tf.reshape(values, [-1, count, 2 * pairs])[:, :, :dimension]
    return tf.reshape(values, [-1, *shape])


def bernoulli(
    seeds: tf.Tensor, probabilities: tf.Tensor, stream: int = Stream.BINARIZE
) -> tf.Tensor:
    """Independent 0/1 draws, one for each probability.

    Each takes 16 random bits, so a probability is met to within 2**-16; 0 and 1 are
    met exactly.

    Args:
        seeds: int64 `(batch,)`.
        probabilities: Floats `(batch, *shape)` with a static `shape`, in [0, 1].
        stream: Which stream.

    Returns:
        float32 tensor of zeros and ones, shaped as `probabilities`.
    """
    shape = probabilities.shape[1:].as_list()
    size = math.prod(shape)
    words = tf.concat(bits(seeds, (size + 3) // 4, stream), axis=1)
    halves = tf.concat(
        [
            tf.bitwise.right_shift(words, tf.constant(16, tf.uint32)),
            words & tf.constant(0xFFFF, tf.uint32),
        ],
        axis=1,
    )[:, :size]
    thresholds = tf.reshape(tf.cast(probabilities, tf.float32), [-1, size]) * 65536.0
    drawn = tf.cast(tf.cast(halves, tf.int32), tf.float32) < thresholds
    return tf.reshape(tf.cast(drawn, tf.float32), [-1, *shape])


def _key(seeds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The low and high 32 bits of int64 seeds."""
    words = tf.bitcast(seeds, tf.uint32)
    return words[..., 0], words[..., 1]


def _rotated_left(words: tf.Tensor, places: int) -> tf.Tensor:
    """The bits of words, moved around the ring.

    By a multiplication, as TensorFlow Lite has no shift to the left and no "or".
    """
    left = words * tf.constant(2**places, tf.uint32)
    return left ^ tf.bitwise.right_shift(words, tf.constant(32 - places, tf.uint32))


def _join(low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    """int64 from two uint32 words; the top bit is dropped, so it is never negative."""
    high = tf.cast(high & tf.constant(0x7FFFFFFF, tf.uint32), tf.int64)
    return tf.bitwise.left_shift(high, tf.constant(32, tf.int64)) | tf.cast(
        low, tf.int64
    )


def _interleave(even: tf.Tensor, odd: tf.Tensor) -> tf.Tensor:
    """(batch, n) and (batch, n) to (batch, 2 n), taking turns."""
    stacked = tf.stack([even, odd], axis=-1)
    return tf.reshape(stacked, [tf.shape(even)[0], 2 * even.shape[1]])


def _unit_interval(words: tf.Tensor) -> tf.Tensor:
    """The top 23 bits as a float32 in (0, 1): k 2**-23 + 2**-24, exact."""
    top = tf.cast(tf.bitwise.right_shift(words, tf.constant(9, tf.uint32)), tf.int32)
    return tf.cast(top, tf.float32) * 2.0**-23 + 2.0**-24
