"""Versions that come and go while requests are running."""

import itertools
import shutil
import threading

import numpy as np
import pytest
import tensorflow as tf

from vaezoo.serving import ServingError
from vaezoo.serving.server import ModelManager
from vaezoo.serving.server.model_versions import ModelVersions
from vaezoo.serving.server.version_policy import VersionPolicy
from vaezoo.serving.warmup import write_warmup_requests


@pytest.fixture
def base(half_plus, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    half_plus(folder, 1, offset=1)
    return folder


def predicted(manager, **which):
    outputs, version = manager.predict("mine", {"x": np.float32([0])}, **which)
    return version, outputs["y"].tolist()


def managed(base, **options):
    return ModelManager({"mine": base}, poll_seconds=None, **options)


def states(manager):
    return {status.version: status.state for status in manager.status("mine")}


def test_a_new_version_takes_over(base, half_plus):
    with managed(base) as manager:
        assert predicted(manager) == (1, [1.0])
        half_plus(base, 2, offset=2)
        assert predicted(manager) == (1, [1.0])
        manager.refresh()
        assert predicted(manager) == (2, [2.0])
        assert states(manager) == {2: "AVAILABLE", 1: "END"}
        with pytest.raises(ServingError, match=r"Specific\(mine, 1\)"):
            predicted(manager, version=1)


def test_the_folder_is_watched(base, half_plus, wait_until):
    with ModelManager({"mine": base}, poll_seconds=0.01) as manager:
        half_plus(base, 3, offset=2)
        wait_until(lambda: manager.available("mine") == [3])
        assert predicted(manager) == (3, [2.0])


def test_a_request_is_finished_on_the_old_version(base, half_plus):
    with managed(base) as manager:
        with manager.lease("mine") as old:
            half_plus(base, 2, offset=2)
            manager.refresh()
            assert states(manager) == {2: "AVAILABLE", 1: "UNLOADING"}
            assert predicted(manager) == (2, [2.0])
            inputs = old.prepare("serving_default", {"x": np.float32([0])}, 10)
            outputs = old.run("serving_default", inputs, 10.0)
            assert outputs["y"].tolist() == [1.0]
        assert states(manager) == {2: "AVAILABLE", 1: "END"}


def test_a_version_that_fails_leaves_the_old_one(base, half_plus):
    with managed(base) as manager:
        half_plus(base, 2, offset=2)
        (base / "2/saved_model.pb").unlink()
        (base / "2/saved_model.pb").write_bytes(b"damaged")
        manager.refresh()
        failed, old = manager.status("mine")
        assert (failed.version, failed.state) == (2, "END")
        assert failed.error_code != "OK"
        assert failed.error_message
        assert (old.version, old.state) == (1, "AVAILABLE")
        assert predicted(manager) == (1, [1.0])
        # As soon as its files are whole it is tried again.
        shutil.rmtree(base / "2")
        manager.refresh()
        half_plus(base, 2, offset=2)
        manager.refresh()
        assert predicted(manager) == (2, [2.0])


def test_a_copy_that_is_under_way(base, half_plus, tmp_path):
    whole = half_plus(tmp_path, 7, offset=2)
    with managed(base) as manager:
        (base / "2").mkdir()
        manager.refresh()
        shutil.copy(whole / "saved_model.pb", base / "2")
        manager.refresh()
        assert predicted(manager) == (1, [1.0])
        shutil.copytree(whole, base / "2", dirs_exist_ok=True)
        manager.refresh()
        assert predicted(manager) == (2, [2.0])


def test_a_version_that_cannot_be_loaded_is_not_tried_for_ever(base):
    tried = []

    def load(folder):
        tried.append(folder.name)
        raise ServingError("DATA_LOSS", "damaged")

    versions = ModelVersions("mine", base, VersionPolicy("latest"), load=load)
    for _ in range(3):
        versions.refresh()
    assert tried == ["1"]
    (base / "1/more").write_text("x")
    versions.refresh()
    assert tried == ["1", "1"]
    (status,) = versions.status()
    assert status == (1, "END", "DATA_LOSS", "damaged")


def test_what_is_served_stays_if_its_folder_vanishes(base):
    with managed(base) as manager:
        shutil.rmtree(base)
        manager.refresh()
        assert predicted(manager) == (1, [1.0])


def test_going_back_to_an_older_version(base, half_plus):
    half_plus(base, 2, offset=2)
    with managed(base) as manager:
        assert predicted(manager) == (2, [2.0])
        shutil.rmtree(base / "2")
        manager.refresh()
        assert predicted(manager) == (1, [1.0])
        half_plus(base, 2, offset=2)
        manager.refresh()
        assert predicted(manager) == (2, [2.0])


def test_all_versions_and_labels(base, half_plus):
    half_plus(base, 2, offset=2)
    labels = {"mine": {"stable": 1, "canary": 2}}
    with managed(base, versions="all", labels=labels) as manager:
        assert predicted(manager) == (2, [2.0])
        assert predicted(manager, version=1) == (1, [1.0])
        assert predicted(manager, label="stable") == (1, [1.0])
        assert predicted(manager, label="canary") == (2, [2.0])
    with managed(base, labels={"mine": {"stable": 1}}) as manager:
        assert manager.available("mine") == [1, 2]
    with managed(base, versions="1") as manager:
        assert manager.available("mine") == [1]
    with managed(base, versions={"mine": "1"}) as manager:
        assert manager.available("mine") == [1]
    with pytest.raises(ValueError, match="Received: 'other'"):
        managed(base, labels={"other": {"stable": 1}})
    with pytest.raises(ValueError, match="Received: 'newest'"):
        managed(base, versions="newest")


def test_names_that_are_no_versions_are_skipped(base, half_plus):
    for name in ("01", "-2", "2.0", "x", ".3", "1e2"):
        (base / name).mkdir()
    with managed(base) as manager:
        assert states(manager) == {1: "AVAILABLE"}


def test_warm_up_requests_are_replayed(base):
    x = tf.TensorSpec([None], tf.float32, "x")
    (base / "1/assets.extra").mkdir()
    write_warmup_requests(base / "1", "mine", {"root": [x], "serving_default": [x]})
    with managed(base) as manager:
        assert states(manager) == {1: "AVAILABLE"}
    write_warmup_requests(base / "1", "mine", {"root": [x], "none": [x]})
    with managed(base) as manager:
        (status,) = manager.status("mine")
        assert status.state == "END"
        assert "Received: 'none'" in status.error_message
    (base / "1/assets.extra/tf_serving_warmup_requests").write_bytes(b"x" * 99)
    with managed(base) as manager:
        assert "damaged" in manager.status("mine")[0].error_message


def test_no_request_is_lost_when_versions_change(base, half_plus, wait_until):
    seen, errors = [], []
    stop = threading.Event()

    with managed(base) as manager:

        def ask(number):
            for count in itertools.count():
                if stop.is_set():
                    return
                x = np.float32([number, count])
                try:
                    outputs, version = manager.predict("mine", {"x": x})
                except ServingError as error:
                    errors.append(error)
                    return
                seen.append((version, outputs["y"] - x * np.float32(0.5)))

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for version in range(2, 6):
            half_plus(base, version, offset=1 + version % 2)
            manager.refresh()
            wait_until(lambda v=version: errors or (seen[-1:] and seen[-1][0] == v))
        stop.set()
        for thread in threads:
            thread.join()
        assert states(manager) == {
            version: "AVAILABLE" if version == 5 else "END" for version in range(1, 6)
        }
    assert not errors
    assert {version for version, _ in seen} >= {2, 3, 4, 5}
    for version, offset in seen:
        expected = 1 if version == 1 else 1 + version % 2
        assert offset.tolist() == [expected, expected]
