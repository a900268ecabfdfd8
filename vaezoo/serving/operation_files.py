"""The files that operate TensorFlow Serving: models, batching, monitoring, Docker."""

import csv
import io
import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from google.protobuf import text_encoding

from vaezoo.integers import is_integer
from vaezoo.output_file import output_file
from vaezoo.zoo.catalog import version_folder

MODELS_FILE = "models.config"
BATCHING_FILE = "batching.config"
MONITORING_FILE = "monitoring.config"
COMPOSE_FILE = "compose.yaml"

_IMAGE = "tensorflow/serving"
_GRPC_PORT, _REST_PORT = 8500, 8501  # inside the container

_BATCHING = """\
# Rows of several requests in one run of the graph; a larger request is refused. A run
# that fails, fails for all of them; requests of different signatures never share one.
max_batch_size { value: 1024 }
# How long the first request of a batch waits for others.
batch_timeout_micros { value: 2000 }
# Batches in line, of each model and signature; beyond that the answer is 503.
max_enqueued_batches { value: 100 }
"""
_MONITORING = """\
# http://HOST:8501/monitoring/prometheus/metrics
prometheus_config {
  enable: true
  path: "/monitoring/prometheus/metrics"
}
"""


class OperationFiles(NamedTuple):
    """What `write_operation_files` wrote.

    Attributes:
        folder: The folder of `models.config`, `batching.config`, `monitoring.config`
            and `compose.yaml`.
        docker_command: The command line that starts the server without a compose file.
    """

    folder: Path
    docker_command: str


