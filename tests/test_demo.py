import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import vaezoo
from vaezoo.serving import check_export

PICTURES = ("samples.png", "traversal.png", "samples_finetuned.png")


def run_demo(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-m", "vaezoo.demo", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One small run, without any data set: (folder, what it said)."""
    cwd = tmp_path_factory.mktemp("demo")
    arguments = ("--out", "made/here", "--images", 600, "--epochs", 1)
    # A folder without data sets, and no way to fetch any.
    result = run_demo(
        *arguments, cwd=cwd, TFDS_DATA_DIR=str(cwd), https_proxy="http://127.0.0.1:9"
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return cwd, result.stdout


def test_pictures_are_there_and_hold_different_images(demo):
    folder = demo[0] / "made" / "here"
    pictures = [np.asarray(Image.open(folder / name)) for name in PICTURES]
    for picture in pictures:
        assert picture.std() > 10
    before, after = pictures[0], pictures[2]
    assert before.shape == after.shape
    assert (before != after).any()


def test_the_export_is_the_fine_tuned_model(demo):
    folder = demo[0] / "made" / "here" / "conv_vae_mnist_finetuned"
    check_export(folder / "1")
    tuned, original = vaezoo.load(folder), vaezoo.load("conv_vae_mnist")
    sprites, _ = vaezoo.data.Sprites(28).sample(100, seed=7)
    gain = tuned.elbo(sprites, seed=0).mean() - original.elbo(sprites, seed=0).mean()
    assert gain > 20


def test_it_says_where_things_are(demo):
    cwd, said = demo
    for name in (*PICTURES, "conv_vae_mnist_finetuned/1"):
        path = os.path.join("made", "here", *name.split("/"))
        assert f" {path} " in said
        assert (cwd / path).exists()
    assert f"vaezoo.load({os.path.dirname(path)!r})" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "conv_vae_mnits"), "conv_vae_mnist"),
        (("--model", "no/such/folder"), "no/such/folder"),
        (("--epochs", "0"), "positive integer"),
        (("--images", "many"), "--images"),
        (("--out", "a_file/folder"), "a_file"),
    ],
)
def test_errors_are_one_line_and_nothing_is_written(tmp_path, arguments, message):
    (tmp_path / "a_file").write_text("")
    result = run_demo(*arguments, cwd=tmp_path)
    assert result.returncode in (1, 2)
    assert message in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]


def test_help_does_not_wait_for_tensorflow(tmp_path):
    code = (
        "import sys, vaezoo.demo\n"
        "try: vaezoo.demo.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('tensorflow' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "--model MODEL" in result.stdout
    assert result.stdout.endswith("False\n")
