"""What a run was made on, and of what."""

import datetime
import pathlib
import re
import subprocess

_ROOT = pathlib.Path(__file__).parent.parent


def machine(devices: set[str]) -> str:
    """The class of this machine, with the GPUs that were used.

    Args:
        devices: The devices that contenders computed on, such as {"CPU"}.
    """
    from vaezoo.training.machine import machine_class  # imports TensorFlow

    return ", ".join([machine_class(), *sorted(devices - {"CPU"})])


def file_stem(name: str) -> str:
    """A machine's name as that of a file, such as "2-cpu-cores-x86-64-avx-512"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def today() -> str:
    """The date, in UTC."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def revision() -> str:
    """The git revision, with a "+" where files have been changed since."""
    found = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return (found or "unknown") + ("+" if changed else "")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
