"""The files that operate TensorFlow Serving, read as their readers read them."""

import csv
import shlex

import pytest
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
)
from google.protobuf import wrappers_pb2 as wrappers

from vaezoo.serving import write_operation_files
from vaezoo.zoo import ModelFileError

server_config = pytest.importorskip(
    "tensorflow_serving.config.model_server_config_pb2",
    reason="tensorflow-serving-api has the messages",
)

FILES = {"models.config", "batching.config", "monitoring.config", "compose.yaml"}


@pytest.fixture
def models(tmp_path):
    """Folders of two models with two versions, as far as the files look at them."""
    paths = {"one": tmp_path / "zoo" / "one", "two": tmp_path / "a $b, 'ü' \"c\""}
    for path in paths.values():
        for version in "1", "2":
            (path / version / "assets.extra").mkdir(parents=True)
            (path / version / "saved_model.pb").touch()
    return paths


@pytest.fixture
def write(models, tmp_path):
    def write(labels=None, **options):
        written = write_operation_files(models, tmp_path / "out", labels, **options)
        texts = {p.name: p.read_text("utf-8") for p in written.folder.iterdir()}
        assert texts.keys() == FILES
        return written, texts

    return write


def parsed_models(text):
    config = text_format.Parse(text, server_config.ModelServerConfig())
    return {model.name: model for model in config.model_config_list.config}


def message_class(fields):
    """A message of TensorFlow Serving that its package for Python does not have."""
    field = descriptor_pb2.FieldDescriptorProto
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="operation.proto", syntax="proto3", dependency=[wrappers.DESCRIPTOR.name]
    )
    for message, parts in fields.items():
        described = file.message_type.add(name=message)
        for number, (name, kind) in enumerate(parts.items(), 1):
            added = described.field.add(name=name, number=number, label=1)
            if isinstance(kind, str):
                added.type, added.type_name = field.TYPE_MESSAGE, kind
            else:
                added.type = kind
    pool.Add(file)
    first = next(iter(fields))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(first))


def test_models_are_served_from_absolute_paths(write, models):
    _, texts = write()
    config = parsed_models(texts["models.config"])
    assert list(config) == ["one", "two"]
    for name, model in config.items():
        assert model.base_path == str(models[name])
        assert model.model_platform == "tensorflow"
        assert not model.HasField("model_version_policy")  # the newest
        assert not model.version_labels


def test_versions_with_labels_are_the_ones_that_are_served(write):
    written, texts = write({"two": {"stable": 1, "canary": 2}})
    one, two = parsed_models(texts["models.config"]).values()
    assert dict(two.version_labels) == {"stable": 1, "canary": 2}
    assert list(two.model_version_policy.specific.versions) == [1, 2]
    assert not one.HasField("model_version_policy")
    # Without it the server refuses labels before the versions are loaded.
    flag = "--allow_version_labels_for_unavailable_models=true"
    assert flag in shlex.split(written.docker_command)
    assert flag in texts["compose.yaml"]
    assert flag not in write(overwrite=True)[1]["compose.yaml"]


def test_two_labels_of_one_version(write):
    _, texts = write({"one": {"stable": 2, "canary": 2}})
    one = parsed_models(texts["models.config"])["one"]
    assert list(one.model_version_policy.specific.versions) == [2]


def test_batching_and_monitoring_are_the_servers_messages(write):
    _, texts = write()
    value = ".google.protobuf.Int64Value"
    batching = message_class(
        {
            "BatchingParameters": {
                "max_batch_size": value,
                "batch_timeout_micros": value,
                "max_enqueued_batches": value,
                "num_batch_threads": value,
            }
        }
    )
    parsed = text_format.Parse(texts["batching.config"], batching())
    assert parsed.max_batch_size.value == 1024
    assert 0 < parsed.batch_timeout_micros.value < 100_000
    assert parsed.max_enqueued_batches.value > 0
    types = descriptor_pb2.FieldDescriptorProto
    monitoring = message_class(
        {
            "MonitoringConfig": {"prometheus_config": ".PrometheusConfig"},
            "PrometheusConfig": {
                "enable": types.TYPE_BOOL,
                "path": types.TYPE_STRING,
            },
        }
    )
    parsed = text_format.Parse(texts["monitoring.config"], monitoring())
    assert parsed.prometheus_config.enable
    assert parsed.prometheus_config.path == "/monitoring/prometheus/metrics"


