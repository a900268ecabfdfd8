"""What `pip install vaezoo` gives, away from the checkout."""

import email
import json
import os
import pathlib
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile

import numpy as np
import pytest

import vaezoo
from vaezoo.zoo import models_root

ROOT = pathlib.Path(__file__).parent.parent
BIN = "Scripts" if os.name == "nt" else "bin"


def run(*command, cwd):
    """Runs a program as in a shell of its own and returns what it prints."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    result = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(source distribution, wheel built from it)."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "-o", out, ROOT, cwd=out)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def wheel_files(built):
    with zipfile.ZipFile(built[1]) as wheel:
        return set(wheel.namelist())


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The folder of an environment that holds the wheel, and nothing of the checkout.

    The packages that vaezoo needs are those of this environment. A `.pth` file adds
    their folder to the path without reading the `.pth` files in there, by which an
    editable install is found.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / BIN / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-index", "--quiet"]
    run(*pip, "--python", python, "install", *options, built[1], cwd=folder)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = pathlib.Path(run(python, "-c", code, cwd=folder).strip())
    here = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    (site_packages / "requirements.pth").write_text("\n".join(here) + "\n")
    return folder


def test_the_wheel_holds_the_whole_package(wheel_files):
    modules = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "vaezoo").rglob("*.py")
    }
    assert modules <= wheel_files
    assert "vaezoo/py.typed" in wheel_files
    for name in vaezoo.evaluation.list_classifiers():
        folder = f"vaezoo/evaluation/classifiers/{name}"
        assert {f"{folder}/card.json", f"{folder}/model.weights.h5"} <= wheel_files


def test_the_wheel_holds_models_recipes_and_licence(wheel_files):
    for name in vaezoo.list_models():
        card = vaezoo.info(name)
        folder = f"vaezoo/saved_models/{name}/{card.version}"
        assert {f"{folder}/{path}" for path in card.files} <= wheel_files
        assert f"{folder}/assets.extra/card.json" in wheel_files
    recipes = {
        f"vaezoo/recipes/{path.name}" for path in (ROOT / "recipes").glob("*.py")
    }
    assert "vaezoo/recipes/conv_vae_mnist.py" in recipes
    assert recipes <= wheel_files
    assert any(path.endswith(".dist-info/licenses/LICENSE") for path in wheel_files)


def test_the_wheel_holds_nothing_else(wheel_files):
    tops = {path.split("/")[0] for path in wheel_files}
    assert len(tops) == 2
    assert "vaezoo" in tops
    parts = {part for path in wheel_files for part in path.split("/")}
    assert not {part for part in parts if part.startswith(".")}
    assert "__pycache__" not in parts


def test_the_source_distribution_can_be_tested(built):
    with tarfile.open(built[0]) as sdist:
        files = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"Makefile", "constraints.txt", ".ci/run", "tests/test_demo.py"} <= files


def test_metadata(built):
    with zipfile.ZipFile(built[1]) as wheel:
        (path,) = (p for p in wheel.namelist() if p.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(wheel.read(path))
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    requirements = metadata.get_all("Requires-Dist")
    assert not [r for r in requirements if r.startswith(("pytest", "ruff"))]
    assert metadata["Version"] == vaezoo.__version__


def test_a_model_loads_by_name_and_samples(installed, tmp_path):
    code = """
import json, vaezoo
model = vaezoo.load("conv_vae_mnist")
images = model.sample(2, seed=3)
print(json.dumps([vaezoo.__file__, vaezoo.list_models(), images.tolist()]))
"""
    printed = run(installed / BIN / "python", "-c", code, cwd=tmp_path)
    file, names, images = json.loads(printed.splitlines()[-1])
    assert pathlib.Path(file).is_relative_to(installed)
    assert names == vaezoo.list_models()
    expected = vaezoo.load("conv_vae_mnist").sample(2, seed=3)
    np.testing.assert_array_equal(np.float32(images), expected)
    assert models_root() == ROOT / "saved_models"


def test_the_program_lists_models_and_recipes(installed, tmp_path):
    program = installed / BIN / "vaezoo"
    listed = run(program, "list", cwd=tmp_path)
    for name in vaezoo.list_models():
        assert name in listed
    assert "conv_vae_mnist" in listed
    recipes = run(program, "train", "--list", cwd=tmp_path)
    for path in (ROOT / "recipes").glob("*.py"):
        assert path.stem in recipes
    assert vaezoo.__version__ in run(program, "--version", cwd=tmp_path)
