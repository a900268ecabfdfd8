import os

import pytest

from vaezoo.zoo import (
    ModelFileError,
    atomic_version_folder,
    check_writable,
    file_digests,
    next_version,
    verify_files,
)

as_user = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0,
    reason="the superuser may write everywhere",
)


def test_next_version(tmp_path):
    assert next_version(tmp_path / "absent") == 1
    for name in ("1", "3", "note", ".9-x"):
        (tmp_path / name).mkdir()
    (tmp_path / "7").touch()
    assert next_version(tmp_path) == 4


def test_a_version_appears_whole(tmp_path):
    model = tmp_path / "new" / "tiny"
    for version in (1, 2):
        with atomic_version_folder(model) as folder:
            assert folder.parent == model
            assert folder.name.startswith(f".tiny-{version}-")
            (folder / "file").write_text("content")
            assert not (model / str(version)).exists()
            assert next_version(model) == version
    assert sorted(p.name for p in model.iterdir()) == ["1", "2"]
    assert (model / "2" / "file").read_text() == "content"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_nothing(tmp_path, error):
    def fail(model):
        with atomic_version_folder(model) as folder:
            (folder / "file").touch()
            raise error

    (tmp_path / "old" / "1").mkdir(parents=True)
    for name in ("old", "a/b/new"):
        with pytest.raises(error):
            fail(tmp_path / name)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["1", "old"]


def test_versions_are_never_overwritten(tmp_path):
    (tmp_path / "5").mkdir()

    def write(version, during=lambda: None):
        with atomic_version_folder(tmp_path, version) as folder:
            (folder / "file").touch()
            during()

    with pytest.raises(FileExistsError, match="never overwritten"):
        write(5, during=lambda: pytest.fail("the body ran"))
    with pytest.raises(FileExistsError, match="never overwritten"):
        write(6, during=(tmp_path / "6").mkdir)
    assert not any((tmp_path / "6").iterdir())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["5", "6"]


@pytest.mark.parametrize("version", [0, -1, 1.0, "1", True])
def test_wrong_versions(tmp_path, version):
    with (
        pytest.raises(ValueError, match="positive integer"),
        atomic_version_folder(tmp_path / "tiny", version),
    ):
        pass
    assert not any(tmp_path.iterdir())


def test_a_file_in_the_way_is_found_before_the_body(tmp_path):
    (tmp_path / "file").touch()
    for path in ("file", "file/tiny"):
        with (
            pytest.raises(NotADirectoryError, match="Expected a folder"),
            atomic_version_folder(tmp_path / path),
        ):
            pytest.fail("the body ran")


@as_user
def test_a_folder_without_write_permission(tmp_path):
    tmp_path.chmod(0o500)
    with (
        pytest.raises(PermissionError, match="can be written"),
        atomic_version_folder(tmp_path / "tiny"),
    ):
        pytest.fail("the body ran")


def test_a_folder_that_refuses_is_found_before_the_body(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with (
        pytest.raises(PermissionError, match=r"can be written\. Received"),
        atomic_version_folder(tmp_path / "tiny"),
    ):
        pytest.fail("the body ran")
    assert not any(tmp_path.iterdir())


def test_check_writable_makes_nothing(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert not any(tmp_path.iterdir())


def test_digests(tmp_path):
    (tmp_path / "assets.extra").mkdir()
    (tmp_path / "assets.extra" / "card.json").touch()
    (tmp_path / "a").write_bytes(b"abc")
    digests = file_digests(tmp_path)
    # FIPS 180-2, the first example.
    assert digests == {
        "a": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }
    verify_files(tmp_path, digests)
    (tmp_path / "a").write_bytes(b"abd")
    with pytest.raises(ModelFileError, match=r"a': it is damaged.*expected"):
        verify_files(tmp_path, digests)
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(ModelFileError, match="only files and folders"):
        file_digests(tmp_path)