def options_of(command):
    """The words of a docker command: mounted folders, ports, what the server gets."""
    words = shlex.split(command)
    assert words[:3] == ["docker", "run", "--rm"]
    image = words.index("tensorflow/serving")
    pairs = list(zip(words[3:image:2], words[4:image:2], strict=True))
    mounts = []
    for option, value in pairs:
        if option == "--mount":
            (fields,) = csv.reader([value])
            assert fields[0] == "type=bind"
            assert fields[3] == "readonly"
            source, target = (field.partition("=")[2] for field in fields[1:3])
            assert source == target
            mounts.append(source)
    ports = [value for option, value in pairs if option == "-p"]
    return mounts, ports, words[image + 1 :]


def test_the_docker_command_mounts_what_the_files_name(write, models):
    written, _ = write()
    mounts, ports, arguments = options_of(written.docker_command)
    folder = written.folder
    assert mounts == [str(folder), *map(str, models.values())]
    assert ports == ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]
    given = dict(argument.removeprefix("--").split("=", 1) for argument in arguments)
    for flag, name in (
        ("model_config_file", "models.config"),
        ("batching_parameters_file", "batching.config"),
        ("monitoring_config_file", "monitoring.config"),
    ):
        assert given[flag] == str(folder / name)
    assert given["enable_batching"] == "true"


def test_the_compose_file_says_the_same(write, models):
    yaml = pytest.importorskip("yaml", reason="no parser of YAML is installed")
    written, texts = write(host="0.0.0.0")
    mounts, ports, arguments = options_of(written.docker_command)
    service = yaml.safe_load(texts["compose.yaml"])["services"]["serving"]
    assert service["image"] == "tensorflow/serving"
    assert service["ports"] == ports == ["0.0.0.0:8500:8500", "0.0.0.0:8501:8501"]
    assert [a.replace("$$", "$") for a in service["command"]] == arguments
    for volume, mount in zip(service["volumes"], mounts, strict=True):
        assert volume["type"] == "bind"
        assert volume["read_only"] is True
        assert volume["source"].replace("$$", "$") == mount
        assert volume["source"] == volume["target"]


def test_the_compose_file_quotes_what_has_a_meaning_in_it(write):
    _, texts = write()
    assert 'source: "' in texts["compose.yaml"]
    assert "a $$b, 'ü' \\\"c\\\"" in texts["compose.yaml"]
    assert "0.0.0.0" not in texts["compose.yaml"]


def test_files_are_replaced_only_on_request(write, models, tmp_path):
    written, _ = write()
    (written.folder / "batching.config").write_text("mine")
    (written.folder / "compose.yaml").unlink()
    with pytest.raises(FileExistsError, match=r"models\.config"):
        write_operation_files(models, tmp_path / "out")
    assert (written.folder / "batching.config").read_text() == "mine"
    assert not (written.folder / "compose.yaml").exists()
    _, texts = write(overwrite=True)
    assert "max_batch_size" in texts["batching.config"]


@pytest.mark.parametrize(
    ("labels", "error", "match"),
    [
        ({"three": {"stable": 1}}, ValueError, "label of three"),
        ({"one": {"stable": 3}}, ModelFileError, "no version 3"),
        ({"one": {"stable": "1"}}, ValueError, "number of a version"),
        ({"one": {"": 1}}, ValueError, "Expected a label"),
        ({"one": {"a/b": 1}}, ValueError, "Expected a label"),
    ],
)
def test_labels_that_no_server_takes(models, tmp_path, labels, error, match):
    with pytest.raises(error, match=match):
        write_operation_files(models, tmp_path / "out", labels)
    assert not (tmp_path / "out").exists()


def test_folders_that_hold_no_exported_model(models, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(ValueError, match="at least one model"):
        write_operation_files({}, out)
    with pytest.raises(ModelFileError):
        write_operation_files({"mine": tmp_path / "none"}, out)
    with pytest.raises(ValueError, match="folder of exported versions"):
        write_operation_files({"mine": models["one"] / "1"}, out)
    (models["one"] / "2" / "saved_model.pb").unlink()
    with pytest.raises(ValueError, match="folder of exported versions"):
        write_operation_files({"mine": models["one"]}, out)
    with pytest.raises(ValueError, match="a model's name"):
        write_operation_files({"a/b": models["two"]}, out)
    assert not out.exists()
