"""Whatever happens to the files of a model: refused by name, or the same weights."""

import contextlib
import os
import shutil

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import vaezoo
from vaezoo.zoo import ModelFileError, UnknownModelError
from vaezoo.zoo.card import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE

OTHERS = ("saved_model.pb", "variables/variables.index")
FILES = (CARD_FILE, CONFIG_FILE, WEIGHTS_FILE, *OTHERS)
SETTINGS = hypothesis.settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.fixture(scope="module")
def made(publish, tiny, tmp_path_factory):
    """A version folder with a file beside it, and the content of its files."""
    folder = publish(tiny, tmp_path_factory.mktemp("models") / "tiny")
    (folder.parent.parent / "outside").write_bytes(b"not of the model")
    return folder, {name: (folder / name).read_bytes() for name in FILES}


@contextlib.contextmanager
def put_back(folder, contents):
    """Undoes whatever is done to the files."""
    try:
        yield
    finally:
        shutil.rmtree(folder)
        for name, content in contents.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def same_weights(a, b):
    pairs = zip(a.get_weights(), b.get_weights(), strict=True)
    return all(np.array_equal(x, y) for x, y in pairs)


def check_refused(error, folder):
    assert str(folder) in str(error)
    assert error.reason
    assert len(str(error)) < 1000


def flipped(data, draw):
    at = draw(st.integers(0, len(data) - 1))
    return (
        data[:at] + bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) + data[at + 1 :]
    )


def overwritten(data, draw):
    start, stop = span(data, draw)
    byte = draw(st.sampled_from([b"\0", b"\xff", b" ", b'"', b"9", b"["]))
    return data[:start] + byte * (stop - start) + data[stop:]


def truncated(data, draw):
    return data[: draw(st.integers(0, len(data)))]


def extended(data, draw):
    return data + draw(st.binary(max_size=64))


def cut_out(data, draw):
    start, stop = span(data, draw)
    return data[:start] + data[stop:]


def repeated(data, draw):
    start, stop = span(data, draw)
    return data[:stop] + data[start:]


def swapped(data, draw):
    a, b = sorted(draw(st.integers(0, len(data) - 1)) for _ in range(2))
    size = draw(st.integers(1, 64))
    middle = data[a + size : b]
    return (
        data[:a] + data[b : b + size] + middle + data[a : a + size] + data[b + size :]
    )


def span(data, draw):
    start = draw(st.integers(0, len(data) - 1))
    return start, start + draw(st.integers(1, min(512, len(data) - start)))


BYTES = (flipped, overwritten, truncated, extended, cut_out, repeated, swapped)


def damage_bytes(made, data, names):
    """Changes bytes of one file; returns it with what it was made to hold."""
    folder, contents = made
    name = data.draw(st.sampled_from(names), label="file")
    change = data.draw(st.sampled_from(BYTES), label="damage")
    (folder / name).write_bytes(change(contents[name], data.draw))
    return name


def check_bytes(made, tiny, data):
    folder, contents = made
    with put_back(folder, contents):
        name = damage_bytes(made, data, [n for n in FILES if n != CARD_FILE])
        if (folder / name).read_bytes() == contents[name]:
            assert same_weights(vaezoo.load(folder), tiny)
            return
        with pytest.raises(ModelFileError, match="it is damaged") as caught:
            vaezoo.load(folder)
        check_refused(caught.value, folder / name)


@SETTINGS
@hypothesis.given(st.data())
def test_any_byte_of_any_file_but_the_card(made, tiny, data):
    check_bytes(made, tiny, data)


@pytest.mark.slow
@hypothesis.settings(SETTINGS, max_examples=3000)
@hypothesis.given(st.data())
def test_thousands_of_damaged_files(made, tiny, data):
    check_bytes(made, tiny, data)


def check_card(made, tiny, data, load):
    """The card is text that no digest covers: what it says may change, no weight."""
    folder, contents = made
    with put_back(folder, contents):
        damage_bytes(made, data, [CARD_FILE])
        try:
            printed = str(vaezoo.info(folder))
        except ModelFileError as error:
            check_refused(error, folder / CARD_FILE)
            return
        assert printed.isprintable() or "\n" in printed
        if load:
            try:
                model = vaezoo.load(folder)
            except ModelFileError as error:
                check_refused(error, folder)
            else:
                assert same_weights(model, tiny)


@hypothesis.settings(SETTINGS, max_examples=15)
@hypothesis.given(st.data())
def test_any_byte_of_the_card(made, tiny, data):
    check_card(made, tiny, data, load=True)


@pytest.mark.slow
@hypothesis.settings(SETTINGS, max_examples=2000)
@hypothesis.given(st.data())
def test_thousands_of_damaged_cards(made, tiny, data):
    check_card(made, tiny, data, load=False)


# --- something else in a file's place -------------------------------------------------


def folder_in_place(path):
    path.mkdir()


def pipe_in_place(path):
    os.mkfifo(path)


def link_outside(path):
    path.symlink_to(path.parents[3] / "outside")


def link_to_a_device(path):
    path.symlink_to("/dev/zero")


def link_to_itself(path):
    path.symlink_to(path)


def dangling_link(path):
    path.symlink_to(path.parent / "nothing")


def sparse_file(path):
    with open(path, "wb") as file:
        file.truncate(2**43)  # To read it to the end would take hours.


def pickle_in_place(path):
    path.write_bytes(b"\x80\x04\x95cposix\nsystem\n(S'touch /tmp/executed'\ntR.")


REPLACEMENTS = (
    folder_in_place,
    pipe_in_place,
    link_outside,
    link_to_a_device,
    link_to_itself,
    dangling_link,
    sparse_file,
    pickle_in_place,
)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("replace", REPLACEMENTS)
def test_something_else_in_a_files_place(made, name, replace):
    folder, contents = made
    with put_back(folder, contents):
        (folder / name).unlink()
        try:
            replace(folder / name)
        except OSError as error:
            pytest.skip(f"this file system has none of that: {error}")
        with pytest.raises(ModelFileError) as caught:
            vaezoo.load(folder)
        check_refused(caught.value, folder / name)
        if name == CARD_FILE:
            with pytest.raises(ModelFileError):
                vaezoo.info(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing(made, tiny, name):
    folder, contents = made
    with put_back(folder, contents):
        (folder / name).unlink()
        if name in OTHERS:  # These are for the server; a damaged one would not do.
            assert same_weights(vaezoo.load(folder), tiny)
            return
        with pytest.raises(ModelFileError, match="there is no such file") as caught:
            vaezoo.load(folder)
        check_refused(caught.value, folder / name)


@pytest.mark.parametrize("first", FILES)
@pytest.mark.parametrize("second", FILES)
def test_two_files_exchanged(made, first, second):
    if first >= second:
        return
    folder, contents = made
    with put_back(folder, contents):
        (folder / first).write_bytes(contents[second])
        (folder / second).write_bytes(contents[first])
        with pytest.raises(ModelFileError) as caught:
            vaezoo.load(folder)
        check_refused(caught.value, folder)


def test_a_file_more_is_of_no_concern(made, tiny):
    folder, contents = made
    with put_back(folder, contents):
        (folder / "assets.extra" / "more").write_bytes(b"x")
        assert same_weights(vaezoo.load(folder), tiny)


@pytest.mark.parametrize(
    "name",
    ["a" * 5000, "a/" * 3000, "\ud800", "~nobody-of-that-name/x", "\0", "a\0/b", ""],
)
def test_names_that_are_none(name):
    for call in (vaezoo.load, vaezoo.info):
        with pytest.raises((ModelFileError, UnknownModelError)):
            call(name)
