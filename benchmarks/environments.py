"""A virtual environment for each peer, of pinned packages, in a folder git ignores."""

import hashlib
import pathlib
import subprocess
import sys
import venv
from collections.abc import Callable

_HERE = pathlib.Path(__file__).parent
_ENVIRONMENTS = _HERE / ".envs"
_REQUIREMENTS = _HERE / "peers"

# The environment that this process runs in, vaezoo's own.
OWN = "vaezoo"


class EnvironmentFailedError(RuntimeError):
    """A peer's environment could not be made; the message says why, in one line."""


def interpreter(name: str, progress: Callable[[str], None]) -> str:
    """The Python of an environment, which is made at its first use.

    Args:
        name: `OWN`, or the name of a file in `benchmarks/peers/`.
        progress: Is told what takes long.

    Returns:
        The program's path.

    Raises:
        EnvironmentFailedError: If the packages cannot be installed.
    """
    if name == OWN:
        return sys.executable
    folder = _ENVIRONMENTS / name
    python = folder / (
        "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    )
    requirements = _REQUIREMENTS / f"{name}.txt"
    # Made last: what was interrupted, or is for other versions, is taken up again.
    ready = folder / ".ready"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not (ready.exists() and ready.read_text() == digest):
        progress(f"Setting up {name} of {requirements.name}, once; this downloads it")
        ready.unlink(missing_ok=True)
        _install(folder, python, requirements)
        ready.write_text(digest)
    return str(python)


def _install(
    folder: pathlib.Path, python: pathlib.Path, requirements: pathlib.Path
) -> None:
    try:
        if not python.exists():
            venv.create(folder, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "-r", requirements],
            check=True,
            capture_output=True,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or str(error)).strip().splitlines()
        errors = [line for line in lines if line.startswith("ERROR")]
        raise EnvironmentFailedError(
            f"cannot be installed: {(errors or lines or [str(error)])[-1]}"
        ) from error
