"""What tests of several rooms need."""

import os
import pathlib

import pytest


@pytest.fixture(scope="session")
def needs_data_set():
    """Skips a test where a data set has not been prepared: `needs_data_set(name)`."""

    def skip_without(name):
        root = os.environ.get("TFDS_DATA_DIR")
        if not root or not (pathlib.Path(root) / name).is_dir():
            pytest.skip(f"TFDS_DATA_DIR has no prepared '{name}'")

    return skip_without
