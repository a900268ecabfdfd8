"""Data of any form: the same numbers give the same result, others are refused."""

import itertools

import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.models import FullyConnectedVAE, NonFiniteLossError

SHAPE = (4, 3, 1)
SETTINGS = hypothesis.settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def state(model):
    """All that training changes."""
    variables = [*model.variables, *model.optimizer.variables]
    return [np.array(variable) for variable in variables]


def put_back(model, values):
    variables = [*model.variables, *model.optimizer.variables]
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.fixture(scope="module")
def trained():
    """A model that has made a step, so that the data no longer set its bias."""
    keras.utils.set_random_seed(0)
    model = FullyConnectedVAE(SHAPE, latent_dim=2, hidden_units=(5,))
    model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    model.fit(np.full((4, *SHAPE), 0.5, "float32"), verbose=0)
    return model


@pytest.fixture
def model(trained):
    """The same model for every test."""
    before = state(trained)
    yield trained
    put_back(trained, before)


VERBS = {
    "encode": lambda model, x: model.encode(x).mean(),
    "reconstruct": lambda model, x: model.reconstruct(x),
    "elbo": lambda model, x: model.elbo(x, seed=1),
    "log_prob": lambda model, x: model.log_prob(x, 3, seed=1),
    "evaluate": lambda model, x: model.evaluate(x, batch_size=4, verbose=0),
    "predict": lambda model, x: model.predict(x, batch_size=8, verbose=0),
    "fit": lambda model, x: fitted(model, x),
    "adapt": lambda model, x: adapted(model, x),
}


def fitted(model, x):
    """The weights after an epoch; the model stays as it was."""
    before = state(model)
    model.fit(x, batch_size=4, verbose=0)
    after = model.get_weights()
    put_back(model, before)
    return after


def adapted(model, x):
    before = state(model)
    model.adapt(x)
    after = model.get_weights()
    put_back(model, before)
    return after


# --- the same numbers in other forms --------------------------------------------------


class WithArray:
    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else self.array.astype(dtype)


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def every_other(x):
    larger = np.zeros((len(x) * 2, 8, 6, 2), x.dtype)
    larger[1::2, ::2, ::2, :1] = x
    return larger[1::2, ::2, ::2, :1]


def unaligned(x):
    bytes_ = bytearray(b"?" + x.tobytes())
    return np.frombuffer(bytes_, x.dtype, offset=1).reshape(x.shape)


