"""Results on disk: one JSON file a class of machine, a work at a time."""

import json
import os
import pathlib
from typing import Any

from benchmarks.machine import file_stem

FOLDER = pathlib.Path(__file__).parent / "results"


def load_all(folder: pathlib.Path | None = None) -> list[dict[str, Any]]:
    """The results of all machines, `{"machine": name, "works": {name: result}}`."""
    paths = sorted((folder or FOLDER).glob("*.json"))
    return [json.loads(path.read_text("utf-8")) for path in paths]


def store(
    machine: str, name: str, result: dict[str, Any], folder: pathlib.Path | None = None
) -> pathlib.Path:
    """Puts the result of one work into its machine's file, in place of an older one.

    Args:
        machine: The class of machine.
        name: The name of the work.
        result: What `python -m benchmarks` found out.
        folder: Folder of the file.

    Returns:
        The file.
    """
    folder = folder or FOLDER
    path = folder / f"{file_stem(machine)}.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    works = {**known.get("works", {}), name: result}
    text = json.dumps({"machine": machine, "works": works}, indent=1)
    write_whole(path, (text + "\n").encode())
    return path


def write_whole(path: pathlib.Path, content: bytes) -> None:
    """Writes a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)
