import numpy as np
import pytest

from vaezoo.data import DatasetUnavailableError, load, names
from vaezoo.data.file_sets import FILE_SETS, FileSet

PEOPLE = FileSet(
    file="people.npz",
    shape=(12, 4, 3, 1),
    sizes={"train": 3, "validation": 2, "test": 1},
    source="a camera",
    licence="CC0",
    reference="nobody",
    note="a note",
    attribute_names=("hat", "beard"),
    groups="person",
)


def people():
    """Two images of each of six people; every image is its own number."""
    return {
        "images": np.arange(12, dtype="uint8")[:, None, None, None]
        * np.ones((1, 4, 3, 1), "uint8"),
        "attributes": np.stack([np.arange(12) % 2, np.arange(12) < 6], 1).astype(
            "uint8"
        ),
        "attribute_names": np.array(["hat", "beard"]),
        "person": np.arange(12) % 6,
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a small data set of the name "people", and no other folder."""
    monkeypatch.setitem(FILE_SETS, "people", PEOPLE)
    monkeypatch.delenv("VAEZOO_DATA_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "data").mkdir()
    np.savez_compressed(tmp_path / "data" / "people.npz", **people())
    return tmp_path / "data"


def all_splits(name, **kwargs):
    return {split: load(name, split, **kwargs) for split in FILE_SETS[name].sizes}


def test_a_person_is_in_one_split_with_all_images_and_attributes(folder):
    splits = all_splits("people", data_dir=folder)
    assert {split: len(data) for split, data in splits.items()} == {
        "train": 6,
        "validation": 4,
        "test": 2,
    }
    numbers = {split: data.images[:, 0, 0, 0] for split, data in splits.items()}
    persons = [set(part % 6) for part in numbers.values()]
    assert [len(part) for part in persons] == [3, 2, 1]
    assert set.union(*persons) == set(range(6))
    for split, data in splits.items():
        np.testing.assert_array_equal(data.attribute("hat"), numbers[split] % 2)
        np.testing.assert_array_equal(data.attribute("beard"), numbers[split] < 6)
        assert (data.name, data.split, data.labels) == ("people", split, None)
        assert (data.licence, data.reference, data.note) == ("CC0", "nobody", "a note")


def test_the_folder_is_an_argument_or_a_variable_or_at_home(folder, monkeypatch):
    with pytest.raises(DatasetUnavailableError, match=r"home/\.vaezoo/data/people"):
        load("people")
    home = folder.parent / "home" / ".vaezoo"
    home.mkdir(parents=True)
    (home / "data").symlink_to(folder)
    assert len(load("people")) == 6  # "train" is the default
    monkeypatch.setenv("VAEZOO_DATA_DIR", str(folder.parent / "nowhere"))
    with pytest.raises(DatasetUnavailableError, match=r"nowhere/people\.npz"):
        load("people")
    assert len(load("people", data_dir=str(folder))) == 6
    monkeypatch.setenv("VAEZOO_DATA_DIR", str(folder))
    assert len(load("people")) == 6
    with pytest.raises(DatasetUnavailableError, match=r"empty/people\.npz"):
        load("people", data_dir=folder.parent / "empty")


def test_images_can_be_shrunk(folder):
    assert load("people", "test", data_dir=folder, image_size=2).image_shape == (
        2,
        2,
        1,
    )


@pytest.mark.parametrize("name", ["cartoon_set", "cmu_faces", "frey_faces"])
def test_a_missing_file_is_described(name, tmp_path):
    with pytest.raises(DatasetUnavailableError) as caught:
        load(name, "test", data_dir=tmp_path)
    message = str(caught.value)
    file_set = FILE_SETS[name]
    for part in (
        str(tmp_path / file_set.file),
        "https://",
        f"`images`, uint8 {file_set.shape}",
        *file_set.attribute_names,
        "nothing is downloaded",
        "VAEZOO_DATA_DIR",
    ):
        assert part in message
    assert "tensorflow_datasets" not in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": None}, "an array named 'images'"),
        ({"attributes": None, "person": None}, "without 'attributes', 'person'"),
        ({"images": np.zeros((12, 3, 4, 1), "uint8")}, r"of shape \(12, 3, 4, 1\)"),
        ({"images": np.zeros((12, 4, 3, 1), "float32")}, "dtype float32"),
        ({"attributes": np.zeros((12, 3), "uint8")}, r"of shape \(12, 3\), dtype"),
        ({"attributes": np.full((12, 2), 2, "uint8")}, "attributes of up to 2"),
        ({"attribute_names": np.array(["beard", "hat"])}, "names beard, hat"),
        ({"person": np.zeros(12)}, "'person' of shape .*, dtype float64"),
        ({"person": np.zeros(12, int)}, "1 different values of 'person'"),
    ],
)
def test_a_file_of_something_else_is_refused(folder, change, message):
    arrays = {k: v for k, v in {**people(), **change}.items() if v is not None}
    np.savez_compressed(folder / "people.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        load("people", data_dir=folder)


def test_the_error_names_the_file_and_what_it_must_hold(folder):
    np.savez_compressed(folder / "people.npz", images=people()["images"])
    with pytest.raises(ValueError, match="Received: ") as caught:
        load("people", data_dir=folder)
    expected, received = str(caught.value).split("Received: ")
    assert "`images`, uint8 (12, 4, 3, 1)" in expected
    assert "`person`, integers (12,)" in expected
    assert str(folder / "people.npz") in received


def test_a_damaged_file_is_named(folder):
    path = folder / "people.npz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"people\.npz', which cannot be read"):
        load("people", data_dir=folder)


def test_unknown_splits_and_names(folder):
    with pytest.raises(ValueError, match=r"train, validation, test. Received: 'all'"):
        load("people", "all", data_dir=folder)
    with pytest.raises(ValueError, match="Did you mean 'frey_faces'"):
        load("frey_face", data_dir=folder)
    assert {"cartoon_set", "cmu_faces", "frey_faces"} <= set(names())


@pytest.mark.parametrize("name", sorted(FILE_SETS))
def test_splits_are_disjoint_and_whole(name):
    file_set = FILE_SETS[name]
    count = file_set.shape[0]
    groups = np.arange(count) % 20 if file_set.groups else None
    parts = [file_set.indices(split, groups) for split in file_set.sizes]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(count))
    if groups is None:
        assert [len(part) for part in parts] == list(file_set.sizes.values())


FIRST = {
    "frey_faces": [1485, 598, 1020, 139],
    "cartoon_set": [4361, 3257, 5681, 6064],
}


def test_the_splits_never_change():
    # Numbers in cards are of these images.
    assert FILE_SETS["frey_faces"].indices("test")[:4].tolist() == [
        1485,
        598,
        1020,
        139,
    ]
    assert FILE_SETS["cartoon_set"].indices("test")[:4].tolist() == [
        4361,
        3257,
        5681,
        6064,
    ]
    people = FILE_SETS["cmu_faces"].indices("test", np.arange(20))
    assert people.tolist() == [0, 12, 15]


@pytest.mark.parametrize("name", sorted(FILE_SETS))
def test_real_files(name, needs_data_set):
    needs_data_set(name)
    splits = all_splits(name)
    images = np.concatenate([data.images for data in splits.values()])
    assert images.shape == FILE_SETS[name].shape
    assert len({image.tobytes() for image in images}) == len(images)
    if name == "cartoon_set":
        glasses = [data.attribute("glasses").mean() for data in splits.values()]
        np.testing.assert_allclose(glasses, 0.5, atol=0.05)
    if name == "cmu_faces":
        assert [len(data) for data in splits.values()] == [435, 96, 93]
        for data in splits.values():  # nearly all combinations of everyone
            assert 0.48 < data.attribute("sunglasses").mean() < 0.52
            assert 0.23 < data.attribute("happy").mean() < 0.27