FORMS = {
    "Fortran order": np.asfortranarray,
    "negative strides": lambda x: x[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "every other pixel": every_other,
    "transposed": lambda x: x.transpose(3, 2, 1, 0).copy().transpose(3, 2, 1, 0),
    "unaligned": unaligned,
    "read-only": read_only,
    "broadcast": lambda x: np.broadcast_to(x[..., :1], x.shape),
    "a subclass": lambda x: x.view(np.recarray).view(np.memmap),
    "masked, nothing masked": np.ma.masked_array,
    "a tensor": tf.constant,
    "a variable": tf.Variable,
    "a Keras variable": keras.Variable,
    "has __array__": WithArray,
}
FLOATS = {
    "a list": lambda x: x.tolist(),
    "tuples": lambda x: tuple(map(tuple, x.tolist())),
    **{
        f"as {dtype}": lambda x, dtype=dtype: x.astype(dtype)
        for dtype in ("float16", "float64", ">f2", ">f4", ">f8")
    },
}


def pixels(rows):
    """Pixels that float16 holds exactly, and uint8."""
    return hnp.arrays("uint8", (rows, *SHAPE))


def as_float(x):
    return (x / np.float32(256)).astype("float32")


def check_form(model, x, verb, form):
    before = x.copy()
    expected = VERBS[verb](model, x)
    assert same(VERBS[verb](model, form(x)), expected)
    np.testing.assert_array_equal(x, before)


@hypothesis.settings(SETTINGS, max_examples=60)
@hypothesis.given(
    pixels(8), st.sampled_from(["elbo", "fit"]), st.sampled_from(sorted(FORMS | FLOATS))
)
def test_floats_in_any_form_give_the_same_bits(model, x, verb, form):
    check_form(model, as_float(x), verb, (FORMS | FLOATS)[form])


@pytest.mark.slow
@hypothesis.settings(SETTINGS, max_examples=400)
@hypothesis.given(
    pixels(8), st.sampled_from(sorted(VERBS)), st.sampled_from(sorted(FORMS | FLOATS))
)
def test_floats_in_any_form_and_any_verb(model, x, verb, form):
    check_form(model, as_float(x), verb, (FORMS | FLOATS)[form])


@pytest.mark.slow
@hypothesis.settings(SETTINGS, max_examples=400)
@hypothesis.given(
    pixels(8), st.sampled_from(sorted(VERBS)), st.sampled_from(sorted(FORMS))
)
def test_uint8_in_any_form_and_any_verb(model, x, verb, form):
    check_form(model, x, verb, FORMS[form])


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_a_batch_may_be_larger_than_the_data(model, batch_size):
    x = as_float(np.arange(7 * 12, dtype="uint8").reshape(7, *SHAPE))
    received = model.predict(x, batch_size=batch_size, verbose=0)
    np.testing.assert_allclose(received, model.reconstruct(x), rtol=1e-5)


# --- anything at all ------------------------------------------------------------------

DTYPES = [
    *("bool", "uint8", "int8", ">u2", "int32", "int64", "uint64", "float16"),
    *("float32", ">f4", "float64", "longdouble", "complex64", "object", "S3", "U2"),
    *("M8[s]", "m8[s]", "V4"),
]
SIZES = st.one_of(
    st.tuples(st.integers(0, 3), *map(st.just, SHAPE)),
    st.lists(st.sampled_from([0, 1, 3, 4]), max_size=6).map(tuple),
)
LATENTS = st.one_of(
    st.tuples(st.integers(0, 3), st.just(2)),
    st.lists(st.sampled_from([0, 1, 2, 3]), max_size=4).map(tuple),
)
VALUES = (0.0, -0.0, 0.25, 1.0, 1.0001, -1e-3, 2.0, 255.0, 1e30, 1e-45, -1.0)


@st.composite
def anything(draw, shapes):
    """An array of a dtype and a shape, floats of about [0, 1] with a stray value."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(shapes)
    if dtype.kind != "f":
        return np.zeros(shape, "int64").astype(dtype)
    array = np.full(shape, 0.5, dtype)
    if array.size and draw(st.booleans()):
        stray = draw(st.sampled_from([*VALUES, np.nan, np.inf, -np.inf]))
        with np.errstate(over="ignore"):
            array.flat[draw(st.integers(0, array.size - 1))] = stray
    return array


def are_images(array):
    """What the documentation says, once more."""
    if array.ndim != 4 or array.shape[1:] != SHAPE or not len(array):
        return False
    if array.dtype.kind == "f" and array.dtype.itemsize <= 8:
        return bool(((array >= 0) & (array <= 1)).all())
    return array.dtype in ("bool", "uint8")


@hypothesis.settings(SETTINGS, max_examples=150)
@hypothesis.given(anything(SIZES), st.sampled_from(sorted(VERBS)))
def test_any_array_is_taken_or_refused_before_work_starts(model, x, verb):
    before = state(model)
    if are_images(x):
        assert np.isfinite(model.encode(x).mean()).all()
        return
    with pytest.raises(ValueError, match=r"(?s)Expected .*Received: "):
        VERBS[verb](model, x)
    assert same(state(model), before)


@hypothesis.settings(SETTINGS, max_examples=200)
@hypothesis.given(anything(LATENTS))
def test_any_latents_are_taken_or_refused(model, z):
    valid = z.ndim == 2 and z.shape[1] == 2 and len(z) and z.dtype.kind in "biuf"
    if valid and z.dtype.kind == "f":
        with np.errstate(over="ignore"):
            valid = np.isfinite(z.astype("float32")).all()
    if valid:
        images = model.decode(z).mean()
        assert images.shape == (len(z), *SHAPE)
        assert np.isfinite(images).all()
        return
    with pytest.raises(ValueError, match=r"(?s)Expected .*Received: "):
        model.decode(z)


@hypothesis.settings(SETTINGS, max_examples=100)
@hypothesis.given(anything(st.sampled_from([(4,), (4, 1), (3,), (4, 2), (0,), ()])))
def test_any_weights_are_taken_or_refused(model, weights):
    x = np.zeros((4, *SHAPE), "uint8")
    valid = weights.shape in ((4,), (4, 1)) and weights.dtype.kind in "biuf"
    if valid:
        with np.errstate(over="ignore"):
            valid = np.isfinite(weights.astype("float32")).all()
    before = state(model)
    if valid:
        model.evaluate(x, sample_weight=weights, batch_size=4, verbose=0)
        return
    with pytest.raises(ValueError, match=r"Expected `sample_weight`.*Received: "):
        model.fit(x, sample_weight=weights, verbose=0)
    assert same(state(model), before)


@pytest.mark.parametrize(
    "x",
    [
        np.ma.masked_array(np.zeros((2, *SHAPE)), mask=True),
        tf.sparse.from_dense(np.zeros((2, 3))),
        tf.ragged.constant([[1.0], [1.0, 2.0]]),
        keras.KerasTensor((2, *SHAPE)),
        [[[[1.0]]], [[[1.0], [2.0]]]],
        [np.zeros(SHAPE), np.zeros((4, 4, 1))],
        object(),
        print,
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_is_no_array(model, x):
    for verb in ("encode", "reconstruct", "elbo", "log_prob", "adapt"):
        with pytest.raises(ValueError, match=r"(?s)Expected .*Received: "):
            VERBS[verb](model, x)
    with pytest.raises(ValueError, match=r"(?s)Expected .*Received: "):
        model.decode(x)


@pytest.mark.parametrize(
    "arguments",
    [
        {"epochs": 2.5},
        {"epochs": -1},
        {"epochs": "3"},
        {"initial_epoch": "a"},
        {"validation_split": float("nan")},
        {"validation_split": "half"},
        {"validation_split": 2},
        {"validation_freq": 0, "validation_data": np.zeros((2, *SHAPE), "uint8")},
        {"validation_freq": [1, 0.5]},
        {"class_weight": {0: 1.0}},
        {"callbacks": [3]},
        {"batch_size": 0},
        {"batch_size": 2.0},
        {"steps_per_epoch": 0},
        {"sample_weight": np.full(2, np.nan)},
        {"sample_weight": ["a", "b"]},
    ],
    ids=str,
)
def test_arguments_are_refused_before_the_bias_is_set(arguments):
    model = FullyConnectedVAE(SHAPE, latent_dim=2, hidden_units=(5,))
    model.compile(jit_compile=False)
    before = state(model)
    with pytest.raises((ValueError, TypeError), match=r"Expected .*Received: "):
        model.fit(np.ones((2, *SHAPE), "uint8"), verbose=0, **arguments)
    assert same(state(model), before)


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "all"])
def test_batch_sizes_that_are_none(model, batch_size):
    x = np.zeros((2, *SHAPE), "uint8")
    for call in (model.fit, model.evaluate, model.predict):
        with pytest.raises(ValueError, match="`batch_size` to be an integer"):
            call(x, batch_size=batch_size, verbose=0)


# --- data sets ------------------------------------------------------------------------


def good(size=4):
    return np.full((size, *SHAPE), 0.5, "float32")


def with_pixel(value):
    batch = good()
    batch[2, 1, 1, 0] = value
    return batch


FAULTS = {
    "NaN": lambda: with_pixel(np.nan),
    "0..255": lambda: with_pixel(255.0),
    "-1..1": lambda: with_pixel(-1.0),
    "infinity": lambda: with_pixel(np.inf),
}


class Batches(keras.utils.PyDataset):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        if callable(self.batches[index]):
            self.batches[index]()
        return self.batches[index]


def taken(batches):
    for batch in batches:
        if callable(batch):
            batch()
        yield batch


SPEC = tf.TensorSpec((None, *SHAPE), tf.float32)
SOURCES = {
    "data set": lambda batches: tf.data.Dataset.from_generator(
        lambda: taken(batches), output_signature=SPEC
    ),
    "PyDataset": Batches,
    "generator": taken,
}


def broken():
    raise RuntimeError("the disk is on fire")


@hypothesis.settings(SETTINGS, max_examples=12)
@hypothesis.given(
    st.sampled_from(sorted(SOURCES)), st.integers(0, 3), st.sampled_from(sorted(FAULTS))
)
def test_a_batch_that_is_no_images_stops_training(model, source, before, fault):
    """The first is looked at; a later one stops the step, and makes no weight NaN."""
    batches = [*itertools.repeat(good(), before), FAULTS[fault](), good()]
    start = state(model)
    expected = NonFiniteLossError if before else ValueError
    with pytest.raises(expected, match=r"Expected .*Received: "):
        model.fit(SOURCES[source](batches), shuffle=False, verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    if not before:
        assert same(state(model), start)
    put_back(model, start)


@hypothesis.settings(SETTINGS, max_examples=8)
@hypothesis.given(st.sampled_from(sorted(SOURCES)), st.integers(0, 3))
def test_data_that_raise_halfway(model, source, before):
    """The cause is named, and the model can be trained on."""
    batches = [*itertools.repeat(good(), before), broken]
    start = state(model)
    with pytest.raises(Exception, match="the disk is on fire"):
        model.fit(SOURCES[source](batches), shuffle=False, verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    if not before:
        assert same(state(model), start)
    put_back(model, start)
    assert same(fitted(model, good(8)), fitted(model, good(8)))


def counted(batches, **kwargs):
    """A data set that knows its length."""
    dataset = tf.data.Dataset.from_generator(lambda: batches, **kwargs)
    return dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))


def test_a_later_batch_that_is_no_images_gives_nan(model):
    data = counted([good(), with_pixel(255.0)], output_signature=SPEC)
    assert np.isnan(model.evaluate(data, verbose=0)).all()
    images = model.predict(data, verbose=0)
    assert np.isnan(images).all(axis=(1, 2, 3)).tolist() == [False] * 6 + [True, False]


def test_data_sets_that_never_end(model):
    endless = tf.data.Dataset.from_tensors(good()).repeat()
    before = state(model)
    for call in (
        lambda: model.fit(endless, verbose=0),
        lambda: model.fit(good(), validation_data=endless, verbose=0),
        lambda: model.evaluate(endless, verbose=0),
        lambda: model.predict(endless, verbose=0),
    ):
        with pytest.raises(ValueError, match=r"that ends.*Received: .* forever"):
            call()
    assert same(state(model), before)
    steps = int(model.optimizer.iterations)
    model.fit(endless, steps_per_epoch=2, verbose=0)
    assert int(model.optimizer.iterations) == steps + 2
    expected = model.evaluate(endless.take(2), verbose=0)
    np.testing.assert_allclose(model.evaluate(endless, steps=2, verbose=0), expected)


def test_a_data_set_of_unknown_shape(model):
    batches = [good(), good(3)]
    unknown = counted(batches, output_types=tf.float32)
    expected = model.evaluate(counted(batches, output_signature=SPEC), verbose=0)
    np.testing.assert_array_equal(model.evaluate(unknown, verbose=0), expected)


# --- conditions -----------------------------------------------------------------------

LABELS = vaezoo.Labels(4)


@hypothesis.settings(SETTINGS, max_examples=300)
@hypothesis.given(
    st.lists(st.integers(-2, 5), max_size=4),
    st.sampled_from(["i1", "u1", ">i2", "i4", ">i8", "u8", "f4", "O", "U1", "M8[s]"]),
    st.sampled_from(["array", "column", "list", "tensor", "reversed", "masked"]),
)
def test_labels_are_classes_or_refused(values, dtype, form):
    with np.errstate(all="ignore"):
        y = np.array(values, "int64").astype(dtype)
    made = {
        "array": lambda: y,
        "column": lambda: y[:, None],
        "list": lambda: y.tolist(),
        "tensor": lambda: tf.constant(y.astype("int64")),
        "reversed": lambda: y[::-1].copy()[::-1],
        "masked": lambda: np.ma.masked_array(y, mask=[True] * len(y)),
    }[form]()
    integers = y.dtype.kind in "iu" or form == "tensor"
    integers |= form == "list" and y.dtype.kind == "O"
    inside = integers and all(0 <= int(label) < 4 for label in y)
    if len(y) == 3 and inside and form != "masked":
        np.testing.assert_array_equal(LABELS.check(made, 3), y.astype("int64"))
        return
    with pytest.raises(ValueError, match=r"(?s)Expected a condition y.*Received: "):
        LABELS.check(made, 3)


def test_pandas(model):
    reason = "pandas is not installed: that its frames are taken is not known"
    pandas = pytest.importorskip("pandas", reason=reason)
    labels = pandas.Series([2, 0, 3], index=[7, 8, 9])
    np.testing.assert_array_equal(LABELS.check(labels, 3), [2, 0, 3])
    frame = pandas.DataFrame(np.zeros((3, 12)))
    with pytest.raises(ValueError, match=r"Expected images.*Received: shape \(3, 12\)"):
        model.encode(frame)
