"""What README.md says is so."""

import os
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import vaezoo
from vaezoo.cli import program
from vaezoo.serving.server import ModelManager, RestServer
from vaezoo.training import recipe_parser
from vaezoo.zoo.results_table import renew

ROOT = pathlib.Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^(?:<!-- needs (\w[\w ]*) -->\n)?```(\w+)\n(.*?)^```$", re.M | re.S
)
BLOCKS = [match.groups() for match in BLOCK.finditer(TEXT)]
SHELL = [
    shlex.split(line, comments=True)
    for _, language, block in BLOCKS
    if language == "sh"
    for line in block.splitlines()
]


def commands(program_name):
    return [words for words in SHELL if words[0].endswith(program_name)]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Runs blocks one after the other, as if pasted into one session of Python."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("pasted"))
        yield {}


@pytest.fixture(scope="module")
def server():
    folders = {"conv_vae_mnist": ROOT / "saved_models" / "conv_vae_mnist"}
    with ModelManager(folders) as manager, RestServer(manager, port=0) as server:
        yield server


@pytest.mark.parametrize(
    ("needs", "block"),
    [
        pytest.param(needs, block, id=block.splitlines()[0])
        for needs, language, block in BLOCKS
        if language == "python" and needs != "a cluster"
    ],
)
def test_python_code_works_when_pasted(session, needs_data_set, request, needs, block):
    if needs == "mnist":
        needs_data_set("mnist")
    elif needs == "a server":
        url = request.getfixturevalue("server").url
        assert "http://127.0.0.1:8501" in block
        block = block.replace("http://127.0.0.1:8501", url)
    exec(compile(block, "README.md", "exec"), session)


@pytest.mark.slow
def test_code_for_a_cluster_works_in_a_cluster_of_one(tmp_path):
    """In a process of its own: such a strategy must be made before anything runs."""
    (block,) = [block for needs, _, block in BLOCKS if needs == "a cluster"]
    code = (
        "import tensorflow as tf, vaezoo\n"
        "images, _ = vaezoo.data.Sprites(28).sample(600, seed=0)\n"
        f"{block}\n"
        "print(model.count_params())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert int(result.stdout.split()[-1]) > 0


def test_what_the_code_promises(session):
    if "drawn" not in session:
        pytest.skip("the blocks of the README were not run")
    assert pathlib.Path("samples.png").stat().st_size > 1_000
    assert session["images"].shape == (64, 28, 28, 1)
    assert session["posterior"].batch_shape == [8]
    assert session["divergence"].shape == (8,)
    assert session["distribution"].batch_shape == [5]
    assert session["distribution"].event_shape == [2]
    assert [w.shape for w in session["same"].weights] == [
        w.shape for w in session["tiny"].weights
    ]
    expected = session["model"].sample(seed=[1, 2, 3])
    np.testing.assert_allclose(session["drawn"], expected, atol=1e-5)
    digits = vaezoo.load("conv_vae_mnist").sample(16, seed=1)
    np.testing.assert_allclose(session["digits"], digits, atol=1e-5)
    assert session["nats"].shape == (16,)


def test_the_blocks_are_found():
    assert len(BLOCKS) == TEXT.count("\n```") / 2
    assert {language for _, language, _ in BLOCKS} == {"python", "sh"}
    first = next(block for _, language, block in BLOCKS if language == "python")
    assert len([line for line in first.splitlines() if line]) <= 10


def test_the_results_are_those_of_the_cards():
    assert renew(TEXT) == TEXT, "README.md is stale: run `make readme`"


def test_the_picture_is_what_the_shipped_model_draws():
    alternative, path = re.search(r"!\[(.*)\]\((.*)\)", TEXT).groups()
    name = pathlib.Path(path).parent.name
    assert name in alternative
    assert name in vaezoo.list_models()
    assert f"vaezoo sample {name} -n 36 --seed 0" in TEXT
    images = vaezoo.load(name).sample(36, seed=0)
    figure = vaezoo.plotting.sample_grid(images)
    figure.canvas.draw()
    drawn = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
    shown = np.asarray(Image.open(ROOT / path).convert("RGB")).astype(int)
    assert shown.shape == drawn.shape
    assert np.abs(shown - drawn).max() <= 2


@pytest.mark.parametrize("words", commands("vaezoo"), ids=" ".join)
def test_commands_of_vaezoo_exist(words):
    own, of_recipe = program.train.split_arguments(words[1:])
    if own[-1] == "--help":
        with pytest.raises(SystemExit, match=r"^0$"):
            program._parser().parse_args(own)
        return
    arguments = program._parser().parse_args(own)
    if of_recipe:
        recipe_parser(arguments.recipe, "", 1).parse_args(of_recipe)
        assert (ROOT / "recipes" / f"{arguments.recipe}.py").is_file()
    name = getattr(arguments, "name", None)
    if name and not name.endswith(".csv"):  # the log of a run
        assert name in vaezoo.list_models()


@pytest.mark.parametrize("words", commands("make"), ids=" ".join)
def test_targets_of_make_exist(words):
    result = subprocess.run(
        [*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_plain_commands_are_those_of_make(target):
    lines = subprocess.run(
        ["make", "--dry-run", "--always-make", target, "PYTHON=python3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    run_by_make = [_normal(shlex.split(line)) for line in lines if ".venv" in line]
    plain = [_normal(words) for words in SHELL if words[0].startswith((".venv", "py"))]
    other = {"demo": "pytest", "test": "vaezoo.demo"}[target]
    assert [w for w in plain if other not in w] == [
        w for w in run_by_make if w[0] != "touch"
    ]


def _normal(words):
    long = {"-c": "--constraint", "-e": "--editable"}
    words = [long.get(word, word) for word in words]
    return [word for word in words if word != "--disable-pip-version-check"]


def test_modules_that_are_run_exist(tmp_path):
    modules = [w[w.index("-m") + 1] for w in commands("python") if "-m" in w]
    assert {"vaezoo.demo", "pytest"} <= set(modules)
    words = next(w for w in commands("python") if "vaezoo.demo" in w)
    subprocess.run(
        [sys.executable, *words[1:], "--help"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )


def test_links_and_folders_exist():
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    folders = re.findall(r"^\| `([\w/]+/)` \|", TEXT, re.M)
    assert len(folders) > 10
    for path in [*links, *folders]:
        if not path.startswith("http"):
            assert (ROOT / path).exists(), path
    rooms = {f"vaezoo/{p.parent.name}/" for p in ROOT.glob("vaezoo/*/__init__.py")}
    assert rooms == {folder for folder in folders if folder.startswith("vaezoo/")}


def test_ci_runs_the_test_command_of_the_readme():
    script = ROOT / ".ci" / "run"
    assert script.read_text().splitlines()[-1] == "make test"
    assert os.access(script, os.X_OK)
