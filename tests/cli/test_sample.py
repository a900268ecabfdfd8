import matplotlib.image
import numpy as np
import pytest


def test_a_grid_of_samples(vaezoo_command, tmp_path):
    pictures = []
    for seed in (1, 1, 2):
        path = tmp_path / "grid.png"
        code, out, err = vaezoo_command(
            "sample", "tiny_k5_noise", "-n", "4", "-o", path, "--seed", seed
        )
        assert (code, err) == (0, "")
        assert out == f"Wrote 4 images to {path}\n"
        pictures.append(matplotlib.image.imread(path))
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert (pictures[0] != pictures[2]).any()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["", "absent/grid.png", "file/grid.png"])
def test_the_output_is_checked_before_anything_is_loaded(
    vaezoo_command, tmp_path, monkeypatch, place
):
    monkeypatch.setattr("vaezoo.load", lambda *_, **__: pytest.fail("it was loaded"))
    (tmp_path / "file").touch()
    folder = tmp_path / "folder.png"
    folder.mkdir()
    path = tmp_path / place if place else folder
    code, out, err = vaezoo_command("sample", "tiny_k5_noise", "-o", path)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert str(path) in err


def test_a_damaged_model_leaves_no_picture(vaezoo_command, tmp_path, shipped):
    model = tmp_path / "model" / "1" / "assets.extra"
    model.mkdir(parents=True)
    source = shipped / "tiny_k5_noise" / "1" / "assets.extra"
    for file in source.iterdir():
        (model / file.name).write_bytes(file.read_bytes())
    (model / "model.weights.h5").write_bytes(b"nothing")
    (tmp_path / "out").mkdir()
    code, out, err = vaezoo_command(
        "sample", tmp_path / "model", "-o", tmp_path / "out" / "grid.png"
    )
    assert (code, out) == (1, "")
    assert "model.weights.h5" in err
    assert not list((tmp_path / "out").iterdir())
