"""What tests of several rooms need."""

import os
import pathlib

import pytest

from vaezoo.data.file_sets import FILE_SETS


@pytest.fixture(scope="session")
def needs_data_set():
    """Skips a test where a data set has not been prepared: `needs_data_set(name)`."""

    def skip_without(name):
        if name == "sprites":
            return  # they are drawn
        if name in FILE_SETS:
            folder = os.environ.get("VAEZOO_DATA_DIR")
            file = FILE_SETS[name].file
            if not folder or not (pathlib.Path(folder) / file).is_file():
                pytest.skip(f"VAEZOO_DATA_DIR has no {file}")
            return
        root = os.environ.get("TFDS_DATA_DIR")
        if not root or not (pathlib.Path(root) / name).is_dir():
            pytest.skip(f"TFDS_DATA_DIR has no prepared '{name}'")

    return skip_without
