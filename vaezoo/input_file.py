"""Files that came from anywhere, opened with suspicion."""

import os
import stat
from typing import BinaryIO


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Opens a file, but no pipe or device in its place: to read one may never end.

    Args:
        path: The file.

    Raises:
        OSError: If it cannot be opened, or is no regular file.
    """
    # Without O_NONBLOCK, to open a pipe would wait for somebody to write.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is not a regular file")
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
