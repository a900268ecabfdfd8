"""`.npz` files that came from anywhere: the same arrays, or one kind of error."""

import io
import os
import pickle
import zipfile

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import vaezoo
from vaezoo import npz_arrays
from vaezoo.npz_arrays import read_arrays

IMAGES = np.arange(96, dtype="uint8").reshape(6, 4, 4, 1)
SETTINGS = hypothesis.settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def packed(save=np.savez_compressed):
    stream = io.BytesIO()
    save(stream, images=IMAGES, labels=np.arange(6))
    return stream.getvalue()


GOOD = {save.__name__: packed(save) for save in (np.savez, np.savez_compressed)}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("npz") / "images.npz"


def check(path, content):
    path.write_bytes(content)
    try:
        arrays, _ = read_arrays(path)
    except ValueError:
        message = ""
        try:
            arrays = {"images": vaezoo.data.load(path).images}
        except ValueError as error:
            message, arrays = str(error), {}
        # Without an error, what is damaged is the name of an array that is not read.
        assert arrays or "images.npz'" in message
    if "images" in arrays:  # The CRC of the archive covers the content.
        same = arrays["images"].dtype.kind != "u" or arrays["images"].size != 96
        assert same or np.array_equal(arrays["images"].ravel(), IMAGES.ravel())


@st.composite
def damaged(draw):
    data = bytearray(GOOD[draw(st.sampled_from(sorted(GOOD)))])
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data) - 1))
        if draw(st.integers(0, 9)) == 0:
            data = data[: at + 1]
        elif draw(st.booleans()):
            data[at] = draw(st.integers(0, 255))
        else:
            data[at : at + draw(st.integers(1, 16))] = draw(st.binary(max_size=16))
            data += b"\0" * (not data)
    return bytes(data)


@hypothesis.settings(SETTINGS, max_examples=200)
@hypothesis.given(damaged())
def test_damaged_files(path, content):
    check(path, content)


@pytest.mark.slow
@hypothesis.settings(SETTINGS, max_examples=5000)
@hypothesis.given(damaged())
def test_thousands_of_damaged_files(path, content):
    check(path, content)


def header(shape, dtype):
    stream = io.BytesIO()
    fields = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(stream, fields)
    return stream.getvalue()


def zipped(content, name="images.npy", method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("it was unpickled",)


def pickled():
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array([Bomb()]), allow_pickle=True)
    return stream.getvalue()


HOSTILE = {
    "an array of 8 TB": zipped(header((10**6, 10**6, 1, 8), "|u1")),
    "an array of more than there are addresses": zipped(header((2**62, 8), "<f8")),
    "a negative size": zipped(header((-1, 4, 4, 1), "|u1")),
    "a size that is no number": zipped(header(("a",), "|u1")),
    "a dtype of a gigabyte": zipped(header((1, 1, 1, 1), "|S1000000000")),
    "no such dtype": zipped(header((1,), "evil")),
    "code for a header": zipped(b"\x93NUMPY\x01\x00\x10\x00__import__('os')"),
    "deep nesting": zipped(b"\x93NUMPY\x02\x00\xff\x20\x00\x00" + b"(" * 8447),
    "a long header": zipped(b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + b" " * 10**5),
    "objects": zipped(pickled()),
    "a pickle": pickle.dumps(Bomb()),
    "a pickle in the archive": zipped(pickle.dumps(Bomb())),
    "an unknown compression": zipped(b"x").replace(b"\x08\x00", b"\x63\x00"),
    "text": b"images\n",
    "nothing": b"",
    "no entries": b"PK\x05\x06" + b"\0" * 18,
    "one array": b"\x93NUMPY\x01\x00v\x00",
    "a path": zipped(b"x", "../../images.npy"),
    "bytes": zipped(b"x", "images"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files(path, kind):
    path.write_bytes(HOSTILE[kind])
    with pytest.raises(ValueError, match=r"images\.npz'") as caught:
        vaezoo.data.load(path)
    assert len(str(caught.value)) < 2000


def test_a_file_that_unpacks_to_far_more(path, monkeypatch):
    """Refused by what it says of itself, before anything is unpacked."""
    monkeypatch.setattr(npz_arrays, "_UNPACKED_BYTES", 10**6)
    path.write_bytes(zipped(header((10**6, 1, 1, 1), "|u1") + b"\0" * 10**7))
    with pytest.raises(ValueError, match=r"unpack to 10,000,\d{3}, more than"):
        read_arrays(path)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("other.npy", b"\0" * 10**7)
        archive.writestr("images.npy", HEADER + IMAGES.tobytes())
    path.write_bytes(stream.getvalue())
    arrays, names = read_arrays(path, ["images"])  # The other one is not unpacked.
    np.testing.assert_array_equal(arrays["images"], IMAGES)
    assert names == ["other", "images"]


HEADER = header(IMAGES.shape, "|u1")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "images.npz")
    with pytest.raises(ValueError, match="not a regular file"):
        read_arrays(tmp_path / "images.npz")
    with pytest.raises(FileNotFoundError, match=r"images\.npz"):
        vaezoo.data.load(tmp_path / "images.npz")


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "images.npz")


def test_attribute_names_that_are_none(path):
    attributes = np.zeros((6, 2))
    np.savez(path, images=IMAGES, attributes=attributes, attribute_names=np.array("a"))
    with pytest.raises(ValueError, match=r"In the file '.*images\.npz'"):
        vaezoo.data.load(path)