def write_operation_files(
    models: Mapping[str, str | os.PathLike[str]],
    folder: str | os.PathLike[str],
    labels: Mapping[str, Mapping[str, int]] | None = None,
    host: str = "127.0.0.1",
    overwrite: bool = False,
) -> OperationFiles:
    """Writes what TensorFlow Serving needs to serve exported models.

    `models.config` has the absolute path of each model, and its versions and labels;
    `batching.config` and `monitoring.config` are a start to be tuned; `compose.yaml` is
    for `docker compose up`. In the container the folders have the paths that they have
    outside, so that `tensorflow_model_server` without Docker takes the same files.

    Of a model without labels the newest version is served, and new ones as they come.
    With labels, exactly the versions that have one are: addressed as
    `/v1/models/NAME/labels/stable`, say, and moved by another label in the file, which
    the server reads again every minute.

    Args:
        models: The folder of each model, with its versions in it, by the model's name.
        folder: Where the files are written; made if it is not there.
        labels: Of a model, version by label, such as
            `{"conv_vae_mnist": {"stable": 1, "canary": 2}}`.
        host: The address whose ports 8500 (gRPC) and 8501 (REST) lead to the server.
            The default is this machine alone: the server asks nobody who they are.
        overwrite: Whether to replace files that are there.

    Returns:
        The folder, and the command line that starts the server.

    Raises:
        ModelFileError: If a folder holds no exported model, or not a labelled version.
        ValueError: If there are no models, or names or labels are not as described.
        FileExistsError: If a file is there and `overwrite` is false.
        OSError: If the folder cannot be written.
    """
    labels = dict(labels or {})
    paths = {name: _checked_folder(name, path) for name, path in models.items()}
    if not paths:
        raise ValueError("Expected at least one model. Received: none")
    _check_labels(paths, labels)
    folder = Path(folder).expanduser().resolve()
    arguments = _server_arguments(folder, bool(labels))
    texts = {
        MODELS_FILE: models_config(paths, labels),
        BATCHING_FILE: _BATCHING,
        MONITORING_FILE: _MONITORING,
        COMPOSE_FILE: _compose([folder, *paths.values()], arguments, host),
    }
    for name in texts:
        if not overwrite and (folder / name).exists():
            raise FileExistsError(
                "Expected files that are not there yet; they can be replaced on "
                f"request. Received: '{folder / name}'"
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with output_file(folder / name) as hidden:
            hidden.write_text(text, encoding="utf-8")
    return OperationFiles(
        folder, _docker_command([folder, *paths.values()], arguments, host)
    )


def models_config(
    paths: Mapping[str, Path], labels: Mapping[str, Mapping[str, int]]
) -> str:
    """A `ModelServerConfig` in protocol buffers' text format.

    Args:
        paths: The absolute folder of each model, by its name.
        labels: Of a model, version by label.

    Returns:
        The text.
    """
    configs = []
    for name, path in paths.items():
        lines = [
            f"name: {_text(name)}",
            f"base_path: {_text(path)}",
            'model_platform: "tensorflow"',
        ]
        versions = sorted(set(labels.get(name, {}).values()))
        if versions:
            listed = "".join(f" versions: {version}" for version in versions)
            lines.append(f"model_version_policy {{ specific {{{listed} }} }}")
        lines += [
            f"version_labels {{ key: {_text(label)} value: {version} }}"
            for label, version in labels.get(name, {}).items()
        ]
        body = "".join(f"    {line}\n" for line in lines)
        configs.append(f"  config {{\n{body}  }}\n")
    return f"model_config_list {{\n{''.join(configs)}}}\n"


def _checked_folder(name: str, path: str | os.PathLike[str]) -> Path:
    path = Path(path).expanduser().resolve()
    newest = version_folder(path)
    if newest == path or not (newest / "saved_model.pb").is_file():
        raise ValueError(
            f"Expected the folder of exported versions as the model {name!r}. "
            f"Received: '{path}'"
        )
    if not name or set(name) & set("/:\0\n"):
        raise ValueError(f"Expected a model's name. Received: {name!r}")
    return path


def _check_labels(
    paths: Mapping[str, Path], labels: Mapping[str, Mapping[str, int]]
) -> None:
    if unknown := sorted(labels.keys() - paths.keys()):
        raise ValueError(
            f"Expected labels of {', '.join(paths)}. Received: a label of {unknown[0]}"
        )
    for name, versions in labels.items():
        for label, version in versions.items():
            if not label or "/" in label or not is_integer(version, 0):
                raise ValueError(
                    "Expected a label and the number of a version. "
                    f"Received: {label!r}: {version!r}"
                )
            version_folder(paths[name], int(version))  # an error if it is not there


def _server_arguments(folder: Path, labelled: bool) -> list[str]:
    arguments = [
        f"--model_config_file={folder / MODELS_FILE}",
        "--model_config_file_poll_wait_seconds=60",
        "--enable_batching=true",
        f"--batching_parameters_file={folder / BATCHING_FILE}",
        f"--monitoring_config_file={folder / MONITORING_FILE}",
    ]
    if labelled:  # At the start no version is loaded yet.
        arguments.append("--allow_version_labels_for_unavailable_models=true")
    return arguments


def _docker_command(folders: list[Path], arguments: list[str], host: str) -> str:
    command = ["docker", "run", "--rm"]
    for port in (_GRPC_PORT, _REST_PORT):
        command += ["-p", f"{host}:{port}:{port}"]
    for folder in dict.fromkeys(folders):
        row = io.StringIO()  # Docker reads commas and quotes in a path as CSV does.
        fields = ["type=bind", f"source={folder}", f"target={folder}", "readonly"]
        csv.writer(row, lineterminator="").writerow(fields)
        command += ["--mount", row.getvalue()]
    return shlex.join([*command, _IMAGE, *arguments])


def _compose(folders: list[Path], arguments: list[str], host: str) -> str:
    ports = [f"{host}:{port}:{port}" for port in (_GRPC_PORT, _REST_PORT)]
    lines = [
        "services:",
        "  serving:",
        f"    image: {_IMAGE}",
        "    restart: unless-stopped",
        "    command:",
        *(f"      - {_yaml(argument)}" for argument in arguments),
        "    ports:  # gRPC, REST",
        *(f"      - {_yaml(port)}" for port in ports),
        "    volumes:",
    ]
    for folder in dict.fromkeys(folders):
        lines += [
            "      - type: bind",
            f"        source: {_yaml(str(folder))}",
            f"        target: {_yaml(str(folder))}",
            "        read_only: true",
        ]
    return "\n".join(lines) + "\n"


def _text(value: str | Path) -> str:
    """A string of protocol buffers' text format."""
    return f'"{text_encoding.CEscape(str(value), as_utf8=True)}"'


def _yaml(value: str) -> str:
    """A string of a compose file, in which a dollar sign begins a variable."""
    return json.dumps(value.replace("$", "$$"), ensure_ascii=False)
