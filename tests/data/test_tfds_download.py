"""The whole way of a download, from a server on this machine."""

import functools
import hashlib
import http.server
import io
import pickle
import threading
import time
import urllib.request

import numpy as np
import pytest

from vaezoo.data import DatasetUnavailableError, load, tfds_download

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1), "uint8")


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    buffer = io.BytesIO()
    np.save(buffer, IMAGES)
    (folder / "images.npy").write_bytes(buffer.getvalue())
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


def builder(url, root, checksum=None):
    import tensorflow_datasets as tfds

    root.mkdir(exist_ok=True)
    size = len(IMAGES.tobytes()) + 128
    content = io.BytesIO()
    np.save(content, IMAGES)
    checksum = checksum or hashlib.sha256(content.getvalue()).hexdigest()
    info = tfds.download.checksums.UrlInfo(
        checksum=checksum, size=size, filename="images.npy"
    )

    with tfds.core.registered.skip_registration():

        class SmallImages(tfds.core.GeneratorBasedBuilder):
            VERSION = tfds.core.Version("1.0.0")
            pkg_dir_path = root
            url_infos = {url: info}  # noqa: RUF012

            def _info(self):
                features = {"image": tfds.features.Image(shape=(28, 28, 1))}
                return self.dataset_info_from_configs(
                    features=tfds.features.FeaturesDict(features)
                )

            def _split_generators(self, dl_manager):
                path = dl_manager.download(url)
                return {"train": self._generate_examples(path)}

            def _generate_examples(self, path):
                for index, image in enumerate(np.load(path)):
                    yield index, {"image": image}

    return SmallImages(data_dir=root)


def test_a_download_is_prepared_and_its_archives_removed(server, tmp_path, capsys):
    root = tmp_path / "data"
    made = builder(f"{server}/images.npy", root)
    tfds_download.prepare(made, ())
    images = [e["image"] for e in made.as_dataset(split="train").as_numpy_iterator()]
    assert sorted(i.tobytes() for i in images) == sorted(i.tobytes() for i in IMAGES)
    assert [path.name for path in root.iterdir()] == ["small_images"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("failure", ["missing", "altered"])
def test_a_failed_download_leaves_nothing_behind(server, tmp_path, failure):
    root = tmp_path / "data"
    file = "nowhere.npy" if failure == "missing" else "images.npy"
    made = builder(f"{server}/{file}", root, "0" * 64 if failure == "altered" else None)
    with pytest.raises(DatasetUnavailableError) as caught:
        tfds_download.prepare(made, ("the prepared data",))
    assert list(root.iterdir()) == []
    message = str(caught.value)
    assert "the prepared data; a download from 127.0.0.1" in message
    assert ("HTTP code: 404" if failure == "missing" else "checksum") in message


def test_without_a_network_it_fails_at_once_and_writes_nothing(tmp_path, monkeypatch):
    # A proxy where nobody listens cuts off the network wherever this test runs.
    monkeypatch.delenv("no_proxy")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    start = time.monotonic()
    with pytest.raises(DatasetUnavailableError) as caught:
        load("kmnist", data_dir=tmp_path)
    assert time.monotonic() - start < tfds_download.PROBE_SECONDS + 5
    assert list(tmp_path.iterdir()) == []
    message = str(caught.value)
    for part in (
        "'kmnist'",
        str(tmp_path),
        "codh.rois.ac.jp",
        "Cause: URLError: ",
        "load('sprites')",
        "load('images.npz')",
        "TFDS_DATA_DIR",
    ):
        assert part in message
    assert isinstance(caught.value.__cause__, OSError)


def test_a_silent_server_is_given_up(tmp_path, monkeypatch):
    def silent(request, timeout):
        raise TimeoutError(f"no answer in {timeout} seconds")

    monkeypatch.setattr(urllib.request, "urlopen", silent)
    with pytest.raises(DatasetUnavailableError, match=r"no answer in 10\.0 seconds"):
        load("kmnist", data_dir=tmp_path)


def test_the_error_survives_pickling_and_shows_one_line_of_its_cause():
    error = DatasetUnavailableError("x", ("here", "there"), OSError("first\nsecond"))
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert "Tried: here; there." in str(error)
    assert "Cause: OSError: first\n" in str(error)
    assert "second" not in str(error)
