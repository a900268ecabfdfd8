import keras
import matplotlib.image
import numpy as np
import pytest

import vaezoo
from vaezoo.zoo import atomic_version_folder, save_model_files, write_card

KINDS = {
    "samples": ("-n", "4"),
    "reconstructions": ("-n", "4"),
    "traversal": ("--steps", "3"),
    "manifold": ("--size", "3"),
    "scatter": ("-n", "30"),
    "interpolation": ("-n", "2", "--steps", "3"),
    "attribute": ("--from-label", "0", "--to-label", "2", "-n", "2"),
    "analogy": ("-n", "2"),
    "j-diagram": ("--from-label", "1"),
    "mine": ("--rows", "2", "--columns", "2"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "noise.npz"
    images = np.random.default_rng(0).integers(0, 256, (60, 16, 16, 1), "uint8")
    np.savez(path, images=images, labels=np.arange(60) % 3)
    return path


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    keras.utils.set_random_seed(0)
    labels = vaezoo.Labels(3)
    model = vaezoo.ConditionalVAE((16, 16, 1), 3, labels, hidden_units=(5,))
    with atomic_version_folder(root / "tiny") as folder:
        save_model_files(model, folder)
        write_card(model, folder, name="tiny", version=1, description="A tiny model.")
    return root / "tiny"


@pytest.fixture
def plot(vaezoo_command, tmp_path):
    """`plot(kind, name, ...)` -> the picture."""

    def draw(kind, *arguments):
        path = tmp_path / f"{kind}.png"
        code, out, err = vaezoo_command("plot", kind, *arguments, "-o", path)
        assert (code, out, err) == (0, f"Wrote {path}\n", "")
        assert list(tmp_path.glob("*")) == [path]
        picture = matplotlib.image.imread(path)
        path.unlink()
        return picture

    return draw


def with_data(kind, data):
    return () if kind == "samples" else ("--data", data)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(plot, data, kind):
    arguments = ("tiny_k50_noise", *KINDS[kind], *with_data(kind, data))
    picture = plot(kind, *arguments)
    np.testing.assert_array_equal(plot(kind, *arguments), picture)
    assert 100 < picture.shape[1] <= 1000
    if kind != "scatter":
        other = plot(kind, *arguments, "--seed", "5")
        assert other.shape != picture.shape or (other != picture).any()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_a_conditional_model(plot, data, conditional, kind):
    plot(kind, conditional, *KINDS[kind], *with_data(kind, data))


@pytest.mark.parametrize("kind", ["traversal", "manifold"])
def test_without_data_the_condition_is_a_label(plot, conditional, kind):
    one, two = (plot(kind, conditional, *KINDS[kind], "--label", k) for k in ("1", "2"))
    assert one.shape != two.shape or (one != two).any()


def test_help_has_a_line_for_each_kind(vaezoo_command):
    code, out, _ = vaezoo_command("plot", "--help")
    assert code == 0
    assert all(f"\n    {kind}" in out for kind in (*KINDS, "curves"))


def test_a_picture_of_samples_is_that_of_the_sample_command(
    plot, vaezoo_command, tmp_path
):
    path = tmp_path / "grid.png"
    vaezoo_command("sample", "tiny_k5_noise", "-n", "4", "--seed", "3", "-o", path)
    expected = matplotlib.image.imread(path)
    path.unlink()
    picture = plot("samples", "tiny_k5_noise", "-n", "4", "--seed", "3")
    np.testing.assert_array_equal(picture, expected)


def test_curves_of_a_log(plot, vaezoo_command, tmp_path_factory):
    log = tmp_path_factory.mktemp("run") / "log.csv"
    log.write_text("epoch,elbo,val_elbo\n0,-9,-9.5\n1,-8,NA\n")
    np.testing.assert_array_equal(plot("curves", log), plot("curves", log.parent))
    code, _, err = vaezoo_command("plot", "curves", log.parent / "other.csv")
    assert code == 1
    assert "Expected a CSV log" in err


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_other_formats(vaezoo_command, data, tmp_path, suffix):
    path = tmp_path / f"scatter.{suffix}"
    arguments = ("scatter", "tiny_k50_noise", "--data", data, "-o", path)
    assert vaezoo_command("plot", *arguments)[0] == 0
    assert path.read_bytes().startswith({"svg": b"<?xml", "pdf": b"%PDF"}[suffix])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "required: KIND"),
        (("painting", "tiny_k5_noise"), 2, "invalid choice: 'painting'"),
        (("samples",), 2, "required: NAME"),
        (("samples", "tiny_k5_noise", "-o", "x.txt"), 2, ".png, .svg, .pdf"),
        (("manifold", "tiny_k5_noise", "--dimensions", "1"), 2, "two dimensions"),
        (("traversal", "tiny_k5_noise", "--dimensions", "a"), 2, "received 'a'"),
        (("samples", "tiny_k5_noise", "--path", "linear"), 2, "unrecognized"),
        (("samples", "tiny_k5_nosie"), 1, "Did you mean 'tiny_k5_noise'"),
        (("manifold", "tiny_k5_noise", "--dimensions", "1,7"), 1, "0 to 1"),
        (("scatter", "tiny_k5_noise"), 1, "Expected --data"),
    ],
)
def test_errors_are_one_line_and_leave_nothing(
    vaezoo_command, tmp_path, monkeypatch, arguments, code, message
):
    monkeypatch.chdir(tmp_path)
    result, out, err = vaezoo_command("plot", *arguments)
    assert (result, out) == (code, "")
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("attribute", "--from-label", "1"), "Expected either --attribute"),
        (("attribute", "--attribute", "smile"), "Expected an attribute of"),
        (("interpolation", "-n", "31"), "at least 62 images"),
        (("mine", "--rows", "9", "--columns", "9"), "81 images asked for"),
        (("analogy", "--to-label", "7"), "at least 1 images"),
    ],
)
def test_requests_that_the_data_do_not_fit(
    vaezoo_command, data, tmp_path, arguments, message
):
    kind, *rest = arguments
    path = tmp_path / "picture.png"
    code, _, err = vaezoo_command(
        "plot", kind, "tiny_k50_noise", *rest, "--data", data, "-o", path
    )
    assert code == 1
    assert message in err
    assert not list(tmp_path.iterdir())
