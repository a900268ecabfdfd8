"""The error for a data set that exists but cannot be had here and now."""

from collections.abc import Sequence


class DatasetUnavailableError(RuntimeError):
    """A named data set could be neither read nor downloaded.

    Args:
        name: The data set.
        tried: What was tried, one phrase each, in order.
        cause: What went wrong, an exception or a phrase; only its first line is shown.
        remedy: How it can be had, sentences; by default the ways that there are for a
            data set of TensorFlow Datasets.
    """

    def __init__(
        self,
        name: str,
        tried: Sequence[str],
        cause: BaseException | str,
        remedy: str | None = None,
    ) -> None:
        self.name = name
        self.tried = tuple(tried)
        self.cause = _one_line(cause)
        self.remedy = remedy
        super().__init__(name, self.tried, self.cause, remedy)

    def __str__(self) -> str:
        tried = "; ".join(self.tried)
        return (
            f"The data set '{self.name}' is not available.\n"
            f"  Tried: {tried}.\n"
            f"  Cause: {self.cause}\n"
            f"  {self.remedy or _without_a_network(self.name)}"
        )

    def __reduce__(self) -> tuple:
        return type(self), (self.name, self.tried, self.cause, self.remedy)


def _without_a_network(name: str) -> str:
    return (
        "Without a network there are: `load('sprites')`, which is generated and "
        "needs no files;\n"
        "  `load('images.npz')` or `load(array)` with images of your own; or a "
        f"folder in which '{name}'\n"
        "  was prepared by tensorflow_datasets, given as `data_dir=` or in the "
        "environment variable TFDS_DATA_DIR."
    )


def _one_line(cause: BaseException | str) -> str:
    lines = str(cause).strip().splitlines()
    first = lines[0].strip() if lines else ""
    if isinstance(cause, str):
        return first
    return f"{type(cause).__name__}: {first}" if first else type(cause).__name__
