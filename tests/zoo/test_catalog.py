import os
import pickle

import pytest

import vaezoo
from vaezoo.zoo import ModelFileError, UnknownModelError, models_root, version_folder


@pytest.fixture
def names(root):
    for name in ("iwae_k50_mnist", "iwae_k5_mnist", "fc_vae_mnist", "fc_vae_sprites"):
        (root / name / "1" / "assets.extra").mkdir(parents=True)
    (root / ".hidden" / "1").mkdir(parents=True)
    (root / "no_versions" / "latest").mkdir(parents=True)
    (root / "only_being_written" / ".x-1-aa").mkdir(parents=True)
    (root / "README.md").touch()
    return root


def test_natural_order_and_wildcards(names):
    assert vaezoo.list_models() == [
        "fc_vae_mnist",
        "fc_vae_sprites",
        "iwae_k5_mnist",
        "iwae_k50_mnist",
    ]
    assert vaezoo.list_models("*mnist*") == [
        "fc_vae_mnist",
        "iwae_k5_mnist",
        "iwae_k50_mnist",
    ]
    assert vaezoo.list_models("nothing*") == []


def test_no_folder_is_no_models(names, monkeypatch):
    monkeypatch.setattr("vaezoo.zoo.catalog.models_root", lambda: names / "absent")
    assert vaezoo.list_models() == []


def test_root_is_in_the_package_or_the_checkout():
    package = os.path.dirname(vaezoo.__file__)
    beside = os.path.join(os.path.dirname(package), "saved_models")
    assert str(models_root()) in (os.path.join(package, "saved_models"), beside)


def test_versions(names):
    model = names / "fc_vae_mnist"
    for version in ("9", "10", "010", "latest", "11.tmp", ".12"):
        (model / version / "assets.extra").mkdir(parents=True)
    (model / "13").touch()
    assert version_folder("fc_vae_mnist") == model / "10"
    assert version_folder(model) == model / "10"
    assert version_folder(str(model)) == model / "10"
    assert version_folder("fc_vae_mnist", version=9) == model / "9"
    assert version_folder(model / "1") == model / "1"
    assert version_folder(model / "1", version=1) == model / "1"
    with pytest.raises(ModelFileError, match="no version 2, but 1, 9, 10"):
        version_folder("fc_vae_mnist", version=2)
    with pytest.raises(ModelFileError, match="not version 2"):
        version_folder(model / "1", version=2)


def test_a_string_may_be_a_relative_path(names, monkeypatch):
    monkeypatch.chdir(names.parent)
    (names.parent / "mine" / "3").mkdir(parents=True)
    assert version_folder("mine").parts == ("mine", "3")


def test_unknown_names_give_near_ones(names):
    with pytest.raises(UnknownModelError) as error:
        vaezoo.load("fc_vae_mnits")
    assert "Did you mean 'fc_vae_mnist'" in str(error.value)
    assert "vaezoo.list_models()" in str(error.value)
    assert str(error.value).endswith("Received: 'fc_vae_mnits'")
    assert isinstance(error.value, ValueError)
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)
    for name in ("", "a\0b", "zzz"):
        with pytest.raises(UnknownModelError):
            vaezoo.info(name)


@pytest.mark.parametrize("wrong", [None, 3, 1.5, ["fc_vae_mnist"]])
def test_wrong_types(wrong):
    with pytest.raises(TypeError, match=r"Expected the name.*Received"):
        vaezoo.load(wrong)


def test_folders_that_are_no_models(names, tmp_path):
    with pytest.raises(ModelFileError, match="no such folder") as error:
        vaezoo.load(tmp_path / "absent")
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)
    with pytest.raises(ModelFileError, match="no such folder"):
        vaezoo.load("./fc_vae_mnist_")
    with pytest.raises(ModelFileError, match="expected NAME"):
        vaezoo.load(names)
    with pytest.raises(ModelFileError, match=r"README\.md.*it is a file"):
        vaezoo.load(names / "README.md")
    with pytest.raises(ModelFileError, match=r"card\.json.*no such file"):
        vaezoo.load("fc_vae_mnist")
