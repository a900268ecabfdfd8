"""The set-up that `make demo` and `make test` share."""

import pathlib
import re
import subprocess
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def make(*arguments):
    return subprocess.run(
        ["make", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def requirements():
    yield from PYPROJECT["project"]["dependencies"]
    yield from PYPROJECT["build-system"]["requires"]
    for group in PYPROJECT["dependency-groups"].values():
        yield from (entry for entry in group if isinstance(entry, str))


@pytest.fixture(scope="module")
def pins():
    """The requirements in constraints.txt, by name."""
    found = {}
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        pin = Requirement(line)
        found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


@pytest.mark.parametrize("requirement", sorted(set(requirements())))
def test_every_requirement_is_pinned(pins, requirement):
    wanted = Requirement(requirement)
    for pin in pins[canonicalize_name(wanted.name)]:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert wanted.specifier.contains(specifier.version)


@pytest.mark.parametrize("version", ["3.9.18", "3.10.13", "3.14.0"])
def test_another_python_is_refused_before_anything_is_made(tmp_path, version):
    major_minor = tuple(map(int, version.split(".")[:2]))
    python = tmp_path / "python"
    # As that Python would judge `sys.version_info`.
    python.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = --version ]; then echo Python {version}; exit; fi\n'
        'code=$(echo "$2" | sed "s/sys.version_info/tuple(VERSION)/")\n'
        f'exec python3 -c "VERSION = {major_minor}; $code"\n'
    )
    python.chmod(0o755)
    result = make("demo", f"PYTHON={python}", f"VENV={tmp_path / 'environment'}")
    assert result.returncode != 0
    assert f"needs Python 3.11, 3.12 or 3.13. '{python}' is Python {version}." in (
        result.stderr
    )
    assert "make demo PYTHON=" in result.stderr
    assert not (tmp_path / "environment").exists()


def test_a_missing_python_is_named(tmp_path):
    result = make("test", "PYTHON=no-such-python", f"VENV={tmp_path / 'environment'}")
    assert result.returncode != 0
    assert "'no-such-python' is not there" in result.stderr


def test_help_is_the_default_and_lists_every_target():
    result = make()
    assert result.returncode == 0
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", text, re.M).group(1).split()
    for target in targets:
        assert f"  make {target} " in result.stdout
