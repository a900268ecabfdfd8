"""The error for a model folder that cannot be used."""

import os


class ModelFileError(OSError):
    """A file of a model is missing, damaged, or not what it should be.

    Args:
        path: The file or folder.
        reason: What is wrong with it.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        self.path = os.fspath(path)
        self.reason = reason
        super().__init__(f"Cannot use '{self.path}': {reason}")

    def __reduce__(self) -> tuple:
        return type(self), (self.path, self.reason)
