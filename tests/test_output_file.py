import os
import stat

import pytest

from vaezoo.output_file import output_file


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "grid.png"
    path.write_text("old")
    with output_file(path) as hidden:
        assert hidden.parent == tmp_path
        assert hidden.suffix == ".png"
        hidden.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "usual").touch()
    modes = {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "grid.png"
    path.write_text("old")

    def fail():
        with output_file(path) as hidden:
            hidden.write_text("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for path, error in (
        (tmp_path, IsADirectoryError),
        (tmp_path / "absent" / "grid.png", NotADirectoryError),
        (tmp_path / "file" / "grid.png", NotADirectoryError),
    ):
        with pytest.raises(error, match="Received"), output_file(path):
            pytest.fail("the body ran")

    def refuse(*_):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with (
        pytest.raises(PermissionError, match=r"can be written.*Received"),
        output_file(tmp_path / "grid.png"),
    ):
        pytest.fail("the body ran")
